from pathlib import Path

import pytest

from flink_jobs.errors import ProjectError
from flink_jobs.project import Project
from readers.model import Model, load_models
from readers.privacy import Privacy, privacy
from tests.conftest import REPOSITORY

PERSON = """\
CREATE TABLE IF NOT EXISTS shop.gold.dim_person_versions (
  person_sk STRING COMMENT 'surrogate key of phone',
  phone STRING COMMENT 'E.164; personal',
  city STRING,
  born DATE COMMENT 'personal'
) COMMENT 'One row for each record of a person';
"""
FACT = """\
CREATE TABLE IF NOT EXISTS shop.gold.fact_order (
  order_sk STRING COMMENT 'surrogate key of order_id',
  buyer_person_sk STRING COMMENT 'dim_person, by buyer_phone',
  friend_person_sk STRING,
  order_id STRING,
  buyer_phone STRING{comment}
) COMMENT 'One row for each order';
"""
DIMENSION = "SELECT DISTINCT person_sk, phone, city FROM shop.gold.dim_person_versions"

SHOWS = [
    ("phone AS a FROM people", True),
    ("city AS a FROM people", False),
    ("a FROM (SELECT phone AS a FROM people)", True),
    ("* EXCLUDE (person_sk, city, born) REPLACE (left(phone, 3) AS phone) FROM people", True),
    ("* EXCLUDE (phone, person_sk, born) FROM people", False),
    ("length(phone) AS a FROM people", True),
    ("phone IS NULL AS a FROM people", False),
    ("phone = '+20' AND born > DATE '2000-01-01' AS a FROM people", False),
    ("count(DISTINCT phone) AS a FROM people", False),
    ("count(*) FILTER (WHERE phone IS NULL) AS a FROM people", False),
    ("CASE WHEN phone IS NULL THEN city ELSE 'known' END AS a FROM people", False),
    ("CASE WHEN city IS NULL THEN phone END AS a FROM people", True),
    ("coalesce(city, phone) AS a FROM people", True),
    ("arg_max(city, born) AS a FROM people", True),
    ("max(phone) AS a FROM people", True),
    ("first_value(city) OVER (PARTITION BY phone ORDER BY born) AS a FROM people", False),
    ("lag(phone) OVER (ORDER BY city) AS a FROM people", True),
    ("{'p': phone, 'c': city} AS a FROM people", True),
    ("md5(phone) AS a FROM people", True),
    ("(SELECT max(phone) FROM people) AS a", True),
    ("(SELECT max(city) FROM people) AS a", False),
    ("EXISTS (SELECT phone FROM people) AS a", False),
    ("(SELECT max(other.city || p.phone) FROM people AS other) AS a FROM people AS p", True),
    ("city AS a FROM people UNION ALL SELECT phone FROM people", True),
    ("phone AS b, b || '!' AS a FROM people", True),
    ("p.city AS a FROM people AS p JOIN shop.gold.fact_order AS o ON o.buyer_phone = p.phone", False),
    ("o.buyer_phone AS a FROM people AS p LEFT JOIN shop.gold.fact_order AS o ON o.buyer_person_sk = p.person_sk", True),
    ("phone AS a FROM people QUALIFY row_number() OVER (PARTITION BY phone) = 1", True),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY phone) AS a FROM people", True),
    ("string_agg(city, ',' ORDER BY phone) AS a FROM people", True),
    ("a FROM (VALUES ('EGP'), ('EUR')) AS codes(a)", False),
    ("a || p.phone AS a FROM people AS p, (VALUES ('EGP'), ('EUR')) AS codes(a)", True),
]
NOT_UNDERSTOOD = [
    "SELECT p AS a FROM people AS p",
    "SELECT #2 AS a FROM people",
    "SELECT row(COLUMNS(*)) FROM people",
    "SELECT concat(COLUMNS('p.*')) AS a FROM people",
    "SELECT concat(COLUMNS(c -> c LIKE 'p%')) AS a FROM people",
    "SELECT list(phone) AS a FROM query('FROM people')",
    "SELECT a FROM query_table('people') AS p(s, a)",
    "SELECT phone FROM people NATURAL JOIN shop.serving.dim_person",
    "SELECT phone FROM people JOIN shop.serving.dim_person USING (phone)",
    "SELECT list_transform([phone], x -> x || '!') AS a FROM people",
    "SELECT a FROM people AS p(s, a)",
    "SELECT rows.phone FROM (SELECT p AS rows FROM people AS p)",
    "SELECT COLUMNS('p.*') FROM people",
    "SELECT a FROM shop.serving.dim_person AS x, LATERAL (SELECT x.phone AS a)",
    "SELECT b FROM people AS p, LATERAL (VALUES (p.phone)) AS v(b)",
    "SELECT b FROM (VALUES ((SELECT max(phone) FROM people))) AS v(b)",
    "SELECT unnest([phone]) AS a, b FROM people, unnest([phone]) AS u(b)",
    "FROM (PIVOT people ON city IN ('Cairo') USING max(phone))",
    "WITH RECURSIVE r AS (SELECT phone FROM people UNION SELECT phone FROM r) SELECT phone FROM r",
]


def shop(root: Path, comment: str = " COMMENT 'E.164; personal'", **views: str) -> Model:
    (root / "catalog").mkdir()
    gold, serving = root / "sql" / "shop" / "gold", root / "sql" / "shop" / "serving"
    for folder in (gold, serving):
        folder.mkdir(parents=True)
    (gold / "dim_person_versions.sql").write_text(PERSON)
    (gold / "fact_order.sql").write_text(FACT.format(comment=comment))
    for name, select in ({"dim_person": DIMENSION} | views).items():
        first, _, rest = select.rpartition("\n")
        (serving / f"{name}.sql").write_text(f"-- Why.\n{first}\nCREATE OR REPLACE VIEW shop.serving.{name} AS\n{rest};\n")
    (model,) = load_models(Project(root))
    return model


def personal(found: Privacy, name: str) -> list[str]:
    return sorted(found.personal[f"shop.{name}"])


def test_keys_of_personal_columns_and_references_to_them_are_personal(tmp_path: Path) -> None:
    found = privacy(shop(tmp_path))
    assert personal(found, "gold.dim_person_versions") == ["born", "person_sk", "phone"]
    assert personal(found, "serving.dim_person") == ["person_sk", "phone"]
    assert personal(found, "gold.fact_order") == ["buyer_person_sk", "buyer_phone", "friend_person_sk"]


def test_a_select_list_keeps_names_order_and_types(tmp_path: Path) -> None:
    model = shop(tmp_path)
    table = model.tables["shop.gold.dim_person_versions"]
    assert privacy(model).select_list(table) == (
        'pseudonym("person_sk") AS "person_sk", pseudonym("phone") AS "phone", "city", CAST(NULL AS DATE) AS "born"'
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Privacy:
    """A view for each of the cases."""
    views = {f"shows_{i}": f"SELECT {select}" for i, (select, _) in enumerate(SHOWS)}
    views |= {f"strange_{i}": select for i, select in enumerate(NOT_UNDERSTOOD)}
    views |= {f"above_{i}": f"SELECT * FROM shop.serving.strange_{i}" for i in range(len(NOT_UNDERSTOOD))}
    people = "shop.gold.dim_person_versions"
    return privacy(shop(tmp_path_factory.mktemp("judged"), **{name: select.replace("people", people) for name, select in views.items()}))


@pytest.mark.parametrize(("number", "select", "shows"), [(i, *case) for i, case in enumerate(SHOWS)])
def test_a_view_is_personal_where_it_may_show_what_it_reads(judged: Privacy, number: int, select: str, shows: bool) -> None:
    assert f"shop.serving.shows_{number}" not in judged.unjudged, select
    columns = personal(judged, f"serving.shows_{number}")
    assert ("a" in columns or "phone" in columns) is shows


@pytest.mark.parametrize(("number", "select"), enumerate(NOT_UNDERSTOOD))
def test_a_view_that_is_not_understood_is_left_out_or_personal(judged: Privacy, number: int, select: str) -> None:
    view, above = f"shop.serving.strange_{number}", f"shop.serving.above_{number}"
    if view in judged.unjudged:
        assert judged.unjudged[above] == f"it reads {view}"
        assert judged.personal.keys().isdisjoint({view, above})
    else:
        assert judged.personal[view], select


def test_an_exception_ends_what_is_made_of_it_too(tmp_path: Path) -> None:
    model = shop(
        tmp_path,
        countries="-- Not personal: country\nSELECT left(phone, 3) AS country, phone FROM shop.gold.dim_person_versions",
        above="SELECT country FROM shop.serving.countries",
    )
    found = privacy(model)
    assert personal(found, "serving.countries") == ["phone"]
    assert personal(found, "serving.above") == []


@pytest.mark.parametrize(
    ("comment", "what"),
    [
        ("", "buyer_phone is personal in shop.gold.call, and here nothing is said of that"),
        (" COMMENT 'personal; E.164'", "the comment of buyer_phone says personal, but does not end with '; personal'"),
        (" COMMENT 'E.164; persnal'", "the comment of buyer_phone says persnal, but does not end with '; personal'"),
        (" COMMENT 'E.164, Personal'", "the comment of buyer_phone says personal, but does not end with '; personal'"),
    ],
)
def test_a_comment_that_is_not_clear_is_refused_where_it_stands(tmp_path: Path, comment: str, what: str) -> None:
    shop(tmp_path, comment)
    file = tmp_path / "sql" / "shop" / "gold" / "call.sql"
    file.write_text("CREATE TABLE IF NOT EXISTS shop.gold.call (\n  buyer_phone STRING COMMENT 'personal'\n);\n")
    (model,) = load_models(Project(tmp_path))
    with pytest.raises(ProjectError) as error:
        privacy(model)
    place = tmp_path / "sql" / "shop" / "gold" / "fact_order.sql"
    assert str(error.value) == f"{place}:6:3: {what}; end its comment with '; personal' or '; not personal'"


def test_a_column_can_be_denied_to_be_personal(tmp_path: Path) -> None:
    assert personal(privacy(shop(tmp_path, " COMMENT 'a number of the shop; not personal'")), "gold.fact_order") == [
        "buyer_person_sk",
        "friend_person_sk",
    ]


def test_an_exception_that_is_none_is_refused_where_it_stands(tmp_path: Path) -> None:
    model = shop(tmp_path, question="-- Not personal: phone, city, cty\nSELECT phone, city FROM shop.gold.dim_person_versions")
    with pytest.raises(ProjectError) as error:
        privacy(model)
    file = tmp_path / "sql" / "shop" / "serving" / "question.sql"
    fix = "remove it from this comment, or correct its name"
    assert str(error.value).splitlines() == [
        f"{file}:2:25: city is no personal column of shop.serving.question anyway; {fix}",
        f"{file}:2:31: cty is no personal column of shop.serving.question anyway; {fix}",
    ]


def test_the_shipped_domains_are_wholly_understood() -> None:
    found = {model.domain: privacy(model) for model in load_models(Project(REPOSITORY))}
    assert {domain: dict(one.unjudged) for domain, one in found.items()} == {"books": {}, "stocks": {}, "telecom": {}}
    assert not any(columns for domain in ("books", "stocks") for columns in found[domain].personal.values())
