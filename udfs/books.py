"""Best-selling books as a table on the web has them: what its texts say, and whether a row of it is accepted."""

import re
from decimal import ROUND_HALF_UP, Decimal

from udfs.keys import surrogate_key
from udfs.rules import Verdict, missing, missing_id, out_of_range, unreadable, year_in_future

LEAST_SALES_MILLIONS = Decimal("0.0001")
MOST_SALES_MILLIONS = Decimal(10_000)

_NOTE = re.compile(r"\[(?:[0-9]{1,3}|[a-z]|(?:note|nb) ?[0-9]{1,3}|citation needed)\]", re.ASCII | re.IGNORECASE)
_NOTE_SIGNS = "*†‡§ "
_LONGEST_READ = 60

_DASH = "[-\N{EN DASH}\N{EM DASH}]"
_CIRCA = r"c\.|ca\.|circa|about|around|approx\.|approximately|[~≈]"
_BOUND = r"over|more than|at least|nearly|up to|[<>≤≥]"
_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{1,6})?"
_UNIT = r"(?:million|billion)(?: copies)?|copies"
_SALES = re.compile(
    rf"(?:(?:{_CIRCA}|{_BOUND}) ?)?(?P<low>-?{_NUMBER})\+?(?: ?(?P<low_unit>{_UNIT}))?"
    rf"(?:(?: ?{_DASH} ?| to )(?P<high>{_NUMBER})\+?(?: ?(?P<high_unit>{_UNIT}))?)?",
    re.ASCII | re.IGNORECASE,
)
_YEAR = re.compile(
    rf"(?:(?:{_CIRCA}) ?)?(?P<year>[0-9]{{1,4}})(?: ?{_DASH} ?[0-9]{{1,4}})?(?: (?:(?P<bc>BCE?)|CE|AD))?", re.ASCII | re.IGNORECASE
)

_MILLIONS = {"c": Decimal("0.000001"), "m": Decimal(1), "b": Decimal(1000)}  # by the first letter of the unit
_FOUR_DIGITS = Decimal("0.0001")
_NO_ROOM = 10**14  # in a DECIMAL(18, 4)


def judge_book(
    decode_error: str | None,
    book_id: str | None,
    title: str | None,
    author: str | None,
    sales: str | None,
    first_published: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a book fails, as `code: sentence for a person`; None when the book is accepted.

    `decode_error` has that shape already. All others are texts as they came.
    """
    sales, first_published = without_notes(sales), without_notes(first_published)
    millions, year = sales_millions(sales), published_year(first_published)
    return (
        decode_error
        or missing_id("Id", book_id)
        or missing("missing_title", "Title", without_notes(title))
        or missing("missing_author", "Author", without_notes(author))
        or unreadable("unreadable_sales", "Approximate sales", sales, millions, "like 20, 20-30, 1.5 million or 900,000 copies")
        or out_of_range("sales_out_of_range", "Approximate sales in millions", millions, LEAST_SALES_MILLIONS, MOST_SALES_MILLIONS)
        or unreadable("unreadable_year", "First published", first_published, year, "like 1865, c. 1320, 1954-1955 or 380 BC")
        or year_in_future("First published", year, kafka_timestamp_text)
    )


def without_notes(text: str | None) -> str | None:
    """`text` without footnote marks, with single spaces and none around; None when nothing is left.

    Marks are `[3]`, `[a]`, `[note 1]`, `[nb 1]` and `[citation needed]` anywhere, and `*`, `†`, `‡` and `§` at the end.
    """
    return " ".join(_NOTE.sub("", text or "").split()).rstrip(_NOTE_SIGNS) or None


def sales_millions(text: str | None) -> Decimal | None:
    """Millions of copies, with four digits after the point, rounded half up; None when `text` is blank or unreadable.

    A number without a unit is millions; `million`, `billion` or `copies` may follow. Of a range, whose ends stand in order, it is the
    middle. `over`, `c.`, `~` and the like before a number, and `+` after it, change nothing. `1,000` is a thousand, `1,5` unreadable.
    """
    read = _read(_SALES, text)
    if not read:
        return None
    low = _millions(read["low"], read["low_unit"] or read["high_unit"])
    high = _millions(read["high"], read["high_unit"] or read["low_unit"]) if read["high"] else low
    return ((low + high) / 2).quantize(_FOUR_DIGITS, ROUND_HALF_UP) if -_NO_ROOM < low <= high < _NO_ROOM else None


def published_year(text: str | None) -> int | None:
    """The year that `text` names, of a range the first; None when it is blank or unreadable.

    A year before Christ is negative: `380 BC` is -380. There is no year 0.
    """
    read = _read(_YEAR, text)
    year = int(read["year"]) if read else 0
    return (-year if read["bc"] else year) if year else None


def author_key(author: str | None) -> str | None:
    """The surrogate key of an author, whose natural key is the name without footnote marks."""
    return surrogate_key("author", without_notes(author))


def _read(form: re.Pattern[str], text: str | None) -> re.Match[str] | None:
    plain = without_notes(text)
    return form.fullmatch(plain) if plain and len(plain) <= _LONGEST_READ else None


def _millions(number: str, unit: str | None) -> Decimal:
    return Decimal(number.replace(",", "")) * _MILLIONS[(unit or "million")[0].lower()]
