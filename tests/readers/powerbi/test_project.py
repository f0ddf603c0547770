"""The generated Power BI projects: what is committed is what is generated, and it says what the contracts say."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from click.testing import Result
from pbi_parsers import dax, pq
from typer.testing import CliRunner

from flink_jobs.errors import ProjectError
from flink_jobs.project import Project
from readers.powerbi.command import powerbi
from tests.conftest import REPOSITORY
from tests.readers.powerbi.tmdl import Node, column_of, read_model
from tests.sql.lake import COLUMN

HERE = Path(__file__).parent
STAR = yaml.safe_load((HERE / "star.yaml").read_text())
WRONG = {case["name"]: case for case in yaml.safe_load((HERE / "wrong.yaml").read_text())}
TYPES = {
    **{"STRING": "string", "INT": "int64", "BIGINT": "int64", "DOUBLE": "double", "BOOLEAN": "boolean"},
    **{"DATE": "dateTime", "TIMESTAMP_LTZ(6)": "dateTime", "DECIMAL(18, 4)": "decimal"},
}


@pytest.fixture(scope="module", params=sorted(STAR))
def domain(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def model(domain: str) -> Node:
    return read_model(REPOSITORY / "powerbi" / f"{domain}.SemanticModel" / "definition")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two domains of this repository, of which `books` may be changed; the working directory is in it."""
    (tmp_path / "sql").mkdir()
    shutil.copytree(REPOSITORY / "sql" / "books", tmp_path / "sql" / "books")
    (tmp_path / "sql" / "stocks").symlink_to(REPOSITORY / "sql" / "stocks")
    for name in ("catalog", "udfs"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def run(*arguments: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(powerbi)
    result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_what_is_committed_is_what_is_generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    run("--to", str(tmp_path))
    assert files(tmp_path) == files(REPOSITORY / "powerbi"), "run `just powerbi --report`"


def test_the_star_is_the_one_that_was_drawn(domain: str, model: Node) -> None:
    found: dict[str, dict[str, list[str]]] = {}
    for relationship in model.of("relationship").values():
        fact, column = column_of(relationship.properties["fromColumn"])
        dimension, _ = column_of(relationship.properties["toColumn"])
        found.setdefault(fact, {}).setdefault(dimension, []).append(column)
        assert (relationship.properties.get("isActive") != "false") == (column == STAR[domain][fact][dimension][0])
    assert found == STAR[domain]


def test_relationships_are_between_columns_of_one_type_and_lead_to_one_row(model: Node) -> None:
    tables = model.of("table")
    for relationship in model.of("relationship").values():
        ends = [column_of(relationship.properties[end]) for end in ("fromColumn", "toColumn")]
        kinds = {tables[table].of("column")[column].properties["dataType"] for table, column in ends}
        assert len(kinds) == 1
        assert "relyOnReferentialIntegrity" not in relationship.properties, "keys of facts may be null: an inner join would lose them"


def test_every_fact_has_the_columns_types_and_comments_of_its_contract(domain: str, model: Node) -> None:
    for fact in STAR[domain]:
        contract = (REPOSITORY / "sql" / domain / "gold" / f"{fact}.sql").read_text().partition("CREATE TABLE ")[2]
        columns = model.of("table")[fact].of("column")
        assert {name: column.properties["dataType"] for name, column in columns.items()} == {
            name: TYPES[kind] for name, kind in COLUMN.findall(contract)
        }
        comments = re.findall(r"^  `?(\w+)`? .*? COMMENT '((?:[^']|'')*)'", contract, re.MULTILINE)
        assert {name: column.description for name, column in columns.items() if column.description} == {
            name: comment.replace("''", "'") for name, comment in comments
        }


def test_keys_and_coordinates_are_hidden_and_nothing_is_summed_unasked(model: Node) -> None:
    for table in model.of("table").values():
        columns = table.of("column").values()
        hidden = {column.name for column in columns if column.properties.get("isHidden")}
        assert hidden >= {column.name for column in columns if column.name.startswith("kafka_") or column.name.endswith("_sk")}
        assert not hidden & {"amount", "status", "timestamp", "date_value", "author", "symbol"}
        assert {column.properties["summarizeBy"] for column in columns} <= {"none"}
    assert model.of("model")["Model"].properties["discourageImplicitMeasures"] is True


def test_names_that_are_used_exist(model: Node) -> None:
    tables = model.of("table")
    for table in tables.values():
        columns = table.of("column")
        assert not columns.keys() & table.of("measure").keys()
        used = [column.properties["sortByColumn"] for column in columns.values() if "sortByColumn" in column.properties]
        used += [level.properties["column"] for hierarchy in table.of("hierarchy").values() for level in hierarchy.of("level").values()]
        assert set(used) <= columns.keys()
        assert list(table.of("partition")) == [table.name]
    measures = [name for table in tables.values() for name in table.of("measure")]
    assert len(measures) == len(set(measures))


def test_every_lineage_tag_is_its_own(model: Node) -> None:
    def tags(node: Node) -> Iterator[str]:
        if "lineageTag" in node.properties:
            yield node.properties["lineageTag"]
        for child in node.children:
            yield from tags(child)

    found = list(tags(model))
    assert len(found) == len(set(found)) > 20


def test_the_calendar_is_marked_and_knows_no_epoch() -> None:
    model = read_model(REPOSITORY / "powerbi" / "telecom.SemanticModel" / "definition")
    calendar = model.of("table")["dim_date"]
    assert calendar.properties["dataCategory"] == "Time"
    assert [column.name for column in calendar.of("column").values() if column.properties.get("isKey")] == ["date_value"]
    assert "Table.SelectRows(Data, each [date_value] > #date(1970, 1, 1))" in calendar.of("partition")["dim_date"].properties["source"]
    assert calendar.of("column")["month_name"].properties["sortByColumn"] == "month"
    assert [table.name for table in model.of("table").values() if "dataCategory" in table.properties] == ["dim_date"]


def test_another_parser_reads_every_measure_and_query(model: Node) -> None:
    for table in model.of("table").values():
        assert all(dax.to_ast(measure.expression) for measure in table.of("measure").values())
        source = table.of("partition")[table.name].properties["source"]
        assert pq.to_ast(source)
        assert f'Item="{table.name}"' in source


def test_visuals_show_what_the_model_has_and_do_not_overlap(domain: str, model: Node) -> None:
    tables = model.of("table")
    definition = REPOSITORY / "powerbi" / f"{domain}.Report" / "definition"
    pages = json.loads((definition / "pages" / "pages.json").read_text())
    assert {folder.name for folder in (definition / "pages").iterdir() if folder.is_dir()} == set(pages["pageOrder"])
    for name in pages["pageOrder"]:
        page = json.loads((definition / "pages" / name / "page.json").read_text())
        visuals = [json.loads(file.read_text()) for file in (definition / "pages" / name / "visuals").glob("*/visual.json")]
        places = [visual["position"] for visual in visuals]
        for visual in visuals:
            for kind, entity, field in fields(visual):
                assert field in tables[entity].of(kind.lower())
        for i, one in enumerate(places):
            assert one["x"] + one["width"] <= page["width"]
            assert one["y"] + one["height"] <= page["height"]
            assert not any(overlap(one, other) for other in places[i + 1 :])


def fields(visual: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, table and name of all that a visual shows."""
    for role in visual["visual"]["query"]["queryState"].values():
        for projection in role["projections"]:
            ((kind, field),) = projection["field"].items()
            yield kind, field["Expression"]["SourceRef"]["Entity"], field["Property"]


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    apart = (one["x"] + one["width"] <= other["x"], other["x"] + other["width"] <= one["x"])
    return not any((*apart, one["y"] + one["height"] <= other["y"], other["y"] + other["height"] <= one["y"]))


def test_a_second_generation_writes_nothing_and_a_changed_report_is_kept(project: Project) -> None:
    run("books")
    assert json.loads(run("books", "--json").stdout)[0]["written"] == []
    page = next((project.root / "powerbi" / "books.Report").rglob("page.json"))
    whole = page.read_text()
    page.write_text(whole.replace("Best sellers", "Mine"))
    (page.parent / "visuals" / "mine").mkdir()
    (page.parent / "visuals" / "mine" / "visual.json").write_text("{}")
    assert json.loads(run("books", "--json").stdout)[0]["written"] == []
    assert "Mine" in page.read_text()
    assert json.loads(run("books", "--report", "--json").stdout)[0]["removed"] == [
        str((page.parent / "visuals" / "mine" / "visual.json").relative_to(project.root / "powerbi"))
    ]
    assert page.read_text() == whole


def test_a_table_that_is_gone_leaves_the_model(project: Project) -> None:
    run("books")
    design = project.root / "sql" / "books" / "powerbi.yaml"
    design.write_text(design.read_text().partition("  rejections_by_reason:")[0])
    done = json.loads(run("books", "--json").stdout)[0]
    assert done["removed"] == ["books.SemanticModel/definition/tables/rejections_by_reason.tmdl"]
    assert done["written"] == ["books.SemanticModel/definition/model.tmdl"]


def test_a_domain_without_a_design_is_a_star_without_measures(project: Project) -> None:
    (project.root / "sql" / "books" / "powerbi.yaml").unlink()
    run("books")
    model = read_model(project.root / "powerbi" / "books.SemanticModel" / "definition")
    assert list(model.of("table")) == ["dim_author", "fact_books"]
    assert len(model.of("relationship")) == 1


def test_import_from_another_server_and_the_masked_schema(project: Project) -> None:
    run("books", "--mode", "import", "--server", "db.example.com:6432", "--masked")
    model = read_model(project.root / "powerbi" / "books.SemanticModel" / "definition")
    partitions = [table.of("partition")[table.name].properties for table in model.of("table").values()]
    assert {partition["mode"] for partition in partitions} == {"import"}
    assert all('Schema="masked"' in partition["source"] for partition in partitions)
    run("stocks", "--masked")
    fact = read_model(project.root / "powerbi" / "stocks.SemanticModel" / "definition").of("table")["fact_stock"]
    assert 'Schema="masked", Item="gold_fact_stock"' in fact.of("partition")["fact_stock"].properties["source"], (
        "serving has one of that name"
    )
    assert model.of("expression")["Server"].expression.startswith('"db.example.com:6432" meta')
    connection = json.loads((project.root / "powerbi" / "books.pbids").read_text())["connections"][0]
    assert connection["details"] == {"protocol": "postgresql", "address": {"server": "db.example.com:6432", "database": "books"}}
    assert connection["mode"] == "Import"


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(project: Project, name: str) -> None:
    file = project.root / "sql" / "books" / "powerbi.yaml"
    file.write_text(WRONG[name]["text"])
    with pytest.raises(ProjectError) as error:
        run("books")
    told = [line.removeprefix("sql/books/powerbi.yaml:") for line in str(error.value).splitlines()]
    assert [line[: len(part)] for line, part in zip(told, WRONG[name]["told"], strict=True)] == WRONG[name]["told"]
    assert not (project.root / "powerbi").exists()
