"""Best sellers: every stored table and view, from the records of the topic."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.oracle.decoding import decode, schema
from tests.oracle.events import repeats
from tests.oracle.tables import ANY_SENTENCE, KAFKA_COLUMNS, Coordinates, Expected, Row, Rule, bronze, coordinates, kafka, verdict
from tests.oracle.telecom import Table
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import is_not_blank, surrogate_key

TOPIC = "sensor_stream"
YEAR = timedelta(days=365)

FIELDS = {
    "book_id": "Id",
    "title": "Title",
    "author": "Author",
    "genre": "Genre",
    "original_language": "Original language",
    "first_published_year": "First published",
    "approximate_sales_millions": "Approximate sales",
}
SCHEMA = schema(dict.fromkeys(FIELDS.values(), "STRING"))
TEXTS = ("title", "author", "genre", "original_language")
ABOUT = ("approximately", "approx.", "about", "around", "circa", "ca.", "c.", "~", "≈")
AT_LEAST = ("more than", "at least", "nearly", "up to", "over", "<", ">", "≤", "≥")
UNITS = {  # the longer ones first
    "million copies": Fraction(1),
    "billion copies": Fraction(1000),
    "million": Fraction(1),
    "billion": Fraction(1000),
    "copies": Fraction(1, 1_000_000),
}
DASHES = ("\N{EN DASH}", "\N{EM DASH}")


class UnreadableError(ValueError):
    """A text that is no number of copies, or no year."""


def _is_mark(inside: str) -> bool:
    word = inside.lower()
    if word == "citation needed" or (len(word) == 1 and word.isascii() and word.isalpha()):
        return True
    number = word[5:] if word.startswith("note ") else word[3:] if word.startswith("nb ") else word.removeprefix("note").removeprefix("nb")
    return number.isascii() and number.isdigit() and len(number) <= 3


def plain(text: str | None) -> str | None:
    """Give a text without footnote marks and surplus blanks; None when nothing else is there."""
    kept, rest = "", text or ""
    while "[" in rest:
        before, _, rest = rest.partition("[")
        inside, bracket, after = rest.partition("]")
        is_mark = bool(bracket) and _is_mark(inside)
        kept, rest = kept + before + ("" if is_mark else "["), after if is_mark else rest
    words = " ".join((kept + rest).split())
    while words and words[-1] in "*†‡§ ":
        words = words[:-1]
    return words or None


def sales(text: str | None) -> Decimal | None:
    """Read millions of copies; None when nothing is said."""
    said = plain(text)
    if said is None:
        return None
    ends = [_amount(end) for end in _ends(_without(said.lower(), (*ABOUT, *AT_LEAST)), " to ")]
    units = [unit for _, unit in ends if unit is not None] or [Fraction(1)]
    millions = [number * (unit or units[0]) for number, unit in ends]
    if len(said) > 60 or len(ends) > 2 or millions != sorted(millions) or max(map(abs, millions)) >= 10**14:
        raise UnreadableError
    middle = sum(millions) / len(millions)
    digits = floor(abs(middle) * 10_000 + Fraction(1, 2))
    return Decimal(digits if middle >= 0 else -digits).scaleb(-4)


def year(text: str | None) -> int | None:
    """Read the first of the years that a text names; None when nothing is said."""
    said = plain(text)
    if said is None:
        return None
    rest = _without(said.lower(), ABOUT)
    era = next((era for era in (" bc", " bce", " ad", " ce") if rest.endswith(era)), "")
    years = [end.strip(" ") for end in _ends(rest.removesuffix(era))]
    if len(said) > 60 or len(years) > 2 or not all(len(one) <= 4 and one.isascii() and one.isdigit() for one in years) or not int(years[0]):
        raise UnreadableError
    return -int(years[0]) if "b" in era else int(years[0])


def _without(text: str, openings: Iterable[str]) -> str:
    """Leave out what says that a number is not exact."""
    word = next((word for word in openings if text.startswith(word)), "")
    return text.removeprefix(word).removeprefix(" ") if word else text


def _ends(text: str, *also: str) -> list[str]:
    """Split a range; a dash at the very beginning is a sign."""
    rest = text[1:]
    for mark in (*DASHES, *also):
        rest = rest.replace(mark, "-")
    first, *others = rest.split("-")
    return [text[:1] + first, *others]


def _amount(text: str) -> tuple[Fraction, Fraction | None]:
    """Read a number, and how many millions its unit is if it has one."""
    said = text.strip(" ")
    unit = next((unit for unit in UNITS if said.endswith(unit)), "")
    return _number(said.removesuffix(unit).removesuffix(" ").removesuffix("+")), UNITS.get(unit)


def _number(text: str) -> Fraction:
    whole, point, decimals = text.removeprefix("-").partition(".")
    first, *thousands = whole.split(",")
    parts = [first, *thousands, *([decimals] if point else [])]
    if not all(part.isascii() and part.isdigit() for part in parts) or len(decimals) > 6:
        raise UnreadableError
    if thousands and (len(first) > 3 or any(len(group) != 3 for group in thousands)):
        raise UnreadableError
    number = Fraction(Decimal(f"{first}{''.join(thousands)}.{decimals or 0}"))
    return -number if text.startswith("-") else number


def _is_readable(row: Row, column: str) -> bool:
    return row[column] is not None or plain(row["texts"][column]) is None


def _in_range(row: Row) -> bool:
    millions = row["approximate_sales_millions"]
    return millions is None or 0 < millions <= 10_000


def _is_out(row: Row) -> bool:
    published = row["first_published_year"]
    return published is None or published <= row["kafka_timestamp"].year


RULES: tuple[Rule, ...] = (
    ("missing_id", lambda row: is_not_blank(row["book_id"])),
    ("missing_title", lambda row: row["title"] is not None),
    ("missing_author", lambda row: row["author"] is not None),
    ("unreadable_sales", lambda row: _is_readable(row, "approximate_sales_millions")),
    ("sales_out_of_range", _in_range),
    ("unreadable_year", lambda row: _is_readable(row, "first_published_year")),
    ("year_in_future", _is_out),
)


def expected(records: Sequence[KafkaRecord], accepted: Collection[Coordinates] = ()) -> Expected:
    """Work out the rows of each table, see `Stream.expected`."""
    silver = {coordinates(record): _silver(record) for record in records}
    for place in repeats(silver, "book_id", accepted, YEAR):
        silver[place] |= verdict("duplicate")
    facts = {place: _fact(row) for place, row in silver.items() if not row["is_rejected"]}
    return Expected(bronze(records), silver, facts)


def _silver(record: KafkaRecord) -> Row:
    decoded = decode(record.value, SCHEMA)
    texts = {column: decoded.fields[path] for column, path in FIELDS.items()}
    row = {"book_id": texts["book_id"]} | {column: plain(texts[column]) for column in TEXTS}
    for column, read in (("first_published_year", year), ("approximate_sales_millions", sales)):
        try:
            row[column] = read(texts[column])
        except UnreadableError:
            row[column] = None
    row |= {"repaired_columns": ",".join(_repaired(row, texts)) or None} | kafka(record)
    broken = (code for code, passes in RULES if not passes(row | {"texts": texts}))
    return row | verdict(decoded.error or next(broken, None))


def _repaired(row: Row, texts: Mapping[str, str | None]) -> Iterator[str]:
    yield from (column for column in TEXTS if row[column] is not None and row[column] != texts[column])
    published, millions = row["first_published_year"], row["approximate_sales_millions"]
    if published is not None and str(published) != texts["first_published_year"]:
        yield "first_published_year"
    if millions is not None and not _is_bare(texts["approximate_sales_millions"]):
        yield "approximate_sales_millions"


def _is_bare(number: str) -> bool:
    whole, point, decimals = number.removeprefix("-").partition(".")
    return all(part.isascii() and part.isdigit() for part in ((whole, decimals) if point else (whole,)))


def _fact(silver: Row) -> Row:
    keys = {"book_sk": surrogate_key("book", silver["book_id"]), "author_sk": surrogate_key("author", silver["author"])}
    return keys | {column: silver[column] for column in (*FIELDS, *KAFKA_COLUMNS)}


def stored_tables(topic: Expected) -> dict[str, Table]:
    """Give the stored tables, by three-word name."""
    return {
        "books.bronze.sensor_stream": Table(topic.bronze),
        "books.silver.stg_books": Table(topic.silver),
        "books.gold.fact_books": Table(topic.gold),
    }


def serving_views(topic: Expected) -> dict[str, Table]:
    """Give what readers see, by three-word name."""
    facts = list(topic.gold.values())
    authors = {(fact["author_sk"],): {"author_sk": fact["author_sk"], "author": fact["author"]} for fact in facts}
    return {
        "books.serving.dim_author": Table(authors, ("author_sk",)),
        "books.serving.sales_by_genre": Table(_by_genre(facts), ("genre",)),
        "books.serving.sales_by_language": Table(_by_language(facts), ("original_language",)),
        "books.serving.rejections_by_reason": Table(_rejections(topic.silver.values()), ("rejection_reason",)),
    }


def _by_genre(facts: Iterable[Row]) -> dict[tuple, Row]:
    rows = {}
    for genre, group in _groups(facts, "genre"):
        sold = [(fact["approximate_sales_millions"], fact["book_sk"], fact["title"]) for fact in group]
        known = [book for book in sold if book[0] is not None]
        rows[genre,] = {
            "genre": genre,
            "books": len(group),
            "authors": len({fact["author"] for fact in group}),
            "approximate_sales_millions": _total(group),
            "best_seller": max(known)[2] if known else None,
        }
    return rows


def _by_language(facts: Sequence[Row]) -> dict[tuple, Row]:
    rows = {}
    for language, group in _groups(facts, "original_language"):
        total = _total(group)
        rows[language,] = {
            "original_language": language,
            "books": len(group),
            "approximate_sales_millions": total,
            "sales_percent": None if total is None else round(float(100 * total / _total(facts)), 2),
            "earliest_year": min((fact["first_published_year"] for fact in group if fact["first_published_year"]), default=None),
        }
    return rows


def _groups(facts: Iterable[Row], column: str) -> Iterable[tuple[object, list[Row]]]:
    groups: dict[object, list[Row]] = defaultdict(list)
    for fact in facts:
        groups[fact[column] or "unknown"].append(fact)
    return groups.items()


def _total(facts: Iterable[Row]) -> Decimal | None:
    known = [fact["approximate_sales_millions"] for fact in facts if fact["approximate_sales_millions"] is not None]
    return sum(known) if known else None


def _rejections(silver: Collection[Row]) -> dict[tuple, Row]:
    reasons = Counter(row["rejection_reason"] for row in silver if row["is_rejected"])
    return {
        (reason,): {
            "rejection_reason": reason,
            "rejected_records": count,
            "rejected_percent": round(100 * count / len(silver), 2),
            "newest_detail": ANY_SENTENCE,
        }
        for reason, count in reasons.items()
    }


def accepted(silver: Iterable[Row]) -> set[Coordinates]:
    """Tell which rows the stored silver table accepts."""
    return {(row["kafka_partition"], row["kafka_offset"]) for row in silver if not row["is_rejected"]}
