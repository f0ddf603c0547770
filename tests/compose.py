"""docker-compose.yml, as its services see it."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SECRETS = {"POSTGRES_PASSWORD": "a", "AWS_SECRET_ACCESS_KEY": "b", "TRUNKLINE_MASKING_KEY": "c" * 32}
VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}")


def environment(name: str) -> dict[str, str]:
    """The variables of a service, filled in."""
    given = COMPOSE["services"][name].get("environment", {})
    return {variable: VARIABLE.sub(lambda found: SECRETS[found[1]], value) for variable, value in given.items()}
