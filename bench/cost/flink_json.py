"""What Flink's own `json` format can read, of what Trunkline's refuses: it gives no row for the rest."""

import json
import re

MAX_DEPTH = 1000
# What Jackson takes for UTF-8: it looks neither for overlong forms nor for surrogates.
UTF8 = re.compile(rb"(?:[\x00-\x7f]|[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3})*+")


def is_readable(value: bytes | None) -> bool:
    """Whether the format makes one row of a malformed record.

    It takes text after the object, a name that comes twice, any length, and an array, of which each object becomes a row.
    """
    if not value or not UTF8.fullmatch(value):
        return False
    text = value.decode(errors="replace").lstrip()
    if text.count("[") + text.count("{") > MAX_DEPTH:
        return False
    try:
        found, _ = json.JSONDecoder(parse_constant=refuse).raw_decode(text)
    except ValueError:
        return False
    return isinstance(found, dict) or (isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict))


def refuse(constant: str) -> None:
    """Raises ValueError at a NaN or an Infinity, which JSON does not have."""
    raise ValueError(constant)
