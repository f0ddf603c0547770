"""What a Power BI project reads, and how."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How Power BI reads: it asks PostgreSQL each time, or keeps a copy."""

    directquery = "directquery"
    imported = "import"


@dataclass(frozen=True)
class Source:
    """Where the tables are: a PostgreSQL `host:port`, which has a database for each domain; `masked` reads the schema of that name."""

    server: str
    mode: Mode
    masked: bool = False
