"""Kills of `trunkline serve` and of PostgreSQL, and Ctrl-C, while orders are written: then PostgreSQL has what gold has."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path

import psutil
import psycopg

from flink_jobs.local import stack
from flink_jobs.project import Project
from tests.end_to_end.workbench import wait
from tests.readers.postgres.conftest import connect
from tests.readers.postgres.shop import Shop, assert_served

SEED = 20261121
ENDS = 12
ORDERS = 400
LONGEST_SECONDS = 0.6  # from a commit to an end: about what a transaction takes


class Served:
    """`trunkline serve`, as a process that is started again when it was killed."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.log = (project.root / "serve.log").open("wb")
        self.start()

    def start(self) -> None:
        command = [Path(sys.executable).with_name("trunkline"), "serve", "shop", "--every", "0.1"]
        self.said = Path(self.log.name).stat().st_size  # by those before
        self.process = subprocess.Popen(command, cwd=self.project.root, stdout=self.log, stderr=subprocess.STDOUT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.start()

    def interrupt(self) -> None:
        """Ctrl-C, which ends it as it should, whatever it does once it serves."""
        wait(lambda: b"serving shop" in Path(self.log.name).read_bytes()[self.said :], "a greeting", every=0.01)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=30) == 0
        self.start()

    def kill_postgres(self) -> None:
        """The server itself; what it started ends by itself, or is in the way of the next."""
        stack.POSTGRES.daemon(self.project).process().kill()

    def kill_session(self) -> None:
        """The process that serves the connection: PostgreSQL ends all others too, and recovers."""
        server = stack.POSTGRES.daemon(self.project).process()
        sessions = [child for child in server.children() if any("trunkline" in word or "postgres shop" in word for word in child.cmdline())]
        for child in sessions or server.children():
            try:
                os.kill(child.pid, signal.SIGKILL)
            except (ProcessLookupError, psutil.NoSuchProcess):
                continue


def orders_served(project: Project) -> int:
    try:
        with closing(connect(project, "shop")) as connection:
            return connection.execute("SELECT count(*) FROM gold.fact_orders").fetchone()[0]
    except psycopg.Error:
        return -1


def test_whatever_ends_it_leaves_postgres_equal_to_gold(project: Project) -> None:
    shop, chance = Shop(project, "shop"), random.Random(SEED)  # noqa: S311
    shop.create("silver", "gold")
    shop.hours([f"hour {hour}" for hour in range(24)])
    shop.order(ORDERS)
    served = Served(project)
    try:
        wait(lambda: orders_served(project) == shop.orders, "the first orders", every=0.1)
        for end in islice(cycle((served.kill, served.interrupt, served.kill_postgres, served.kill_session)), ENDS):
            shop.order(ORDERS)
            shop.change(5)
            time.sleep(chance.uniform(0, LONGEST_SECONDS))
            end()
            wait(lambda: orders_served(project) == shop.orders, "all orders", every=0.1)
        shop.order(ORDERS)  # who was started last is at work when it has these
        wait(lambda: orders_served(project) == shop.orders, "the last orders", every=0.1)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=30) == 0
    finally:
        served.process.kill()
        print((project.root / "serve.log").read_text())
    with closing(connect(project, "shop")) as connection:
        assert_served(connection, shop)
