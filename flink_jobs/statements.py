"""Flink SQL text, cut into statements that remember where they stand.

Flink's planner is the only judge of what a statement means; this module reads just enough to cut a file,
to know what each statement declares and which names it uses, and to say where a thing stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flink_jobs.errors import Problem, ProjectError

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<word>[^\W\d]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<unended>/\*|'|`)
  | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
UNENDED = {"/*": "a comment is not ended", "'": "a string is not ended", "`": "a quoted name is not ended"}


@dataclass(frozen=True)
class Token:
    """A word, name, string, number or symbol with its 1-based place in the file and its 0-based place in the text."""

    kind: str
    text: str
    line: int
    column: int
    offset: int

    @property
    def keyword(self) -> str:
        """The word in upper case; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def value(self) -> str:
        """A name without its backquotes, a string without its quotes."""
        if self.kind in ("string", "quoted"):
            quote = self.text[0]
            return self.text[1:-1].replace(quote * 2, quote)
        return self.text


@dataclass(frozen=True)
class Statement:
    """One statement: its text without the semicolon, and its tokens without comments and white space."""

    file: Path
    text: str
    tokens: tuple[Token, ...] = field(repr=False)

    @property
    def line(self) -> int:
        """1-based line of the first token."""
        return self.tokens[0].line

    @property
    def column(self) -> int:
        """1-based column of the first token."""
        return self.tokens[0].column

    @cached_property
    def kind(self) -> str:
        """Such as `CREATE TABLE`, `CREATE TEMPORARY VIEW`, `SET`, `EXECUTE STATEMENT SET`, `INSERT`."""
        words = [token.keyword for token in self.tokens[:3]]
        if words[0] == "CREATE":
            return " ".join(words if words[1] == "TEMPORARY" else words[:2])
        return "EXECUTE STATEMENT SET" if words == ["EXECUTE", "STATEMENT", "SET"] else words[0]

    @cached_property
    def name(self) -> tuple[str, ...]:
        """What a CREATE statement declares, as one to three words; empty for other statements."""
        if not self.kind.startswith("CREATE"):
            return ()
        rest = self.tokens[len(self.kind.split()) :]
        if [token.keyword for token in rest[:3]] == ["IF", "NOT", "EXISTS"]:
            rest = rest[3:]
        return dotted_name(rest)

    @cached_property
    def uses(self) -> frozenset[str]:
        """The names that may be relations or functions: those that follow FROM, JOIN or a comma after them, and those before a parenthesis."""
        used, expected, listing = set(), False, False
        for token, following in zip(self.tokens, (*self.tokens[1:], None), strict=True):
            if token.kind in ("word", "quoted") and (expected or (following and following.text == "(")):
                used.add(token.value)
            listing = (listing or expected) and token.keyword not in ("SELECT", "WHERE", "GROUP", "ORDER", "UNION", "ON")
            expected = token.keyword in ("FROM", "JOIN", "LIKE") or (listing and token.text == ",")
        return frozenset(used)

    @property
    def normal(self) -> str:
        """The statement without comments and layout: equal when nothing changed that Flink could see."""
        return " ".join(token.text for token in self.tokens)

    @cached_property
    def options(self) -> dict[str, Token]:
        """The options of its last `WITH (...)`, keys unquoted."""
        starts = [i for i, token in enumerate(self.tokens) if token.keyword == "WITH"]
        if not starts:
            return {}
        strings = [token for token in self.tokens[starts[-1] :] if token.kind == "string"]
        return {key.value: value for key, value in zip(strings[::2], strings[1::2], strict=False)}

    def problem(self, what: str, fix: str = "", at: Token | None = None) -> Problem:
        """A problem at a token, or at the statement's start."""
        place = at or self.tokens[0]
        return Problem(self.file, place.line, place.column, what, fix)

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Where the 1-based line and column of `text` stand in the file."""
        return self.line + line - 1, column + (self.column - 1 if line == 1 else 0)


def dotted_name(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    """The name that `tokens` begin with: `a.b.c` as ("a", "b", "c")."""
    words = [tokens[0].value] if tokens else []
    for dot, word in zip(tokens[1::2], tokens[2::2], strict=False):
        if dot.text != ".":
            break
        words.append(word.value)
    return tuple(words)


def tokenize(text: str, file: Path) -> Iterator[Token]:
    """Every token of `text`, comments and white space left out."""
    line, line_start = 1, 0
    for match in TOKEN.finditer(text):
        kind, word = match.lastgroup or "", match.group()
        token = Token(kind, word, line, match.start() - line_start + 1, match.start())
        if kind == "unended":
            raise ProjectError([Problem(file, token.line, token.column, UNENDED[word], f"end it with {word[::-1]}")])
        if kind not in ("space", "comment"):
            yield token
        if "\n" in word:
            line += word.count("\n")
            line_start = match.start() + word.rindex("\n") + 1


def split(text: str, file: Path) -> list[Statement]:
    """The statements of a file's text. Semicolons inside `BEGIN ... END` do not end one."""
    statements: list[Statement] = []
    tokens: list[Token] = []
    open_blocks = 0
    for token in tokenize(text, file):
        if token.text == ";" and open_blocks == 0:
            if tokens:
                statements.append(statement(text, file, tokens))
            tokens = []
            continue
        open_blocks += {"BEGIN": 1, "CASE": 1, "END": -1}.get(token.keyword, 0)
        if open_blocks < 0:
            raise ProjectError([Problem(file, token.line, token.column, "END without BEGIN or CASE", "remove it, or add what it ends")])
        tokens.append(token)
    if tokens:
        first = tokens[0]
        what = "BEGIN or CASE without END" if open_blocks else "the last statement is not ended"
        raise ProjectError([Problem(file, first.line, first.column, what, "add END;" if open_blocks else "add ; after it")])
    return statements


def statement(text: str, file: Path, tokens: list[Token]) -> Statement:
    """The statement that consists of `tokens`."""
    last = tokens[-1]
    return Statement(file, text[tokens[0].offset : last.offset + len(last.text)], tuple(tokens))


def read(file: Path) -> list[Statement]:
    """The statements of a file."""
    try:
        return split(file.read_text(encoding="utf-8"), file)
    except UnicodeDecodeError as error:
        raise ProjectError([Problem(file, 1, 1, f"the file is not UTF-8 text (byte {error.start})", "save it as UTF-8")]) from None
