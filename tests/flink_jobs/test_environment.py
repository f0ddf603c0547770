"""`catalog/<env>.sql`: what fills its values, and who may see them."""

from pathlib import Path

import pytest

from flink_jobs.diagnosis import diagnose
from flink_jobs.environment import KINDS, Environment, load_environment, resolve
from flink_jobs.errors import ProjectError, TrunklineError
from flink_jobs.project import Project
from flink_jobs.releases import Line
from flink_jobs.secrecy import hidden, pieces
from flink_jobs.statements import split

SECRET = "it's; 'hunter2' --"  # noqa: S105


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("catalog", "sql", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return Project(tmp_path)


def load(project: Project, text: str) -> Environment:
    (project.root / "catalog" / "local.sql").write_text(text)
    return load_environment(project)


def catalog(*options: str) -> str:
    return "CREATE CATALOG c WITH (\n  " + ",\n  ".join(options) + "\n);\n"


def problems(project: Project, text: str) -> list[str]:
    with pytest.raises(ProjectError) as error:
        load(project, text)
    return [str(problem).replace(f"{project.root}/", "") for problem in error.value.problems]


def test_variables_secrets_and_files_are_filled_in(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "over there")
    monkeypatch.setenv("PASSWORD", SECRET)
    (project.root / "token").write_text(f"{SECRET}\n")
    text = catalog(
        "'a' = 'x/${HERE}/${HERE}'", "'b' = 'env:PASSWORD'", "'c' = 'file:token'", "'d' = 'file:///tmp/x'", "'e' = 'it''s $HERE'"
    )
    options = load(project, text).catalogs["c"]
    assert options == {"a": "x/over there/over there", "b": SECRET, "c": SECRET, "d": "file:///tmp/x", "e": "it's $HERE"}


def test_a_secret_file_may_be_anywhere(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("secrets") / "token"
    file.write_text(SECRET)
    assert load(project, catalog(f"'a' = 'file:{file}'")).catalogs["c"] == {"a": SECRET}


def test_the_lake_and_the_broker_are_known_and_the_environment_comes_first(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = catalog("'a' = '${LAKE}'", "'b' = '${KAFKA_BOOTSTRAP_SERVERS}'")
    monkeypatch.delenv("TRUNKLINE_KAFKA_PORT", raising=False)
    assert load(project, text).catalogs["c"] == {"a": str(project.lake), "b": "127.0.0.1:9092"}
    monkeypatch.setenv("LAKE", "/lake")
    assert load(project, text).catalogs["c"]["a"] == "/lake"


def test_everything_that_is_missing_is_reported_at_its_place(project: Project) -> None:
    (project.root / "binary").write_bytes(b"\xff\xfe")
    text = catalog("'a' = '${NO_A}/${NO_B}'", "'b' = 'env:NO_C'", "'c' = 'file:none'", "'d' = 'file:binary'") + "SET a = b;\nSELECT 1;\n"
    assert problems(project, text) == [
        "catalog/local.sql:2:9: ${NO_A} is not set; set the environment variable NO_A",
        "catalog/local.sql:2:9: ${NO_B} is not set; set the environment variable NO_B",
        "catalog/local.sql:3:9: the environment variable NO_C is not set; set NO_C",
        "catalog/local.sql:4:9: the file none can't be read: No such file or directory; correct its path",
        "catalog/local.sql:5:9: the file binary can't be read: not UTF-8 text; correct its path",
        "catalog/local.sql:7:1: this SET is not understood; write SET 'key' = 'value'",
        f"catalog/local.sql:8:1: SELECT does not belong here; a catalog file holds {', '.join(KINDS)}",
    ]


def test_an_environment_that_does_not_exist_is_told_from_those_that_do(project: Project) -> None:
    load(project, "")
    with pytest.raises(TrunklineError, match=r"no environment 'prod': catalog/prod.sql does not exist; choose one of: local"):
        load_environment(project, "prod")


def test_what_is_filled_in_moves_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONG", "x" * 50)
    text = "  SET 'k' = 'v';\n   " + catalog("'a' = '${LONG}'", "'b' = 'y'")
    written, resolved = load(project, text).written[1], load(project, text).resolved[1]
    assert (resolved.line, resolved.column) == (written.line, written.column) == (2, 4)
    assert (resolved.options["b"].line, resolved.options["b"].column) == (4, 9)


def test_a_secret_is_neither_shown_nor_stored(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", SECRET)
    environment = load(project, catalog("'a' = 'env:PASSWORD'"))
    written, resolved = environment.written[0], environment.resolved[0]
    assert SECRET in resolved.options["a"].value
    assert "hunter2" not in repr(environment)
    stored = Line.of(written).model_dump_json()
    assert "hunter2" not in stored
    assert resolve(Line.model_validate_json(stored).statement, project.variables).options["a"].value == SECRET
    later = split("CREATE TEMPORARY TABLE t (a INT);", project.root / "catalog" / "local.sql")[0]
    failure = diagnose(later, ValueError(f"Wrong password {SECRET}!"), [resolved], no_names(), is_own_text=True)
    assert str(failure).endswith("Wrong password ***!")


def no_names() -> object:
    """What a rule would ask for names; none does for an error that Flink has not."""
    return object()


def test_topics_and_client_options_come_from_the_defaults_of_sources(project: Project) -> None:
    options = "'connector' = 'kafka', 'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}', 'properties.acks' = 'all'"
    environment = load(project, f"CREATE TEMPORARY TABLE defaults (k INT) WITH ({options});")
    assert environment.kafka == {"bootstrap.servers": project.variables["KAFKA_BOOTSTRAP_SERVERS"], "acks": "all"}
    source, other, none = split(
        "CREATE TEMPORARY TABLE a (x INT) WITH ('topic' = 'as') LIKE defaults;"
        "CREATE TEMPORARY TABLE b (x INT) WITH ('connector' = 'datagen');"
        "CREATE TEMPORARY TABLE c (x INT) LIKE defaults;",
        project.root / "sql" / "a.sql",
    )
    assert [environment.topic(table) for table in (source, other, none)] == ["as", None, None]


def test_what_names_the_domain_is_there_for_each_and_a_domain_sees_its_own_only(project: Project) -> None:
    for domain in ("books", "shop"):
        (project.root / "sql" / domain).mkdir()
    text = "SET 'a' = 'b';\nCREATE CATALOG ${DOMAIN} WITH ('warehouse' = '${LAKE}/${DOMAIN}');\nCREATE DATABASE ${DOMAIN}.gold;\n"
    environment = load(project, text)
    assert environment.catalogs == {name: {"warehouse": f"{project.lake}/{name}"} for name in ("books", "shop")}
    seen = environment.of("shop")
    assert [statement.text for statement in seen.written][1:] == [
        "CREATE CATALOG shop WITH ('warehouse' = '${LAKE}/shop')",
        "CREATE DATABASE shop.gold",
    ]
    assert [(statement.line, statement.column) for statement in seen.resolved] == [(1, 1), (2, 1), (3, 1)]


def test_defaults_may_be_like_others(project: Project) -> None:
    environment = load(
        project,
        "CREATE TEMPORARY TABLE all_defaults (k INT) WITH ('connector' = 'kafka', 'a' = '1', 'b' = '1');"
        "CREATE TEMPORARY TABLE few_defaults WITH ('b' = '2', 'c' = '2') LIKE all_defaults;",
    )
    source = split("CREATE TEMPORARY TABLE t (x INT) WITH ('topic' = 'ts', 'c' = '3') LIKE few_defaults;", Path("s.sql"))[0]
    assert [base.declares for base in environment.bases_of(source)] == ["few_defaults", "all_defaults"]
    assert environment.options(source) == {"connector": "kafka", "a": "1", "b": "2", "c": "3", "topic": "ts"}
    assert environment.topic(source) == "ts"


def test_what_all_environments_share_comes_first(project: Project) -> None:
    (project.root / "catalog" / "common.sql").write_text(
        "SET 'a' = '1';\nSET 'b' = '1';\nCREATE TEMPORARY TABLE base (k INT) WITH ('x' = 'y');"
    )
    environment = load(project, "SET 'b' = '2';\nCREATE TEMPORARY TABLE defaults WITH ('z' = 'z') LIKE base;")
    assert environment.settings == {"a": "1", "b": "2"}
    assert [base.declares for base in environment.bases_of(environment.bases["defaults"])] == ["base"]
    with pytest.raises(TrunklineError, match=r"no environment 'common': catalog/common.sql is what all share; choose one of: local$"):
        load_environment(project, "common")


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ("", None),
        ("SET 'rest.address' = 'flink';", "http://flink:8081"),
        ("SET 'rest.address' = '${HERE}'; SET 'rest.port' = '443'; SET 'security.ssl.rest.enabled' = 'true';", "https://over there:443"),
    ],
)
def test_flink_is_where_its_own_options_say(settings: str, url: str | None, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "over there")
    assert load(project, settings).flink == url


@pytest.mark.parametrize(
    ("key", "value", "refused"),
    [
        ("s3.secret-key", "hunter2", True),
        ("s3.secret.key", "hunter2", True),
        ("s3.secret-key", "${HOME}", True),
        ("s3.secret-key", "env:HOME", True),
        ("s3.secret-key", "file:/dev/null", True),
        ("s3.access-key", "env:HOME", True),
        ("s3.access-key", "me", False),
        ("execution.checkpointing.dir", "file:/tmp", False),
        ("metrics.reporter.dghttp.apikey", "hunter2", True),
        ("security.ssl.rest.key-password", "hunter2", True),
        ("security.ssl.rest.keystore-password", "hunter2", True),
        ("security.ssl.rest.truststore-password", "hunter2", False),
        ("env.java.opts.all", "-Djavax.net.ssl.keyStorePassword=hunter2", True),
        ("env.java.opts.all", "-Djavax.net.ssl.trustStorePassword=hunter2", False),
        ("env.java.opts.all", "-Dhttp.proxy=http://me:hunter2@proxy", True),
    ],
)
def test_what_is_set_is_no_secret(key: str, value: str, refused: bool, project: Project) -> None:
    text = f"SET '{key}' = '{value}';"
    if refused:
        assert problems(project, text) == [
            f"catalog/local.sql:1:{text.index(value)}: {key} can't be SET to a secret: Flink's configuration and jobs hold what is SET "
            "as it is; remove this line, and give Flink's own secrets to its cluster, as its documentation says"
        ]
    else:
        load(project, text)


@pytest.mark.parametrize(
    ("key", "value", "refused"),
    [
        ("jdbc.password", "hunter2", True),
        ("jdbc.password", "${HOME}", True),
        ("jdbc.password", "env:HOME", False),
        ("credential", "me:hunter2", True),
        ("token", "", False),
        ("s3.secret-access-key", "hunter2", True),
        ("s3.access-key-id", "me", False),
        ("uri", "jdbc:postgresql://db/lake?user=me&password=hunter2", True),
        ("uri", "jdbc:postgresql://me:hunter2@db/lake", True),
        ("uri", "jdbc:postgresql://db:5432/lake?sslmode=require", False),
        ("properties.sasl.jaas.config", 'x.ScramLoginModule required username="me" password="hunter2";', True),
        ("properties.sasl.jaas.config", "x.OAuthBearerLoginModule required;", False),
        ("properties.sasl.oauthbearer.token.endpoint.url", "https://login/token", False),
        ("properties.ssl.keystore.key", "hunter2", True),
        ("properties.ssl.truststore.certificates", "file:/dev/null", False),
        ("properties.ssl.truststore.password", "public", False),
        ("value.avro-confluent.basic-auth.user-info", "me:hunter2", True),
    ],
)
def test_a_secret_stands_nowhere_itself(key: str, value: str, refused: bool, project: Project) -> None:
    text = f"CREATE CATALOG c WITH ('{key}' = '{value}');"
    if refused:
        place = f"catalog/local.sql:1:{text.index(value)}"
        says = f"{place}: {key} would show a secret to all who read this file; write env:NAME or file:PATH"
        assert problems(project, text) == [says]
    else:
        load(project, text)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("hunter2", "no hunter2 here"),
        ("me:hunter2", "no hunter2 here"),
        ('x.ScramLoginModule required username="me" password="hunter2";', "no hunter2 here"),
    ],
)
def test_a_part_that_is_a_secret_by_itself_is_hidden_too(secret: str, said: str) -> None:
    assert hidden(said, pieces(secret)) == "no *** here"
    assert hidden("a ab", pieces("a")) == "a ab"
