"""What nobody may see: where a secret may not stand, and how it is kept out of what is said."""

import re
from collections.abc import Iterable, Iterator

from flink_jobs.errors import Problem
from flink_jobs.statements import Statement

REFERENCES = ("env:", "file:")
# A truststore's password is none: all that it locks is public.
SECRET_KEY = re.compile(
    r"(?:(?<!truststore[.-])password|secret|token|credential|user-info|keystore\.key|secret(?:[.-]access)?[.-]key|api-?key)$"
)
LOGIN = re.compile(r"(?<!truststore)(?:password|secret)\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)  # among options of Java's
ADDRESS = re.compile(r"://[^/\s]*:[^/\s]*@|[?&]password=")
SHORTEST = 4  # characters
PAIR = re.compile(r"[^:\s]+:(\S+)")  # id:secret


def is_secret(key: str, value: str) -> bool:
    """Whether an option is secret, by its name or by what it holds. A reference to a secret counts as one."""
    return bool((SECRET_KEY.search(key) and value) or LOGIN.search(value) or ADDRESS.search(value))


def secret_problems(statements: Iterable[Statement]) -> Iterator[Problem]:
    """Where a secret itself stands among the options of statements, and not a reference to it."""
    for statement in statements:
        for key, token in statement.options.items():
            if is_secret(key, token.value) and not token.value.startswith(REFERENCES):
                yield statement.problem(f"{key} would show a secret to all who read this file", "write env:NAME or file:PATH", token)


def pieces(secret: str) -> set[str]:
    """A secret, and the part of it that is one by itself."""
    pair = PAIR.fullmatch(secret)
    return {secret, *LOGIN.findall(secret), *(pair.groups() if pair else ())}


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text with `***` for every secret that is long enough to be one."""
    for secret in sorted((secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
