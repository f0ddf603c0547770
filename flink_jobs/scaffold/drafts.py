"""The files of a new table or domain: a minimal working example, from the SQL in `templates/`."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from flink_jobs.domains import LAYERS, Domain, chosen, load_domains
from flink_jobs.errors import TrunklineError
from flink_jobs.planner import Planner, start_jvm
from flink_jobs.project import Project
from flink_jobs.statements import Statement, read_text, split

TEMPLATES = Path(__file__).with_name("templates")
WORD = re.compile(r"[a-z][a-z0-9_]*")
FACT = "fact_"
STREAMED = ("sources", *LAYERS)
OF_THE_VERDICT = {"rejection_reason", "rejection_detail", "repaired_columns", "is_rejected"}

Drafts = dict[Path, str]  # file -> its whole text


def draft_domain(project: Project, name: str, stream: str) -> Drafts:
    """A domain of one stream: all its layers, a check, a view for readers, and test data; TrunklineError where it can't be."""
    if name in {domain.name for domain in load_domains(project)}:
        raise TrunklineError(f"there is a domain {name} already", f"add to it with `trunkline new-table {name}.gold.{FACT}{stream}`")
    refuse_bad_words(project, name, stream)
    draft = Draft(project, Domain(name, {}, is_whole=True, problems=[]), stream)
    draft.add_gold(FACT + stream)
    draft.add("check.sql", f"sql/{name}/checks/{FACT}{stream}_values.sql", table=FACT + stream)
    draft.add("checks.yaml", f"tests/sql/{name}/checks.yaml", table=FACT + stream)
    draft.add("serving.sql", f"sql/{name}/serving/{stream}_by_day.sql", table=FACT + stream)
    return draft.finished()


def draft_table(project: Project, name: str) -> Drafts:
    """A table, what it is made of as far as that is not there, and test data; TrunklineError where it can't be."""
    words = name.split(".")
    if len(words) != 3 or words[1] not in LAYERS:
        raise TrunklineError(f"{name} is no name of a table", f"give three words, DOMAIN.LAYER.TABLE; layers are {', '.join(LAYERS)}")
    domain_name, layer, table = words
    (domain,) = chosen(load_domains(project), domain_name)
    if name in domain.declared:
        raise TrunklineError(f"there is a table {name} already", f"it is in sql/{'/'.join(words)}.sql")
    stream = table.removeprefix(FACT) if layer == "gold" else table
    refuse_bad_words(project, stream, table)
    draft = Draft(project, domain, stream)
    if layer == "gold":
        draft.add_gold(table)
    else:
        draft.add_layer(layer)
    return draft.finished()


def refuse_bad_words(project: Project, *words: str) -> None:
    """Raises a TrunklineError for a name that SQL would not take without quotes."""
    for word in words:
        if not WORD.fullmatch(word):
            raise TrunklineError(f"{word!r} can't be a name here", "use lower-case letters, digits and _, a letter first")
    start_jvm(project)
    planner = Planner()
    for word in words:
        if not planner.takes_as_name(word):
            raise TrunklineError(f"{word!r} is a word of SQL itself", "choose another name")


class Draft:
    """The files of one stream of a domain, as far as they are not there yet."""

    def __init__(self, project: Project, domain: Domain, stream: str) -> None:
        self.root = project.root
        self.domain = domain
        self.stream = stream
        self.topic = f"{domain.name}-{stream}"
        self.files: Drafts = {}
        self.inserts: list[tuple[str, str]] = []  # table, view

    def add(self, template: str, file: str, **words: str) -> str:
        """Drafts a file; gives its text."""
        known = {"domain": self.domain.name, "stream": self.stream, "topic": self.topic}
        text = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(known, **words)
        self.files[self.root / file] = text
        return text

    def add_layer(self, layer: str) -> None:
        """Drafts the bronze or silver table of the stream, and what is below it."""
        if layer == "silver":
            if self.has_source:
                what = f"what becomes of the fields of sql/{self.domain.name}/sources/{self.stream}.sql, only you can say"
                raise TrunklineError(what, f"write sql/{self.domain.name}/silver/{self.stream}.sql, as docs/writing-sql.md says")
            self.add_layer("bronze")
            tests = f"tests/sql/{self.domain.name}/{self.topic}"
            self.add("good.yaml", f"{tests}/good.yaml")
            self.add("silver.yaml", f"{tests}/silver.yaml")
            self.add("records.csv", f"tests/sql/{self.domain.name}/{self.stream}.csv")
        elif not self.has_source:
            self.add("source.sql", f"sql/{self.domain.name}/sources/{self.stream}.sql")
        self.add(f"{layer}.sql", f"sql/{self.domain.name}/{layer}/{self.stream}.sql")
        self.inserts.append((f"{self.domain.name}.{layer}.{self.stream}", f"{layer}_{self.stream}"))

    def add_gold(self, table: str) -> None:
        """Drafts a gold table of the accepted rows of the stream's silver table, and that too where there is none."""
        silver = f"{self.domain.name}.silver.{self.stream}"
        if silver not in self.domain.declared:
            self.add_layer("silver")
            self.add("gold.yaml", f"tests/sql/{self.domain.name}/{self.topic}/gold.yaml", table=table)
        columns = dict(columns_of(self.contract(silver)))
        if "is_rejected" not in columns:
            raise TrunklineError(f"{silver} has no is_rejected", f"write sql/{self.domain.name}/gold/{table}.sql by hand")
        kept = {name: text for name, text in columns.items() if name not in OF_THE_VERDICT}
        listed, defined = ("".join(f"  {text},\n" for text in texts).removesuffix(",\n") for texts in (kept, kept.values()))
        words = {"silver": silver, "silver_view": self.view(silver), "columns": listed, "definitions": defined}
        words["partitioned"] = "\nPARTITIONED BY (kafka_date)" if "kafka_date" in kept else ""
        self.add("gold.sql", f"sql/{self.domain.name}/gold/{table}.sql", table=table, **words)
        self.inserts.append((f"{self.domain.name}.gold.{table}", table))

    @property
    def has_source(self) -> bool:
        """Whether the stream's topic is read already."""
        known = self.domain.declared.get(self.stream)
        return known is not None and known.kind == "CREATE TEMPORARY TABLE"

    def contract(self, table: str) -> Statement:
        """The CREATE TABLE of a table that is there, or drafted."""
        if table in self.domain.declared:
            return self.domain.declared[table]
        file = self.root.joinpath("sql", *table.split(".")).with_suffix(".sql")
        return split(self.files[file], file)[-1]

    def view(self, table: str) -> str:
        """The view that fills a table."""
        return next(view for name, view in [*self.written(), *self.inserts] if name == table)

    def written(self) -> Iterator[tuple[str, str]]:
        """Every table of the domain's jobs, and the view that fills it."""
        yield from ((insert.table, insert.view) for job in self.domain.jobs for insert in job.inserts)

    def finished(self) -> Drafts:
        """All files, the job's too; a TrunklineError if one is there already that is not the job's."""
        for file, text in self.files.items():
            if file.exists():
                raise TrunklineError(f"{file.relative_to(self.root)} is there already", "move it away, or choose another name")
            for statement in split(text, file) if file.suffix == ".sql" and file.parent.name in STREAMED else ():
                self.refuse_known_name(statement)
        job = self.job_file()
        if not job.exists():
            self.add("job.sql", str(job.relative_to(self.root)))
        text = self.files.get(job) or read_text(job)
        end = split(text, job)[-1].tokens[-1].offset
        lines = "".join(f"  INSERT INTO {table} SELECT * FROM {view};\n" for table, view in self.inserts)  # noqa: S608
        return self.files | {job: text[:end] + lines + text[end:]}

    def refuse_known_name(self, statement: Statement) -> None:
        """Raises a TrunklineError if the domain declares that name already."""
        if known := self.domain.declared.get(statement.declares):
            where = f"{known.file.relative_to(self.root)}:{known.line}"
            raise TrunklineError(f"{statement.declares} is declared already, at {where}", "choose another name")

    def job_file(self) -> Path:
        """The file of the job that writes the stream's other tables; a new one's if none does."""
        for job in self.domain.jobs:
            if any(insert.table.split(".")[2] == self.stream for insert in job.inserts):
                return job.statement_set.file
        return self.root / "sql" / self.domain.name / "jobs" / f"{self.stream}.sql"


def columns_of(contract: Statement) -> Iterator[tuple[str, str]]:
    """The columns of a CREATE TABLE: the name as it is written, and the whole definition."""
    first = next(i for i, token in enumerate(contract.tokens) if token.text == "(") + 1
    base, depth, start = contract.tokens[0].offset, 0, first
    for i, token in enumerate(contract.tokens[first:], first):
        if depth == 0 and token.text in (",", ")"):
            name = contract.tokens[start]
            yield name.text, contract.text[name.offset - base : token.offset - base].strip()
            start = i + 1
            if token.text == ")":
                return
        depth += {"(": 1, ")": -1}.get(token.text, 0)


def write(drafts: Drafts) -> None:
    """Writes all files, or none."""
    before = {file: file.read_bytes() if file.exists() else None for file in drafts}
    try:
        for file, text in drafts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except BaseException:
        for file, content in before.items():
            if content is not None:
                file.write_bytes(content)
            elif file.exists():
                file.unlink()
        raise
