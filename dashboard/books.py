"""Best-selling books: by genre, language and author."""

import altair as alt
import streamlit as st

from dashboard import charts
from dashboard.data import Look, NotStoredError
from dashboard.layout import figures, nothing, number, panel, plot, some

START = "just demo books"
SHOWN = 12
COPIES = "millions of copies"
SOLD = "approximate_sales_millions"


def show(look: Look) -> None:
    """The page at one moment."""
    headline(look)
    left, right = st.columns(2, gap="small")
    with left, panel("Sales by genre", f"the {SHOWN} best, approximate", start=START):
        sales(look, "books/genres", "genre", charts.BLUE, ["books:Q", "authors:Q", alt.Tooltip("best_seller:N", title="best seller")])
    with right, panel("Sales by author", f"the {SHOWN} best, approximate", start=START):
        sales(look, "books/authors", "author", charts.PURPLE, ["books:Q", alt.Tooltip("best_seller:N", title="best seller")])
    with panel("Sales by original language", "approximate", start=START):
        sales(
            look,
            "books/languages",
            "original_language",
            charts.GREEN,
            ["books:Q", alt.Tooltip("sales_percent:Q", title="% of all"), "earliest_year:Q"],
        )


def headline(look: Look) -> None:
    """The figures of all books."""
    try:
        total = look.ask("books/total").iloc[0]
    except NotStoredError:
        nothing("The books are not stored yet.", START)
        return
    figures(
        {
            "Books": number(total["books"]),
            "Authors": number(total["authors"]),
            "Languages": number(total["languages"]),
            "Copies sold": number(total[SOLD], ",.0f", " million"),
        }
    )


def sales(look: Look, query: str, name: str, colour: str, more: list) -> None:
    """What each of something has sold, the best first."""
    sold = some(look.ask(query).dropna(subset=[SOLD])).head(SHOWN)
    plot(charts.bars(sold, name, SOLD, COPIES, colour, more=more), f"Sales by {name}")
