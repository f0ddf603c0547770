"""The semantic model of a domain, as TMDL: tables, columns, relationships and measures, from its contracts and its design."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import NAMESPACE_URL, UUID, uuid5

from flink_jobs.snapshots import COORDINATES
from readers.model import Column, Model, Reference, Table
from readers.postgres.layout import Layout, place
from readers.powerbi.design import Design, Measure, TableDesign
from readers.powerbi.source import Mode, Source
from readers.powerbi.tmdl import Object, annotation, document, quoted

COMPATIBILITY = 1600  # of Analysis Services; every Power BI Desktop with TMDL reads it
CULTURE = "en-US"
TECHNICAL = {*COORDINATES, "kafka_timestamp", "kafka_date"}
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
TYPES = {"VARCHAR": "string", "DOUBLE": "double", "FLOAT": "double", "BOOLEAN": "boolean", "DATE": "dateTime"}
DECIMAL_DIGITS = 4  # after the point, of Power BI's fixed decimal
FORMATS = {"DATE": "yyyy-mm-dd", "TIMESTAMP": "yyyy-mm-dd hh:nn:ss"}
EPOCH = "#date(1970, 1, 1)"


def identity(*names: str) -> UUID:
    """An id that a name has in every generation."""
    return uuid5(NAMESPACE_URL, "/".join(("trunkline", *names)))


@dataclass(frozen=True)
class SemanticModel:
    """The star of a domain: gold facts, dimensions, and what its design names beside them."""

    model: Model
    design: Design
    source: Source

    @cached_property
    def tables(self) -> dict[str, Table]:
        """By third word, which is what Power BI calls them; facts first."""
        return star(self.model) | {word: shown[word] for word in self.design.tables if word in (shown := by_word(self.model))}

    def files(self) -> dict[str, str]:
        """The text of each file, by its path in `definition/`."""
        return {
            "database.tmdl": str(Object("database", properties={"compatibilityLevel": COMPATIBILITY})),
            "model.tmdl": self._model(),
            "expressions.tmdl": document(self._parameters()),
            "relationships.tmdl": document(self.relationships()),
            **{f"tables/{word}.tmdl": str(self._table(word, table)) for word, table in self.tables.items()},
        }

    def relationships(self) -> Iterator[Object]:
        """From each column that holds a dimension's key to the dimension. Of several between two tables the first is active."""
        for table, reference in self.references():
            to, active = self.model.tables[reference.table].word, self._is_first(table, reference)
            ends = {"fromColumn": f"{quoted(table.word)}.{quoted(reference.column)}", "toColumn": f"{quoted(to)}.{quoted(reference.key)}"}
            trusted = not next(column for column in table.columns if column.name == reference.column).nullable
            flags = {"isActive": None if active else False, "relyOnReferentialIntegrity": True if trusted else None}
            yield Object("relationship", str(self._id(table.word, reference.column)), properties=flags | ends)

    def references(self) -> Iterator[tuple[Table, Reference]]:
        """Every reference of a fact to a dimension of the model."""
        for table in self.tables.values():
            if table.is_fact:
                yield from ((table, found) for found in self.model.references(table) if self.model.tables[found.table].word in self.tables)

    def _is_first(self, table: Table, reference: Reference) -> bool:
        return next(found for found in self.model.references(table) if found.table == reference.table) == reference

    def _id(self, *names: str) -> UUID:
        return identity(self.model.domain, *names)

    def _model(self) -> str:
        order = json.dumps(["Server", "Database", *self.tables])
        properties = {
            "culture": CULTURE,
            "defaultPowerBIDataSourceVersion": "powerBI_V3",
            "discourageImplicitMeasures": True,
            "sourceQueryCulture": CULTURE,
            "dataAccessOptions": {"legacyRedirects": True, "returnErrorValuesAsNull": True},
        }
        notes = [annotation("PBI_QueryOrder", order), annotation("__PBI_TimeIntelligenceEnabled", "0")]
        tables = "".join(f"ref table {quoted(word)}\n" for word in self.tables)
        return f"{document([Object('model', 'Model', properties=properties), *notes])}{tables}\n"

    def _parameters(self) -> Iterator[Object]:
        """Where the database is, to be changed in Power BI at Transform data > Edit parameters."""
        said = {"Server": ("PostgreSQL's address, host:port", self.source.server), "Database": ("its database", self.model.domain)}
        for name, (description, value) in said.items():
            text = '"' + value.replace('"', '""') + '"'
            meta = 'meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]'
            result = annotation("PBI_ResultType", "Text")
            tag = {"lineageTag": str(self._id("expressions", name))}
            yield Object("expression", name, f"{text} {meta}", description, tag, [result])

    def _table(self, word: str, table: Table) -> Object:
        own, date = self.design.tables.get(word, TableDesign()), date_column(table)
        properties = {"lineageTag": str(self._id(word)), "dataCategory": "Time" if date else None}
        children = [
            *(self._measure(word, measure) for measure in own.measures),
            *(self._column(table, column, own) for column in table.columns),
            *(self._hierarchy(word, name, levels) for name, levels in own.hierarchies.items()),
            self._partition(table),
            annotation("PBI_ResultType", "Table"),
        ]
        return Object("table", word, None, table.comment, properties, children)

    def _measure(self, word: str, measure: Measure) -> Object:
        properties = {
            "formatString": measure.format,
            "displayFolder": measure.folder or None,
            "lineageTag": str(self._id(word, measure.name)),
        }
        return Object("measure", measure.name, measure.dax.strip(), measure.description, properties)

    def _column(self, table: Table, column: Column, own: TableDesign) -> Object:
        sorted_by, kind = own.sort.get(column.name), column.type.partition("(")[0].removesuffix(" WITH TIME ZONE")
        properties = {
            "dataType": data_type(column.type),
            "isHidden": True if self._is_technical(table, column) else None,
            "isKey": True if column is date_column(table) else None,
            "formatString": FORMATS.get(kind),
            "lineageTag": str(self._id(table.word, column.name)),
            "dataCategory": own.categories.get(column.name),
            "summarizeBy": "none",
            "sourceColumn": column.name,
            "sortByColumn": quoted(sorted_by) if sorted_by else None,
        }
        return Object("column", column.name, None, column.comment, properties, [annotation("SummarizationSetBy", "User")])

    def _is_technical(self, table: Table, column: Column) -> bool:
        """Whether a reader needs it for nothing: Kafka coordinates, keys that only join."""
        joins = {found.column for found in self.model.references(table)} if table.is_fact else set()
        return column.name in TECHNICAL | joins or (column.name == table.key and column.name.endswith("_sk"))

    def _hierarchy(self, word: str, name: str, levels: list[str]) -> Object:
        tags = [{"lineageTag": str(self._id(word, name, level)), "column": quoted(level)} for level in levels]
        children = [Object("level", level, properties=tag) for level, tag in zip(levels, tags, strict=True)]
        return Object("hierarchy", name, properties={"lineageTag": str(self._id(word, name))}, children=children)

    def _partition(self, table: Table) -> Object:
        """M that folds into one SELECT. The epoch, on which events without a readable time stand, is no day of a calendar."""
        layout, date = Layout(self.model), date_column(table)
        schema, item = (layout.masked_place(table.name) if self.source.masked else place(table.name)).split(".")
        steps = ["Source = PostgreSQL.Database(Server, Database)", f'Data = Source{{[Schema="{schema}", Item="{item}"]}}[Data]']
        steps += [f"Days = Table.SelectRows(Data, each [{date.name}] > {EPOCH})"] if date else []
        lines = [f"    {step}{',' if step is not steps[-1] else ''}" for step in steps]
        mode = "directQuery" if self.source.mode is Mode.directquery else "import"
        query = "\n".join(("let", *lines, "in", f"    {steps[-1].partition(' ')[0]}"))
        return Object("partition", table.word, "m", properties={"mode": mode, "source": query})


def star(model: Model) -> dict[str, Table]:
    """Facts of gold, and the dimensions, by third word."""
    facts = {table.word: table for table in model.tables.values() if table.is_fact and table.schema == "gold"}
    return dict(sorted(facts.items())) | dict(sorted(model.dimensions.items()))


def by_word(model: Model) -> dict[str, Table]:
    """Every table by its third word; what `serving` offers stands for what `gold` stores, facts excepted."""
    return {table.word: table for table in sorted(model.tables.values(), key=lambda table: table.schema == "serving")} | star(model)


def date_column(table: Table) -> Column | None:
    """What makes a dimension a calendar: it is called `dim_date`, and has a row for each value of this DATE."""
    dates = (column for column in table.columns if column.type == "DATE")
    return next(dates, None) if table.word == "dim_date" else None


def data_type(kind: str) -> str:
    """Power BI's type for one of DuckDB's: fixed decimal has four digits after the point, what has more is a double."""
    if kind.startswith("DECIMAL"):
        return "decimal" if int(kind.rstrip(")").rpartition(",")[2]) <= DECIMAL_DIGITS else "double"
    if kind.startswith("TIMESTAMP"):
        return "dateTime"
    return "int64" if kind in INTEGERS else TYPES.get(kind, "string")
