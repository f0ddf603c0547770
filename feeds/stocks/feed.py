"""`trunkline feed stocks`: companies, and their prices from an API that replays recorded ones."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from feeds.dimensions import Members, find_dimensions
from feeds.http_api import Api
from feeds.http_feed import Known, poll_api
from feeds.load_dims import load, report
from feeds.options import Bootstrap, Json, kafka_options, progress, stderr
from feeds.stocks.api import HEADER, Prices, Server, serving
from flink_jobs.environment import LOCAL, Environment, load_environment
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project

COMPANIES = Path(__file__).with_name("companies.json")


def stocks(
    days_per_second: Annotated[float, typer.Option(min=0, help="Days of prices that happen in a second; 0 is all at once.")] = 2.0,
    interval: Annotated[float, typer.Option(min=0, help="Seconds from the end of one poll to the next.")] = 0.5,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Send companies as `load-dims` does, then poll an API on this machine that replays recorded prices, until Ctrl-C.

    Prices go to the topic stock-prices, each once, also over runs.
    """
    project = Project.find()
    kafka = kafka_options(bootstrap, environment)
    load_companies(project, load_environment(project, environment), kafka)
    key = secrets.token_urlsafe()
    with serving(Server(Prices(days_per_second=days_per_second), key)) as server:
        api = Api(server.url, "items", "next", key=(HEADER, key))
        poll_api(api, "stock-prices", kafka, Known(()), "symbol", interval, as_json=as_json)


def load_companies(project: Project, environment: Environment, kafka: Mapping[str, str]) -> None:
    """Sends the companies that are new or have changed."""
    dimension = find_dimensions(project, environment, [COMPANIES], None)[COMPANIES]
    members = Members(dimension.topic, kafka)
    with progress(hidden=True) as hidden:
        report(load(COMPANIES, dimension, members, dry_run=False, progress=hidden), dry_run=False, console=stderr())
