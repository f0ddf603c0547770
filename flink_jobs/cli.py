"""The command line `trunkline`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dashboard.cli import dashboard
from feeds import cli as feeds
from feeds.load_dims import load_dims
from flink_jobs import metrics, query, render, status, verify
from flink_jobs.doctor import doctor
from flink_jobs.environment import LOCAL, has_flink_of_its_own, load_environment
from flink_jobs.errors import ProjectError, TrunklineError, interrupts
from flink_jobs.local import flink, stack
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project
from flink_jobs.scaffold.cli import new_domain, new_table
from readers.export import export
from readers.postgres.cli import serve
from readers.powerbi.command import powerbi

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Keeps a lakehouse true, second by second, from SQL files.")
app.command(epilog='Example: trunkline query "show all tables"')(query.query)
app.command(epilog="Example: trunkline status --watch")(status.status)
app.command(epilog="Example: trunkline doctor --env postgres")(doctor)
app.command(epilog="Example: trunkline metrics --port 9251")(metrics.metrics)
app.command(epilog="Example: trunkline render --image registry.example.com/trunkline:1.2")(render.render)
app.command(epilog="Example: trunkline dashboard --port 8600")(dashboard)
app.command(epilog="Example: trunkline verify DOMAIN --only fact_")(verify.verify)
app.command(epilog="Example: trunkline serve DOMAIN --once")(serve)
app.command(epilog="Example: trunkline export DOMAIN --to parquet")(export)
app.command(epilog="Example: trunkline powerbi DOMAIN --server db.example.com:5432")(powerbi)
app.command(name="new-domain", epilog="Example: trunkline new-domain shop --stream orders")(new_domain)
app.command(name="new-table", epilog="Example: trunkline new-table shop.gold.fact_refunds")(new_table)
app.add_typer(feeds.app, name="feed")
app.command(name="load-dims", epilog="Example: trunkline load-dims users.json devices.json")(load_dims)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Domain = Annotated[str | None, typer.Argument(help="A folder of sql/; without: all.", show_default=False)]

COLOURS = {"unchanged": "dim", "start": "green", "run": "green", "resume": "cyan", "change": "yellow", "remove": "red"}
DONE = {"unchanged": "unchanged", "start": "started", "run": "run", "resume": "resumed", "change": "changed", "remove": "removed"}


def main() -> None:
    """Runs the command line; what a person can act on is one line and exit code 1."""
    try:
        with interrupts():
            app()
    except TrunklineError as error:
        say().print(str(error), style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def say() -> Console:
    """Where progress and summaries go: not to stdout, which is for results."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


@app.command(epilog="Example: trunkline up")
def up(environment: EnvironmentName = LOCAL) -> None:
    """Start Kafka and Flink on this machine and resume the deployed jobs. What runs already is left alone.

    Of an environment whose Flink is elsewhere only the jobs are resumed.
    """
    from flink_jobs.deploy import Deployer

    project, console = Project.find(), say()
    deployer = Deployer(project, environment)
    if not deployer.environment.flink:
        started = stack.up(project, environment=environment)
        console.print(f"[green]started[/] {', '.join(started)}" if started else "Kafka and Flink run already")
    with console.status("resuming jobs"):
        resumed = deployer.resume_all()
    for job in resumed:
        console.print(f"[cyan]resumed[/] {job}")
    for what in deployer.begun_anew.values():
        console.print(what, style="yellow", markup=False)
    console.print(f"dashboard {deployer.cluster.url}")


@app.command(
    epilog="Example: trunkline demo DOMAIN --seconds 60",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def demo(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(help="A folder of sql/ with a demo.sql; its feed has the same name.")],
    seconds: Annotated[int, typer.Option(min=1, help="How long to watch.")] = 20,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Start everything, feed it, watch rows arrive, and ask a question. The stack is left running.

    Any other option is one of the domain's feed, see `trunkline feed DOMAIN --help`.
    """
    from flink_jobs import demo as whole

    project = Project.find()
    if elsewhere := load_environment(project, environment).flink:
        what = f"the Flink of {environment} is at {elsewhere}, not on this machine"
        raise TrunklineError(what, "`demo` is for one that does not SET rest.address in catalog/<env>.sql")
    whole.demo(project, domain, seconds, context.args, environment)


@app.command(epilog="Example: trunkline down")
def down(environment: EnvironmentName = LOCAL) -> None:
    """Stop the jobs, each with a savepoint that `up` resumes from, then Flink, Kafka and PostgreSQL. All data stays.

    Of an environment whose Flink is elsewhere only the jobs are stopped.
    """
    from flink_jobs.deploy import Deployer

    project, console = Project.find(), say()
    elsewhere = has_flink_of_its_own(project, environment)
    if elsewhere or flink.answers(project):
        with console.status("stopping jobs with a savepoint"):
            for job in Deployer(project, environment).stop_all():
                console.print(f"[green]stopped[/] {job}")
    if elsewhere:
        return
    stopped = stack.down(project)
    console.print(f"[green]stopped[/] {', '.join(stopped)}" if stopped else "nothing runs")


@app.command(epilog="Example: trunkline check")
def check(domain: Domain = None, environment: EnvironmentName = LOCAL, as_json: Json = False) -> None:
    """Find every error in catalog/, sql/ and udfs/ at once, without Kafka or a cluster."""
    from flink_jobs import check as checking

    project, console = Project.find(), say()
    try:
        with console.status("asking Flink's planner"):
            checked = checking.check(project, environment, domain)
    except ProjectError as error:
        if not as_json:
            raise
        print(json.dumps([problem.as_json() for problem in error.problems], indent=1))
        raise typer.Exit(1) from None
    if as_json:
        print("[]")
    else:
        console.print(f"[green]no problem[/] in {len(checked.jobs)} jobs, {checked.views} views, {len(checked.tables)} tables")


@app.command(epilog="Example: trunkline plan")
def plan(domain: Domain = None, environment: EnvironmentName = LOCAL, as_json: Json = False) -> None:
    """Show what `deploy` would do, and do nothing."""
    deploy(domain, environment, dry_run=True, as_json=as_json)


@app.command(epilog="Example: trunkline deploy")
def deploy(
    domain: Domain = None,
    environment: EnvironmentName = LOCAL,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make the cluster run what the files say. Unchanged jobs are left alone; no record is lost or repeated."""
    from flink_jobs import check as checking
    from flink_jobs.checkup import Checkup
    from flink_jobs.deploy import Deployer, Step

    project, console = Project.find(), say()
    with console.status("checking"):
        Checkup(project, environment).insist()  # within seconds, and before anything is planned
        deployer = Deployer(project, environment)
        checked = checking.check(project, environment, domain)
    with console.status("planning" if dry_run else "deploying"):
        steps = deployer.plan(checked) if dry_run else deployer.deploy(checked)
        if not dry_run:
            deployer.finish(steps)

    def row(step: Step) -> dict[str, str]:
        changes = "; ".join(f"{table}: {evolution}" for table, evolution in step.evolutions.items())
        return {"job": step.job, "action": step.action, "tables": changes, "state": step.reads_back}

    for what in deployer.begun_anew.values():
        console.print(what, style="yellow", markup=False)
    if as_json:
        print(json.dumps([row(step) for step in steps], indent=1))
        return
    table = Table(box=None, show_header=False)
    for step in steps:
        word = step.action if dry_run else DONE[step.action]
        table.add_row(f"[{COLOURS[step.action]}]{word}[/]", step.job, *filter(None, (row(step)["tables"], step.reads_back)))
    console.print(table)


@app.command(name="sql-client", epilog="Example: trunkline sql-client DOMAIN")
def sql_client(
    domain: Annotated[str, typer.Argument(help="A folder of sql/.")],
    script: Annotated[
        Path | None, typer.Option("--file", "-f", exists=True, dir_okay=False, help="A script to run.", show_default="a prompt")
    ] = None,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Open Flink's own SQL client with a domain loaded: its sources and views can be queried live."""
    from flink_jobs import sql_client as client

    raise typer.Exit(client.run(Project.find(), domain, environment, script))
