"""The report of a domain in Power BI's enhanced format (PBIR): a JSON file a page and a visual."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from readers.powerbi.design import Design, Page, Visual

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report/definition"
WIDTH, HEIGHT, GAP = 1280, 720, 16
LOW = 112  # pixels: the height of a row of cards and slicers
TYPES = {
    "card": "card",
    "line": "lineChart",
    "column": "clusteredColumnChart",
    "bar": "clusteredBarChart",
    "donut": "donutChart",
    "table": "tableEx",
    "slicer": "slicer",
}
ROLES = {"card": ("", "Values"), "table": ("Values", "Values"), "slicer": ("Values", "")}  # of columns, of measures; of charts:
CHART_ROLES = ("Category", "Y")

Json = dict[str, Any]


def report_files(design: Design) -> dict[str, Json]:
    """The files of a report, by their paths in `definition/`."""
    pages = {identity(page.name): page for page in design.pages}
    files = {
        "version.json": {"$schema": schema("versionMetadata/1.0.0"), "version": "2.0.0"},
        "report.json": {"$schema": schema("report/2.0.0"), "themeCollection": {}, "settings": {"useStylableVisualContainerHeader": True}},
        "pages/pages.json": {"$schema": schema("pagesMetadata/1.0.0"), "pageOrder": list(pages), "activePageName": next(iter(pages), "")},
    }
    for name, page in pages.items():
        files[f"pages/{name}/page.json"] = {
            "$schema": schema("page/2.0.0"),
            "name": name,
            "displayName": page.name,
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        }
        for visual, position in placed(page):
            own = identity(page.name, str(position["tabOrder"]))
            files[f"pages/{name}/visuals/{own}/visual.json"] = container(own, visual, position, design)
    return files


def placed(page: Page) -> Iterator[tuple[Visual, Json]]:
    """Each visual and its place: rows share the page's width; rows of cards and slicers are low, the others share what is left."""
    low = [all(visual.kind in ("card", "slicer") for visual in row) for row in page.rows]
    high = (HEIGHT - GAP * (len(low) + 1) - LOW * sum(low)) // max(1, len(low) - sum(low))
    y = order = 0
    for row, is_low in zip(page.rows, low, strict=True):
        y, height = y + GAP, LOW if is_low else high
        width = (WIDTH - GAP * (len(row) + 1)) // len(row)
        for i, visual in enumerate(row):
            yield visual, {"x": GAP + i * (width + GAP), "y": y, "z": order, "height": height, "width": width, "tabOrder": order}
            order += 1
        y += height


def container(name: str, visual: Visual, position: Json, design: Design) -> Json:
    """A visual with its query, title and, for slicers, how one chooses."""
    column_role, measure_role = ROLES.get(visual.kind, CHART_ROLES)
    state: dict[str, Json] = {}
    for role, fields in (
        (column_role, map(column, visual.by)),
        (measure_role, (measure(design.home(own), own) for own in visual.measures)),
    ):
        if projections := list(fields):
            state.setdefault(role, {"projections": []})["projections"] += projections
    shown: Json = {"visualType": TYPES[visual.kind], "query": {"queryState": state}, "drillFilterOtherVisuals": True}
    if visual.kind == "slicer":
        shown["objects"] = {
            "data": properties(mode="'Dropdown'"),
            **({"selection": properties(singleSelect="true")} if visual.single else {}),
            **({"general": [{"properties": {"filter": {"filter": chosen(visual.by[0], visual.chosen)}}}]} if visual.chosen else {}),
        }
    if visual.title:
        shown["visualContainerObjects"] = {"title": properties(show="true", text=literal(visual.title))}
    return {"$schema": schema("visualContainer/2.0.0"), "name": name, "position": position, "visual": shown}


def chosen(name: str, value: str) -> Json:
    """The filter of a slicer in which a text is chosen."""
    table, own = name.split(".")
    left = {"Column": {"Expression": {"SourceRef": {"Source": "d"}}, "Property": own}}
    condition = {"In": {"Expressions": [left], "Values": [[{"Literal": {"Value": literal(value)}}]]}}
    return {"Version": 2, "From": [{"Name": "d", "Entity": table, "Type": 0}], "Where": [{"Condition": condition}]}


def literal(text: str) -> str:
    """A text as Power BI writes it among expressions."""
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> Json:
    """The projection of `table.column`."""
    return projection("Column", *name.split("."))


def measure(table: str, name: str) -> Json:
    """The projection of a measure."""
    return projection("Measure", table, name)


def projection(kind: str, table: str, name: str) -> Json:
    """A field of a visual."""
    field = {kind: {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}
    return {"field": field, "queryRef": f"{table}.{name}", "nativeQueryRef": name}


def properties(**values: str) -> list[Json]:
    """Formatting, by literals in Power BI's own writing."""
    return [{"properties": {name: {"expr": {"Literal": {"Value": value}}} for name, value in values.items()}}]


def identity(*names: str) -> str:
    """Twenty characters, as Power BI names pages and visuals, that a name has in every generation."""
    return sha256("\0".join(names).encode()).hexdigest()[:20]


def schema(of: str) -> str:
    """Where Microsoft publishes what such a file holds."""
    return f"{SCHEMAS}/{of}/schema.json"
