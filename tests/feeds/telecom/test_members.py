"""The example members: such as the simulated events name, and such as their sources read."""

import json
from pathlib import Path

import pytest

from feeds.dimensions import find_dimensions
from feeds.members import Member, read_members
from feeds.telecom.network import network
from flink_jobs.environment import load_environment
from flink_jobs.project import Project
from tests.conftest import REPOSITORY

MEMBERS = REPOSITORY / "feeds" / "telecom" / "members"
SOURCES = REPOSITORY / "sql" / "telecom" / "sources"


def values(name: str, field: str) -> list[str]:
    return [member[field] for member in json.loads((MEMBERS / f"{name}.json").read_text())]


def test_events_name_them() -> None:
    people = network().subscribers
    assert set(values("users", "phone_number")) <= {person.number for person in people}
    assert set(values("devices", "tac")) <= {phone.device.tac for person in people for phone in person.phones}
    assert set(values("cell_sites", "cell_id")) <= {site.cell_id for person in people for site in person.sites}


@pytest.mark.parametrize("file", [f for f in MEMBERS.glob("*.json") if (SOURCES / f"{f.stem}.sql").exists()], ids=lambda f: f.stem)
def test_their_sources_read_them(file: Path) -> None:
    project = Project(REPOSITORY)
    dimension = find_dimensions(project, load_environment(project), [file], None)[file]
    found = list(read_members(file, dimension))
    assert len({member.key for member in found if isinstance(member, Member)}) == len(found) >= 5
