from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from udfs.books import author_key, published_year, sales_millions, without_notes
from udfs.keys import surrogate_key

READERS: tuple[Callable[[str | None], object], ...] = (without_notes, sales_millions, published_year)
CASES = [
    (read, text, value)
    for read in READERS
    for text, value in yaml.safe_load(Path(__file__).with_name(f"{read.__name__}.yaml").read_text(encoding="utf-8")).items()
]
NOTES = st.lists(st.sampled_from(["[1]", "[42]", "[a]", "[note 3]", "*", "†", " "]), max_size=5).map("".join)
MILLIONS = st.decimals("0", "10000", places=4)
NEARLY = st.text("0123456789-\N{EN DASH}.,+ []*~>abcdefilmnoprtuABCE")


@pytest.mark.parametrize(("read", "text", "value"), CASES, ids=lambda value: getattr(value, "__name__", repr(value)))
def test_texts(read: Callable[[str | None], object], text: str, value: object) -> None:
    found = read(text)
    assert (str(found) if isinstance(found, Decimal) else found) == value


@pytest.mark.parametrize("read", [*READERS, author_key])
def test_absent(read: Callable[[str | None], object]) -> None:
    assert read(None) is None


@given(st.text() | NEARLY)
def test_every_text_is_read_or_not_and_none_raises(text: str) -> None:
    year, millions = published_year(text), sales_millions(text)
    assert year is None or 0 < abs(year) <= 9999
    assert millions is None or (millions.as_tuple().exponent == -4 and abs(millions) < 10**14)


@given(st.text(st.characters(codec="utf-8", exclude_characters="[]*†‡§")), NOTES)
def test_notes_change_nothing(text: str, notes: str) -> None:
    plain = without_notes(text)
    assert without_notes(f"{text}{notes}") == plain == (" ".join(text.split()) or None)
    assert author_key(f"{text}{notes}") == surrogate_key("author", plain)


@given(MILLIONS, NOTES, st.sampled_from(["", " million", " million copies"]))
def test_a_number_is_read_as_it_is_written(millions: Decimal, notes: str, unit: str) -> None:
    assert sales_millions(f"{millions:,}{unit}{notes}") == sales_millions(f"c. {millions}{unit}") == millions


@given(MILLIONS, MILLIONS)
def test_a_range_has_its_middle_or_stands_in_no_order(low: Decimal, high: Decimal) -> None:
    middle = sales_millions(f"{low}-{high}")
    assert (middle is None) == (low > high)
    assert middle is None or abs(middle * 2 - low - high) <= Decimal("0.0001")


@given(st.integers(1, 9998))
def test_a_year_is_read_as_it_is_written(year: int) -> None:
    assert published_year(f"{year}") == published_year(f"c. {year}-{year + 1}") == year
    assert published_year(f"{year} BC") == -year
