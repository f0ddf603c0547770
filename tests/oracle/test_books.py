"""Proves what the oracle reads of books by the texts that a person wrote, and that nothing else is read in two ways."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import books
from udfs.books import published_year, sales_millions, without_notes

READERS = {without_notes: books.plain, sales_millions: books.sales, published_year: books.year}
TEXTS = Path(__file__).parents[1] / "udfs"
NEARLY = st.from_regex(
    r"(c\. |circa |over |>|~)?-?(0|1|20|1,000|0\.5)\+?( million| billion| copies| m)?"
    r"(( to |-| ?\N{EN DASH} ?)(0|30|954|1,00)( million| copies)?)?( BC| AD)?( ?\[1\]| ?\[note 2\]|\*| )?",
    fullmatch=True,
)

Reader = Callable[[str | None], object]


def answer(read: Reader, text: str | None) -> object:
    try:
        return read(text)
    except books.UnreadableError:
        return None


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_texts_by_hand(reader: Reader) -> None:
    cases = yaml.safe_load((TEXTS / f"{reader.__name__}.yaml").read_text(encoding="utf-8"))
    found = {text: answer(READERS[reader], text) for text in cases}
    assert {text: str(value) if reader is sales_millions and value is not None else value for text, value in found.items()} == cases


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@given(text=NEARLY | st.text("0123456789-,.+~ []abc*") | st.text())
def test_both_read_every_text_alike(reader: Reader, text: str) -> None:
    assert answer(READERS[reader], text) == reader(text)
