"""How a measurement ends."""

import signal
import subprocess
import sys

import pytest
from typer import BadParameter

from bench.runs import counts

MEASUREMENT = """
import time
from contextlib import nullcontext
from bench.runs import run, side_by_side

def main() -> None:
    with {beside}:
        try:
            print("began", flush=True)
            time.sleep(60)
        finally:
            print("stopped what it started", flush=True)

run(main)
"""


@pytest.mark.parametrize("beside", ["nullcontext()", "side_by_side(2) as (threads, over), nullcontext(threads.submit(over.wait, 60))"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_it_what_it_started_is_stopped(number: signal.Signals, beside: str) -> None:
    program = MEASUREMENT.format(beside=beside)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "began\n"
        process.send_signal(number)
        assert process.stdout.read() == "stopped what it started\n"
        process.wait(30)  # not for the sixty seconds of what it started


def test_numbers_with_commas() -> None:
    assert counts("1,9, 27", "--tables") == [1, 9, 27]


@pytest.mark.parametrize("text", ["", "x", "1,,2", "0", "-1", "1.5"])
def test_what_is_no_list_of_numbers_is_wrong_use(text: str) -> None:
    with pytest.raises(BadParameter, match=f"'{text}' is not written as 1,9,27"):
        counts(text, "--tables")
