"""Flink's Python workers under tests that run Flink in their own process."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def functions_in_a_worker() -> Iterator[None]:
    """Lets Flink run Python functions in a process of their own, as a cluster does.

    Else PyFlink runs them in this one, and leaves it another working folder, environment and logging; a Flink started with that
    environment would send its functions here too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_python_worker_execution_mode", "process")
        yield
