"""The interactive prompt of `trunkline query`."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer
from pygments.token import Comment, Error, Punctuation, Whitespace
from rich.console import Console
from rich.table import Table

from flink_jobs.errors import TrunklineError
from flink_jobs.reader import Reader
from flink_jobs.times import TIME, past_time

NAME = re.compile(r"[\w.]+")
HELP = """\
SQL ends with ; and may take several lines. It sees the newest moment when it starts: of each job the tables as of one checkpoint.
  .tables   the tables and their rows
  .as-of T  stays at a moment: now, -5m (or s, h, d), 2026-01-31T23:59; live goes with the lake again
  .help     this
  Tab       completes names of tables and columns     Up      what you typed before
  Ctrl-C    clears the line, stops a statement        Ctrl-D  leaves"""


class Names(Completer):
    """Completes the names of tables, and the columns of those that the text names (of all, while it names none)."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Tables and columns that begin like the word before the cursor."""
        word = document.get_word_before_cursor(pattern=NAME)
        used = [columns for table, columns in self.names.items() if table in document.text] or self.names.values()
        candidates = [*self.names, *sorted({column for columns in used for column in columns})]
        for candidate in candidates:
            if word and candidate.startswith(word.lower()):
                yield Completion(candidate, -len(word), display_meta="table" if candidate in self.names else "column")


def is_complete(text: str) -> bool:
    """Whether Enter runs the text: it is a dot command, blank, or its last token outside of comments and strings is `;`."""
    if text.lstrip().startswith(".") or not text.strip():
        return True
    tokens = [(kind, value) for kind, value in SqlLexer().get_tokens(text) if kind not in Comment and kind not in Whitespace]
    has_open_quote = any(kind in Error and value in "'\"" for kind, value in tokens)
    return bool(tokens) and tokens[-1] == (Punctuation, ";") and not has_open_quote


def prompt(reader: Reader, history: Path, answer: Callable[[str], None]) -> None:
    """Reads texts until Ctrl-D and gives each to `answer`, whose errors are shown."""
    history.parent.mkdir(parents=True, exist_ok=True)
    notes = Console(stderr=True)
    notes.print("DuckDB over the stored tables. [bold].tables[/] lists them, [bold].help[/] helps, [bold]Ctrl-D[/] leaves.")
    session: PromptSession[str] = PromptSession(
        "trunkline> ",
        multiline=Condition(lambda: not is_complete(get_app().current_buffer.text)),
        prompt_continuation="      ...> ",
        lexer=PygmentsLexer(SqlLexer),
        history=FileHistory(str(history)),
    )
    while True:
        try:
            text = session.prompt(completer=Names(reader.names())).strip()
            if text == ".tables":
                _print_tables(reader)
            elif text.startswith(".as-of "):
                _pin(reader, text.removeprefix(".as-of ").strip(), notes)
            elif text.startswith("."):
                notes.print(HELP, markup=False, highlight=False)
            elif text:
                answer(text)
        except TrunklineError as error:
            notes.print(str(error), style="red", markup=False, highlight=False)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _pin(reader: Reader, text: str, notes: Console) -> None:
    """Stays at the moment that `text` names, or goes with the lake again."""
    reader.pin(None if text == "live" else past_time(text))
    reader.names()
    moment = f", as of {reader.moment.at:{TIME}}" if reader.moment.at else ""
    notes.print(f"{'live' if text == 'live' else 'pinned'}{moment}", style="dim", highlight=False)


def _print_tables(reader: Reader) -> None:
    names = reader.names()
    rows = {table.name: f"{table.rows:,}" for table in reader.moment.tables}
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    for name in names:
        grid.add_row(name, rows.get(name, "view"))
    Console().print(grid)
