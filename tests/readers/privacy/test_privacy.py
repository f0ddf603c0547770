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


@pytest.mark.parametrize(
    ("select", "shows"),
    [
        ("phone AS a FROM {p}", True),
        ("city AS a FROM {p}", False),
        ("a FROM (SELECT phone AS a FROM {p})", True),
        ("* EXCLUDE (person_sk, city, born) REPLACE (left(phone, 3) AS phone) FROM {p}", True),
        ("* EXCLUDE (phone, person_sk, born) FROM {p}", False),
        ("length(phone) AS a FROM {p}", True),
        ("phone IS NULL AS a FROM {p}", False),
        ("phone = '+20' AND born > DATE '2000-01-01' AS a FROM {p}", False),
        ("count(DISTINCT phone) AS a FROM {p}", False),
        ("count(*) FILTER (WHERE phone IS NULL) AS a FROM {p}", False),
        ("CASE WHEN phone IS NULL THEN city ELSE 'known' END AS a FROM {p}", False),
        ("CASE WHEN city IS NULL THEN phone END AS a FROM {p}", True),
        ("coalesce(city, phone) AS a FROM {p}", True),
        ("arg_max(city, born) AS a FROM {p}", True),
        ("max(phone) AS a FROM {p}", True),
        ("first_value(city) OVER (PARTITION BY phone ORDER BY born) AS a FROM {p}", False),
        ("lag(phone) OVER (ORDER BY city) AS a FROM {p}", True),
        ("{{'p': phone, 'c': city}} AS a FROM {p}", True),
        ("md5(phone) AS a FROM {p}", True),
        ("(SELECT max(phone) FROM {p}) AS a", True),
        ("(SELECT max(city) FROM {p}) AS a", False),
        ("EXISTS (SELECT phone FROM {p}) AS a", False),
        ("(SELECT max(other.city || p.phone) FROM {p} AS other) AS a FROM {p} AS p", True),
        ("city AS a FROM {p} UNION ALL SELECT phone FROM {p}", True),
        ("phone AS b, b || '!' AS a FROM {p}", True),
        ("p.city AS a FROM {p} AS p JOIN shop.gold.fact_order AS o ON o.buyer_phone = p.phone", False),
        ("o.buyer_phone AS a FROM {p} AS p LEFT JOIN shop.gold.fact_order AS o ON o.buyer_person_sk = p.person_sk", True),
        ("phone AS a FROM {p} QUALIFY row_number() OVER (PARTITION BY phone) = 1", True),
        ("percentile_disc(0.5) WITHIN GROUP (ORDER BY phone) AS a FROM {p}", True),
        ("string_agg(city, ',' ORDER BY phone) AS a FROM {p}", True),
    ],
)
def test_a_view_is_personal_where_it_may_show_what_it_reads(tmp_path: Path, select: str, shows: bool) -> None:
    found = privacy(shop(tmp_path, question="SELECT " + select.format(p="shop.gold.dim_person_versions")))
    assert not found.unjudged
    columns = personal(found, "serving.question")
    assert ("a" in columns or "phone" in columns) is shows


@pytest.mark.parametrize(
    "select",
    [
        "SELECT COLUMNS('p.*') FROM shop.gold.dim_person_versions",
        "SELECT a FROM shop.serving.dim_person AS x, LATERAL (SELECT x.phone AS a)",
        "SELECT unnest([phone]) AS a, b FROM shop.gold.dim_person_versions, unnest([phone]) AS u(b)",
        "FROM (PIVOT shop.gold.dim_person_versions ON city IN ('Cairo') USING max(phone))",
        "WITH RECURSIVE r AS (SELECT phone FROM shop.gold.dim_person_versions UNION SELECT phone FROM r) SELECT phone FROM r",
    ],
)
def test_a_view_that_is_not_understood_is_left_out_or_personal(tmp_path: Path, select: str) -> None:
    found = privacy(shop(tmp_path, question=select, above="SELECT * FROM shop.serving.question"))
    if "shop.serving.question" in found.unjudged:
        assert found.unjudged["shop.serving.above"] == "it reads shop.serving.question"
        assert found.personal.keys().isdisjoint({"shop.serving.question", "shop.serving.above"})
    else:
        assert personal(found, "serving.question")


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
