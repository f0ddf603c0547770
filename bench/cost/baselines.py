"""What the shipped job is compared with on Flink: built-in functions alone, and Flink as it comes.

`BuiltinsVariant` keeps the shipped contracts. `PlainVariant` is a program of its own on Flink's own configuration and classes; it
reads with Flink's `json` format, which gives no row for a record that it can't read: the tables are done when they have the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cost.variant import LAYERS, SHIPPED_ROOT, FlinkVariant
from flink_jobs.local import flink
from flink_jobs.statements import read

LOOPBACK_ONLY = "ServerFactory.java"


class BuiltinsVariant(FlinkVariant):
    """A job whose overlay holds views only; the contracts that they must fit are the shipped ones."""

    def lay_out(self) -> None:
        """Writes the project."""
        super().lay_out()
        for file in self.overlay.rglob("*.sql"):
            name = file.relative_to(self.overlay)
            (contract,) = (statement.text for statement in read(SHIPPED_ROOT / name) if statement.kind == "CREATE TABLE")
            with (self.run.folder / name).open("a") as laid_out:
                laid_out.write(f"\n{contract};\n")


class ThreeTables(FlinkVariant):
    """A job that writes all three tables, though `layers` may leave out one that the oracle knows nothing of."""

    def tables(self) -> Mapping[str, Sequence[Path]]:
        """The data files of each table's newest snapshot."""
        return {layer: self.files(layer) for layer in LAYERS}


@dataclass
class PlainVariant(ThreeTables):
    """A job that `program`, a Python file and its arguments, submits. Which addresses it has, it knows from its environment."""

    program: Sequence[Path] = ()

    def lay_out(self) -> None:
        """Writes the project, with Flink's own classes but for the one that keeps its servers on this machine."""
        super().lay_out()
        for file in (self.run.folder / "stack" / "java").glob("*.java"):
            if file.name != LOOPBACK_ONLY:
                file.unlink()

    def settles(self, name: str, *, of_tables: bool = False) -> bool:
        """Its program makes its own catalog, and sets some options."""
        return of_tables or super().settles(name)

    def sets(self) -> Iterable[str]:
        """Its program."""
        return [file.read_text() for file in self.program]

    def submit(self) -> None:
        """Runs the program as Flink's client does."""
        places = {"LAKE": str(self.project.lake)}
        self.call([flink.HOME / "bin" / "flink", "run", "-d", "-py", *self.program], flink.environment(self.project) | places)

    def committed(self) -> int:
        """By bronze, a scan of its own, and by silver; gold is of silver's scan, and how many rows it will have is not known."""
        return self.run.events_in({"bronze": self.stored("bronze"), "json": self.stored("silver")})
