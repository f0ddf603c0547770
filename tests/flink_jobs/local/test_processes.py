"""A background process is known while it lives."""

import os
from pathlib import Path

from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project


def test_a_process_is_known_also_while_it_becomes_another_program(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\nexec "$0"\n')
    program.chmod(0o755)
    daemon = Daemon(Project(tmp_path), "Program")
    daemon.start([program], dict(os.environ))
    try:
        assert all(daemon.process() for _ in range(2000))
    finally:
        daemon.stop()
