"""How a measurement ends."""

import signal
import subprocess
import sys

import pytest

MEASUREMENT = """
import time
from bench.runs import run

def main() -> None:
    try:
        print("began", flush=True)
        time.sleep(60)
    finally:
        print("stopped what it started", flush=True)

run(main)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_it_what_it_started_is_stopped(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", MEASUREMENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "began\n"
        process.send_signal(number)
        assert process.stdout.read() == "stopped what it started\n"
