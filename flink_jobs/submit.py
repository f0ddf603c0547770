"""Submits a deployment from its own release, whatever the project's files say by now."""

from flink_jobs.check import fresh_imports, function_problem
from flink_jobs.environment import resolve
from flink_jobs.errors import ProjectError
from flink_jobs.planner import Planner
from flink_jobs.project import Project
from flink_jobs.releases import Deployment, Store
from flink_jobs.statements import Statement
from flink_jobs.topics import Offsets, reached_offset


def submit(project: Project, deployment: Deployment, planner: Planner) -> None:
    """Submits one job to where the planner's jobs run, to begin from its checkpoint if it has one, else at its start offsets.

    ProjectError where it can't be planned, or Flink refuses it.
    """
    release = deployment.release
    python = Store(project, release.environment).python_path(release)
    planner.configure("pipeline.name", release.job)
    planner.configure("$internal.pipeline.job-id", deployment.job_id)
    planner.configure("python.files", str(python))
    if deployment.restore:
        planner.configure("execution.state-recovery.path", deployment.restore)
        planner.configure("execution.state-recovery.claim-mode", "CLAIM")
    statements = [line.statement for line in release.statements]
    with fresh_imports(python):
        functions = [statement for statement in statements if statement.kind == "CREATE TEMPORARY FUNCTION"]
        if problems := list(filter(None, (function_problem(function, python) for function in functions))):
            raise ProjectError(problems)
        for statement in statements:
            if statement.kind == "EXECUTE STATEMENT SET":
                planner.execute(statement, wired(deployment))
                continue
            planner.execute(resolve(statement, project.variables))
            if statement.kind == "CREATE TEMPORARY TABLE" and statement.name[-1] in deployment.starts:
                begin_at(planner, statement, deployment.starts[statement.name[-1]])


def begin_at(planner: Planner, source: Statement, offsets: Offsets) -> None:
    """Declares a source again, to be read from these offsets on."""
    name = source.name[-1]
    places = ";".join(f"partition:{partition},offset:{offset}" for partition, offset in sorted(offsets.items()))
    options = f"'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = '{places}'"
    for text in (
        f"CREATE TEMPORARY TABLE `{name}$` WITH ({options}) LIKE `{name}`",
        f"DROP TEMPORARY TABLE `{name}`",
        f"CREATE TEMPORARY TABLE `{name}` LIKE `{name}$`",
    ):
        planner.execute(source, text)


def wired(deployment: Deployment) -> str:
    """The statement set, each table without the records that it already has."""
    inserts = []
    for table in deployment.release.tables:
        verb = "OVERWRITE" if table.overwrite else "INTO"
        name = ".".join(f"`{word}`" for word in table.name.split("."))
        insert = f"INSERT {verb} {name} SELECT * FROM `{table.view}`"  # noqa: S608
        if reached := deployment.reached.get(table.name):
            insert += f" WHERE kafka_offset > {reached_offset(reached)}"
        inserts.append(f"{insert};")
    return f"EXECUTE STATEMENT SET BEGIN {' '.join(inserts)} END"
