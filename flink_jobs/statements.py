"""Flink SQL text, cut into statements that remember where they stand.

Flink's planner is the only judge of what a statement means; this module reads just enough to cut a file,
to know what each statement declares and which names it uses, and to say where a thing stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from flink_jobs.errors import Problem, ProjectError

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*|/\*(?!\+).*?\*/)
  | (?P<hint>/\*\+.*?\*/)
  | (?P<string>'(?:[^']|'')*+')
  | (?P<quoted>`(?:[^`]|``)*+`)
  | (?P<word>[^\W\d]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<unended>/\*|'|`)
  | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
UNENDED = {"/*": "this comment is not ended", "'": "this string is not ended", "`": "this quoted name is not ended"}
CLAUSES = {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT"}


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
    def is_name(self) -> bool:
        """Whether it can name something."""
        return self.kind in ("word", "quoted")

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
    text: str = field(repr=False)
    tokens: tuple[Token, ...] = field(repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)  # what its text holds and nobody may see

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

    @property
    def declares(self) -> str:
        """Its name with dots; a function's in lower case, as Flink looks it up."""
        name = ".".join(self.name)
        return name.lower() if self.kind == "CREATE TEMPORARY FUNCTION" else name

    @cached_property
    def reads(self) -> dict[tuple[str, ...], Token]:
        """The relations that it names after FROM, JOIN, TABLE, LIKE or a comma in such a list, each where it first stands."""
        found: dict[tuple[str, ...], Token] = {}
        clauses, expected = [""], False  # the clause that each open parenthesis is in; whether a relation comes next
        body = self.tokens[len(self.kind.split()) :]
        for i, token in enumerate(body):
            word = token.keyword
            if token.text == "(":
                clauses.append("FROM" if expected else "")
            elif token.text == ")":
                clauses, expected = clauses[:-1] or [""], False
            elif word in CLAUSES and (word != "FROM" or (clauses[-1] == "SELECT" and body[i - 1].keyword != "DISTINCT")):
                clauses[-1], expected = word, word == "FROM"
            elif word in ("JOIN", "TABLE", "LATERAL") or (word == "LIKE" and clauses == [""]):
                expected = True
            else:
                if expected and token.is_name and not follows(body, i, "("):
                    found.setdefault(dotted_name(body[i:]), token)
                expected = clauses[-1] == "FROM" and token.text == ","
        return found

    @cached_property
    def calls(self) -> dict[str, Token]:
        """The names before a parenthesis, in lower case, each where it first stands."""
        found: dict[str, Token] = {}
        for i, token in enumerate(self.tokens):
            if token.is_name and follows(self.tokens, i, "("):
                found.setdefault(token.value.lower(), token)
        return found

    @cached_property
    def uses(self) -> frozenset[str]:
        """The names that may be relations or functions which it needs."""
        return frozenset(map(".".join, self.reads)) | frozenset(self.calls)

    @property
    def normal(self) -> str:
        """The statement without layout, comments and what COMMENT says: equal when nothing changed that a job does."""
        said = {i for i, (word, text) in enumerate(pairwise(self.tokens)) if word.keyword == "COMMENT" and text.kind == "string"}
        return " ".join(token.text for i, token in enumerate(self.tokens) if not {i, i - 1} & said)

    @property
    def setting(self) -> tuple[str, str]:
        """Key and value of `SET 'key' = 'value'`; both empty for any other form."""
        kinds = [token.kind for token in self.tokens]
        return (self.tokens[1].value, self.tokens[3].value) if kinds == ["word", "string", "symbol", "string"] else ("", "")

    @cached_property
    def options(self) -> dict[str, Token]:
        """The options of its last `WITH (...)`, keys unquoted."""
        starts = [i for i, token in enumerate(self.tokens) if token.keyword == "WITH"]
        if not starts:
            return {}
        strings = [token for token in self.tokens[starts[-1] :] if token.kind == "string"]
        return {key.value: value for key, value in zip(strings[::2], strings[1::2], strict=False)}

    @cached_property
    def implementation(self) -> Token:
        """What stands for the Python function of a CREATE FUNCTION, `'module.name'`; the last token where nothing does."""
        return next((token for token in self.tokens if token.kind == "string"), self.tokens[-1])

    def problem(self, what: str, fix: str = "", at: Token | None = None) -> Problem:
        """A problem at a token, or at the statement's start."""
        place = at or self.tokens[0]
        return Problem(self.file, place.line, place.column, what, fix)

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Where the 1-based line and column of `text` stand in the file."""
        return self.line + line - 1, column + (self.column - 1 if line == 1 else 0)


def follows(tokens: tuple[Token, ...], i: int, text: str) -> bool:
    """Whether the token after the `i`-th is `text`."""
    return tokens[i + 1 : i + 2] != () and tokens[i + 1].text == text


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
            raise wrong_end(file, token, UNENDED[word], f"end it with {word[::-1]}")
        if kind not in ("space", "comment"):
            yield token
        if "\n" in word:
            line += word.count("\n")
            line_start = match.start() + word.rindex("\n") + 1


def split(text: str, file: Path) -> list[Statement]:
    """The statements of a file's text. Semicolons inside `BEGIN ... END` do not end one."""
    statements: list[Statement] = []
    tokens: list[Token] = []
    blocks: list[Token] = []  # every BEGIN and CASE that is open
    for token in tokenize(text, file):
        if token.text == ";" and not blocks:
            if tokens:
                statements.append(statement(text, file, tokens))
            tokens = []
            continue
        refuse_missing_end(file, token, tokens, blocks)
        if token.keyword in ("BEGIN", "CASE"):
            blocks.append(token)
        elif token.keyword == "END":
            blocks.pop()
        tokens.append(token)
    if blocks:
        raise wrong_end(file, blocks[-1], f"this {blocks[-1].keyword} has no END", "add it")
    if tokens:
        raise wrong_end(file, tokens[-1], "the last statement is not ended", "add ; after it")
    return statements


def restated(text: str, file: Path, line: int, column: int) -> Statement:
    """A statement's text, without its semicolon, as the statement at that 1-based place in a file."""
    padding = "\n" * (line - 1) + " " * (column - 1)
    return split(f"{padding}{text};", file)[0]


def refuse_missing_end(file: Path, token: Token, before: list[Token], blocks: list[Token]) -> None:
    """Raises a ProjectError at an END that ends nothing, or where a word begins a statement inside of another."""
    if token.keyword == "END" and not blocks:
        raise wrong_end(file, token, "END without BEGIN or CASE", "remove it, or add what it ends")
    if not before or not begins_statement(token, before[-1]):
        return
    if not blocks or (token.keyword == "INSERT" and blocks[-1].keyword == "BEGIN"):
        raise wrong_end(file, token, f"the statement before this {token.keyword} is not ended", "add ; after it")
    raise wrong_end(file, blocks[-1], f"this {blocks[-1].keyword} has no END", "add it")


def begins_statement(token: Token, previous: Token) -> bool:
    """Whether a word can only begin a statement, and stands where none begins."""
    if token.keyword == "INSERT":
        return previous.text != ";" and previous.keyword != "BEGIN"
    return token.keyword in ("CREATE", "EXECUTE") or (token.keyword == "SET" and previous.keyword != "STATEMENT")


def wrong_end(file: Path, token: Token, what: str, fix: str) -> ProjectError:
    """What is wrong with where a statement ends."""
    return ProjectError([Problem(file, token.line, token.column, what, fix)])


def statement(text: str, file: Path, tokens: list[Token]) -> Statement:
    """The statement that consists of `tokens`."""
    last = tokens[-1]
    return Statement(file, text[tokens[0].offset : last.offset + len(last.text)], tuple(tokens))


def read(file: Path) -> list[Statement]:
    """The statements of a file."""
    return split(read_text(file), file)


def read_text(file: Path) -> str:
    """A file's text, without a byte order mark; a ProjectError where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ProjectError([Problem(file, line, column, "this is not UTF-8 text", "save the file as UTF-8")]) from None
