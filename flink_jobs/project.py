"""Where a project's files are, and what its local stack is set to."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from flink_jobs.errors import TrunklineError

Memory = Annotated[str, Field(pattern=r"^[1-9]\d*[mg]$", description="MiB or GiB, such as 512m or 2g")]


class Settings(BaseModel, frozen=True, extra="forbid"):
    """The local stack's ports on 127.0.0.1 and sizes; each is set by the environment variable TRUNKLINE_<NAME>."""

    kafka_port: int = Field(9092, ge=1, le=65535)
    kafka_controller_port: int = Field(9093, ge=1, le=65535)
    flink_port: int = Field(8081, ge=1, le=65535, description="REST endpoint and dashboard")
    flink_rpc_port: int = Field(6123, ge=1, le=65535)
    postgres_port: int = Field(5432, ge=1, le=65535, description="of the PostgreSQL that `trunkline serve` starts")
    task_slots: int = Field(8, ge=1, description="one for each job that runs")
    kafka_memory: Memory = "512m"
    jobmanager_memory: Memory = "1g"
    taskmanager_memory: Memory = "2304m"


@dataclass(frozen=True)
class Project:
    """A folder with `catalog/` and `sql/`. All that commands write is under its `.trunkline/`."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """The project that holds `start` (default: the working directory), like git does."""
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "catalog").is_dir() and (folder / "sql").is_dir():
                return cls(folder)
        raise TrunklineError(
            f"no project here: neither {start} nor a folder above it has catalog/ and sql/",
            "run it inside a project",
        )

    @property
    def domains(self) -> list[Path]:
        """The folders of `sql/`, by name."""
        return sorted(path for path in (self.root / "sql").iterdir() if path.is_dir())

    @property
    def state(self) -> Path:
        """All that commands write."""
        return self.root / ".trunkline"

    @property
    def jars(self) -> Path:
        """The store of downloaded jars; TRUNKLINE_JARS shares one store between projects."""
        return Path(os.environ.get("TRUNKLINE_JARS") or self.state / "jars")

    @property
    def lake(self) -> Path:
        """The tables and their catalog."""
        return self.state / "lake"

    @property
    def logs(self) -> Path:
        """The logs of the local stack."""
        return self.state / "logs"

    @property
    def flink(self) -> Path:
        """The local Flink: configuration, libraries, checkpoints and savepoints."""
        return self.state / "flink"

    @property
    def stack_file(self) -> Path:
        """The settings that the local stack was started with."""
        return self.state / "stack.json"

    @cached_property
    def settings(self) -> Settings:
        """Environment variables first, then what the running stack was started with, then the defaults."""
        started = Settings.model_validate_json(self.stack_file.read_text()).model_dump() if self.stack_file.exists() else {}
        named = {name: os.environ[key] for name in Settings.model_fields if (key := f"TRUNKLINE_{name.upper()}") in os.environ}
        try:
            return Settings.model_validate(started | named)
        except ValidationError as error:
            first = error.errors()[0]
            name = f"TRUNKLINE_{str(first['loc'][0]).upper()}"
            raise TrunklineError(f"{name}={first['input']!r}: {first['msg']}", f"correct or unset {name}") from None

    @property
    def variables(self) -> dict[str, str]:
        """What `${NAME}` in `catalog/<env>.sql` stands for; an environment variable of that name comes first."""
        return {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.settings.kafka_port}", "LAKE": str(self.lake)} | dict(os.environ)

    def relative(self, path: Path) -> Path:
        """`path` as a person in the project's folder would type it."""
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


@dataclass(frozen=True)
class Annex(Project):
    """A folder in a project with a `jars.lock` of its own; its jars are in the project's store."""

    @property
    def jars(self) -> Path:
        """The store of the project around it."""
        return Project.find(self.root).jars
