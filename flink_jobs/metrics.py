"""`trunkline metrics`: the exporter behind an HTTP server."""

import signal
from typing import Annotated

import typer
from rich.console import Console

from flink_jobs.environment import LOCAL
from flink_jobs.errors import TrunklineError
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project


def metrics(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, envvar="TRUNKLINE_METRICS_PORT", help="The port to listen on.")] = 9250,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Tell Prometheus how fresh the tables are and which jobs run, at /metrics, until Ctrl-C."""
    from prometheus_client import CollectorRegistry, start_http_server  # it takes as long to load as the rest of the command line

    from flink_jobs.exporter import Look
    from flink_jobs.monitor import Monitor

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # how a container is told to end
    registry = CollectorRegistry()
    registry.register(Look(Monitor(Project.find(), environment)))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise TrunklineError(f"nothing can listen on {host}:{port}: {error.strerror}", "choose another --port") from None
    Console(stderr=True, highlight=False).print(f"http://{host}:{port}/metrics")
    try:
        thread.join()
    except KeyboardInterrupt:
        server.shutdown()
