"""What all pages have: the banner, the header, live parts, and what is said where there is nothing to show."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from html import escape

import altair as alt
import duckdb
import pandas as pd
import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.data import REFRESH_SECONDS, STATUS_SECONDS, Look, NotStoredError, Source
from flink_jobs.errors import TrunklineError
from flink_jobs.monitor import Monitor
from flink_jobs.project import Project

COMMANDS_SHOWN = 3
MISSING = "-"
UNREADABLE = (TrunklineError, OSError, duckdb.Error, SQLAlchemyError)


@cache
def source() -> Source:
    """The project in the working directory, in the environment that TRUNKLINE_ENV names."""
    return Source(Monitor(Project.find(), os.environ.get("TRUNKLINE_ENV", "local")))


@st.fragment(run_every=STATUS_SECONDS)
def banner() -> None:
    """Says what is down, and the command that mends it."""
    try:
        problems = source().running().problems
    except TrunklineError as error:
        problems = [str(error)]
    if problems:
        more = [f"and {len(problems) - COMMANDS_SHOWN} more: `just status`"] if len(problems) > COMMANDS_SHOWN else []
        st.warning("  \n".join([*problems[:COMMANDS_SHOWN], *more, "What is stored is shown as it last was."]), icon=":material/warning:")


def live(title: str, body: Callable[[Look], None]) -> Callable[[], None]:
    """A page that shows the newest moment, and is shown anew when there is a newer one, while a browser looks."""

    def page() -> None:
        st.title(title, anchor=False)
        shown = None
        try:
            with source().looking() as look:
                stamp(look)
                body(look)
            shown = look
        except UNREADABLE as error:
            st.warning(f"The tables can't be read: {error}", icon=":material/warning:")
        pulse(shown)

    page.__name__ = title.lower().replace(" ", "_")
    return page


@st.fragment(run_every=REFRESH_SECONDS)
def pulse(shown: Look | None) -> None:
    """Looks whether there is something newer to show, which costs next to nothing when there is not."""
    with suppress(*UNREADABLE):
        if source().newest() is not shown:
            st.rerun()


def stamp(look: Look) -> None:
    """Which moment is shown."""
    at = f"As of **{look.moment.at:%d %b %Y %H:%M:%S} UTC**" if look.moment.at else "Nothing is stored yet"
    st.caption(f"{at} · follows the tables · all times are UTC")


@contextmanager
def panel(title: str, hint: str = "", *, start: str, feed: str = "") -> Iterator[None]:
    """A card with a title. It says what to type: `start` while its tables are not there, `feed` (or the same) while they are empty."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{title}**" + (f"  \n:small[:gray[{hint}]]" if hint else ""))
        try:
            yield
        except NotStoredError:
            nothing("Not stored yet.", start)
        except NothingError:
            nothing("Nothing here yet.", feed or start)


class NothingError(Exception):
    """A frame that a panel needs has no row."""


def some(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame; NothingError where it has no row."""
    if frame.empty:
        raise NothingError
    return frame


def last_commit(look: Look) -> datetime:
    """When the newest of its tables changed (UTC); NothingError where nothing is committed yet."""
    if look.moment.at is None:
        raise NothingError
    return look.moment.at


def nothing(what: str, command: str) -> None:
    """What is missing, and the command that brings it."""
    st.info(f"{what} Type `{command}`" if command else what, icon=":material/hourglass_empty:")


def figures(values: dict[str, str], hints: dict[str, str] | None = None) -> None:
    """A row of figures by their names; narrow screens show two beside each other."""
    with st.container(horizontal=True, gap="small", key=f"figures-{'-'.join(values)}".replace(" ", "_")):
        for name, value in values.items():
            st.metric(name, value, border=True, width=165, help=(hints or {}).get(name))


def legend(colours: Mapping[str, str]) -> None:
    """What the colours of a chart are."""
    names = (f'<span><i style="background: {colour}"></i>{escape(name)}</span>' for name, colour in colours.items())
    st.html(f'<div class="legend">{"".join(names)}</div>')


def plot(chart: alt.Chart | alt.LayerChart, says: str) -> None:
    """A chart as wide as its place; `says` is for those who can't see it."""
    st.altair_chart(chart.properties(padding={"left": 0, "right": 5, "top": 0, "bottom": 0}), key=f"chart {says}", alt=says)


def number(value: object, form: str = ",.0f", unit: str = "") -> str:
    """A number as a person reads it; a dash for NULL."""
    return MISSING if value is None or pd.isna(value) else f"{float(value):{form}}{unit}"


def is_dark() -> bool:
    """Whether the reader's page is dark."""
    return st.context.theme.type == "dark"
