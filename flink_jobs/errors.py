"""What goes wrong, said so that a person can act on it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands (1-based line and column), what it is, what to do."""

    file: Path
    line: int
    column: int
    what: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {sentence(self.what, self.fix)}"

    @property
    def path(self) -> Path:
        """The file as a person would type it in the working directory."""
        return self.file.relative_to(Path.cwd()) if self.file.is_relative_to(Path.cwd()) else self.file

    def as_json(self) -> dict[str, str | int]:
        """For programs such as editors."""
        return {"file": str(self.path), "line": self.line, "column": self.column, "what": self.what, "fix": self.fix}


class TrunklineError(Exception):
    """What ends a command with exit code 1. Its text is all that the user sees."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(sentence(what, fix))


class ProjectError(TrunklineError):
    """Every problem found in the project's files at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (str(p.file), p.line, p.column, p.what))
        super().__init__("\n".join(map(str, self.problems)))


@contextmanager
def collected(problems: list[Problem]) -> Iterator[None]:
    """Adds the problems of a ProjectError to a list, and goes on."""
    try:
        yield
    except ProjectError as error:
        problems += error.problems


@contextmanager
def interrupts() -> Iterator[None]:
    """A Ctrl-C as what it is: DuckDB, where it meets one, makes a RuntimeError of it."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise error.__cause__ from None
        raise


def sentence(what: str, fix: str) -> str:
    """`what is wrong; what to do`."""
    return f"{what}; {fix}" if fix else what


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean ...?`, if a known name is like this one; else empty."""
    folded = {other.lower(): other for other in known}
    close = [folded[other] for other in get_close_matches(name.lower(), folded, n=1)]
    return f"did you mean {close[0]}?" if close else ""
