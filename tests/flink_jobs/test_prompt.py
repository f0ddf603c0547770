"""The prompt, through prompt_toolkit's own pipe input."""

from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.prompt import Names, is_complete, prompt
from flink_jobs.reader import Reader
from tests.flink_jobs.lakes import FIXED, SILVER, append, make_project, make_table

CTRL_C, CTRL_D = "\x03", "\x04"
NAMES = {"shop.silver.orders": ["id", "is_rejected"], "shop.gold.hours": ["hour"]}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    lake = Lake.of(make_project(tmp_path, "shop"))
    append(make_table(lake, "shop.silver.orders", SILVER), 1200)
    make_table(lake, "shop.gold.hours", FIXED)
    return Reader(lake)


def typed(reader: Reader, history: Path, keys: str, fails: str = "") -> list[str]:
    """The texts that the prompt hands on when `keys` and then Ctrl-D are typed."""
    texts: list[str] = []

    def answer(text: str) -> None:
        texts.append(text)
        if text == fails:
            raise TrunklineError("it is wrong [/] here")

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys + CTRL_D)
        prompt(reader, history, answer)
    return texts


def test_a_statement_may_take_several_lines(reader: Reader, tmp_path: Path) -> None:
    assert typed(reader, tmp_path / "new" / "history", "select 1 -- ;\r, ';'\r;\rselect 2;\r") == ["select 1 -- ;\n, ';'\n;", "select 2;"]


def test_ctrl_c_clears_what_was_typed(reader: Reader, tmp_path: Path) -> None:
    assert typed(reader, tmp_path / "history", f"select\r 1{CTRL_C}select 2;\r") == ["select 2;"]


def test_the_prompt_goes_on_after_an_error(reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(reader, tmp_path / "history", "wrong;\rselect 2;\r", fails="wrong;") == ["wrong;", "select 2;"]
    assert "it is wrong [/] here" in capsys.readouterr().err


def test_history_is_kept_for_the_next_time(reader: Reader, tmp_path: Path) -> None:
    typed(reader, tmp_path / "history", "select 1;\r")
    assert typed(reader, tmp_path / "history", "\x1b[A\r") == ["select 1;"]


def test_dot_tables_lists_tables_and_rows(reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(reader, tmp_path / "history", ".tables\r") == []
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["shop.gold.hours", "0"], ["shop.silver.orders", "1,200"]]


@pytest.mark.parametrize("command", [".help", ".nonsense"])
def test_any_other_dot_command_helps(reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert typed(reader, tmp_path / "history", f"{command}\r\r") == []
    assert ".tables   the tables and their rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("", True),
        ("  ", True),
        (".tables", True),
        ("select 1", False),
        ("select 1;", True),
        ("select 1; ", True),
        ("select 1; -- done", True),
        ("select 1; /* ; */ select 2", False),
        ("select ';", False),
        ("select 1 -- ;", False),
    ],
)
def test_when_enter_runs_the_text(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("from sh", ["shop.silver.orders", "shop.gold.hours"]),
        ("from shop.SIL", ["shop.silver.orders"]),
        ("select i", ["id", "is_rejected"]),
        ("from shop.gold.hours select h", ["hour"]),
        ("from shop.gold.hours select i", []),
    ],
)
def test_completion(text: str, expected: list[str]) -> None:
    found = list(Names(NAMES).get_completions(Document(text), CompleteEvent()))
    assert [completion.text for completion in found] == expected
    assert all(text[completion.start_position :].lower() == completion.text[: -completion.start_position] for completion in found)


def test_dot_as_of_stays_at_a_moment_until_live(reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders = reader.lake.find("shop.silver.orders")
    assert typed(reader, tmp_path / "history", ".as-of -1d\r.tables\r.as-of now\r.tables\r") == []
    listed = capsys.readouterr()
    assert [line.split()[-1] for line in listed.out.splitlines() if "orders" in line] == ["0", "1,200"]
    assert f"pinned, as of {orders.committed_at:%Y-%m-%d %H:%M:%S} UTC" in listed.err
    append(orders.iceberg, 5, start=1200)
    typed(reader, tmp_path / "history", ".tables\r.as-of live\r.tables\r.as-of tomorrow\r")
    listed = capsys.readouterr()
    assert [line.split()[-1] for line in listed.out.splitlines() if "orders" in line] == ["1,200", "1,205"]
    assert "'tomorrow' is no time; write now, -5m" in listed.err
