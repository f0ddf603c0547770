"""Surrogate keys: what a fact and a dimension compute alike, each from its own columns, so that no row waits for another."""

from datetime import date, datetime
from decimal import Decimal
from hashlib import md5

from udfs.crossing import null_when_refused, remembered
from udfs.times import in_utc

KeyPart = str | bool | int | Decimal | date | datetime


def surrogate_key(entity: str | None, *parts: KeyPart | None) -> str | None:
    """The key of the `entity` whose natural key is `parts`: 32 lower-case hex digits, or None when any argument is None.

    It is the MD5 (RFC 1321) of the arguments' texts, each in UTF-8 as a netstring (D. J. Bernstein, 1997: the number of bytes in
    decimal, a colon, the bytes, a comma), one after the other. Lengths come first, so no two different lists of texts encode alike:
    `surrogate_key('user', '+201012345678')` is the MD5 of `4:user,13:+201012345678,`.

    The text of a part (`key_text`) depends on its value alone, so the INT 1 and the STRING '1' give one key:

    * string: as it is, without normalization or trimming
    * integer: decimal digits, `-` when negative; boolean: `true` or `false`
    * decimal: plain notation without an exponent, a `+` or trailing zeros of the fraction; any zero is `0`
    * date: `YYYY-MM-DD`
    * date and time: in UTC, `YYYY-MM-DDTHH:MM:SS.ffffffZ`; without an offset it is UTC already

    Test vectors: `tests/udfs/surrogate_key.yaml`. Raises TypeError for any other type: a float has no one decimal text.
    """
    if entity is None or None in parts:
        return None
    encoded = b""
    for part in (entity, *parts):
        text = (part if type(part) is str else key_text(part)).encode()
        encoded += b"%d:%b," % (len(text), text)
    return md5(encoded, usedforsecurity=False).hexdigest()


@remembered
@null_when_refused
def surrogate_key_or_null(entity: str | None, *parts: KeyPart | None) -> str | None:
    """`surrogate_key` as SQL calls it. It is pickled by its name, so all calls in a worker share one memory."""
    return surrogate_key(entity, *parts)


def key_text(part: KeyPart) -> str:
    """The text that stands for `part` in a key, see `surrogate_key`."""
    match part:
        case str():
            return part
        case bool():
            return "true" if part else "false"
        case int():
            return str(part)
        case Decimal() if part.is_finite():
            return _plain(part)
        case datetime():
            return f"{in_utc(part).isoformat(timespec='microseconds')}Z"
        case date():
            return part.isoformat()
    raise TypeError(f"a {type(part).__name__} can't be part of a key: cast it to STRING, DECIMAL, BIGINT, DATE or TIMESTAMP")


def _plain(number: Decimal) -> str:
    if not number:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
