"""The mobile network: traffic, dropped calls, revenue, support."""

from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.data import Look, NotStoredError
from dashboard.layout import MISSING, figures, is_dark, last_commit, legend, nothing, number, panel, plot, some

START = "just demo"
card = partial(panel, start=START, feed="just feed")
KINDS = dict(zip(("calls", "messages", "payments", "recharges", "support contacts"), charts.COLOURS, strict=False))
SHORT = ("Today", "7 days")  # their hours can be told apart
PERIODS = {"Today": 1, "7 days": 7, "30 days": 30, "All": None}
HOUR = timedelta(hours=1)
EVERYWHERE = "All around the busiest site"
NEAR_DEGREES = 9  # of latitude, 1,000 km


def show(look: Look) -> None:
    """The page at one moment."""
    if not any(table.catalog == "telecom" for table in look.moment.tables):
        nothing("The telecom tables are not stored yet.", START)
        return
    period = st.segmented_control("Period, in days of UTC", PERIODS, default="7 days", key="period", required=True)
    since = first_day(look, PERIODS[period])
    headline(look, since)
    with card("Right now", "events that began in each minute of the hour before"):
        traffic(look.ask("telecom/minutes", at=look.moment.at), last_commit(look))
    left, right = st.columns([3, 2], gap="small")
    with (
        left,
        card("Dropped calls by cell site", "a bubble is a cell site: its size is calls, its colour the share of answered calls that drop"),
    ):
        dropped_map(some(look.ask("telecom/cell_sites", since=since)))
    with right:
        with card("Calls"):
            calls(some(look.ask("telecom/hours", since=since)), charts.HOURS if period in SHORT else charts.DAYS)
        with card("Busiest regions", "events there, and the hour in which most calls began"):
            regions(look, since)
    money(look, since)
    support(look)


def first_day(look: Look, days: int | None) -> date:
    """The first of so many days up to the moment; the beginning of time for all."""
    return (look.moment.at or pd.Timestamp.now("UTC")).date() - timedelta(days=days - 1) if days else date(1970, 1, 1)


def headline(look: Look, since: date) -> None:
    """The figures of the period."""
    try:
        hours, support = look.ask("telecom/hours", since=since), look.ask("telecom/support").iloc[0]
    except NotStoredError:
        nothing("Some telecom tables are not stored yet.", START)
        return
    answered, dropped = hours["answered_calls"].sum(), hours["dropped_calls"].sum()
    figures(
        {
            "Calls": number(hours["calls"].sum()),
            "Dropped calls": number(100 * dropped / answered if answered else None, ".2f", " %"),
            "Settled at once": number(support["first_call_resolution_percent"], ".1f", " %"),
            "Median wait": number(support["p50_wait_seconds"], ",.0f", " s"),
            "Satisfaction": number(support["satisfaction"], ".2f", " of 5"),
        },
        {
            "Dropped calls": "Of the calls that somebody answered",
            "Settled at once": "First-call resolution, of all contacts with support so far",
            "Median wait": "For support, of all contacts so far",
        },
    )


def traffic(minutes: pd.DataFrame, at: pd.Timestamp) -> None:
    """Events of each minute of the hour before a moment, by kind."""
    hour = pd.date_range(at - HOUR, at, freq="min").floor("min")
    every = pd.MultiIndex.from_product([KINDS, hour], names=["kind", "minute"])
    filled = minutes.set_index(["kind", "minute"])["events"].reindex(every, fill_value=0).reset_index()
    chart = charts.stacked(filled, "minute", charts.MINUTES, "events", "events", "kind", KINDS)
    legend(KINDS)
    plot(chart.properties(height=230), "Events of each minute by kind")


def calls(hours: pd.DataFrame, step: charts.Step) -> None:
    """Calls of each hour or day."""
    totals = hours.assign(began=hours["began"].dt.floor(step.frequency)).groupby("began", as_index=False)["calls"].sum()
    plot(charts.columns(totals, "began", step, "calls", "calls").properties(height=190), f"Calls {step.each}")


def dropped_map(sites: pd.DataFrame) -> None:
    """Cell sites where they stand: those of a region, first the busiest, or all around the busiest one."""
    placed = some(sites.dropna(subset=["latitude", "longitude"]))
    regions = placed.groupby("region")["calls"].sum().sort_values(ascending=False).index
    region = st.selectbox("Region", [*regions, EVERYWHERE], key="region")
    shown = placed[is_near(placed) if region == EVERYWHERE else placed["region"] == region]
    plot(charts.cell_map(shown, is_dark()), "Cell sites by calls and dropped calls")
    unplaced, others = sites["calls"].sum() - placed["calls"].sum(), placed["calls"].sum() - shown["calls"].sum()
    st.caption(
        f"Grey: fewer than {charts.FEWEST_ANSWERED} answered calls. Not on this map: {number(others)} calls elsewhere, "
        f"{number(unplaced)} from cell sites that nobody has described."
    )


def is_near(sites: pd.DataFrame) -> pd.Series:
    """Which cell sites are at home: those of roaming customers would make a map of the world."""
    busiest = sites.loc[sites["calls"].idxmax()]
    north = sites["latitude"] - busiest["latitude"]
    east = (sites["longitude"] - busiest["longitude"]) * charts.PARALLEL_30
    return north**2 + east**2 <= NEAR_DEGREES**2


def regions(look: Look, since: date) -> None:
    """Events by region."""
    events = some(look.ask("telecom/revenue", since=since)).groupby("region", as_index=False)["events"].sum()
    hours = look.ask("telecom/regions", since=since).set_index("region")["busiest_hour"]
    events["busiest hour"] = [f"{hours[region]:02.0f}:00 UTC" if region in hours else MISSING for region in events["region"]]
    plot(
        charts.bars(events.nlargest(8, "events"), "region", "events", "calls and messages", charts.BLUE, more=["busiest hour:N"]),
        "Events by region",
    )


def money(look: Look, since: date) -> None:
    """What calls and messages bring in, each currency by itself."""
    with card("Revenue", "of calls and messages, each currency by itself"):
        revenue = some(look.ask("telecom/revenue", since=since).dropna(subset=["currency"]))
        events = revenue.groupby("currency")["events"].sum().sort_values(ascending=False)
        totals = revenue.groupby("currency")["revenue"].sum()
        figures({currency: number(totals[currency], ",.2f") for currency in events.index})
        currency = st.segmented_control("Currency", list(events.index), default=events.index[0], key="currency", required=True)
        of_currency = revenue[revenue["currency"] == currency]
        left, right = st.columns(2)
        days = of_currency.dropna(subset=["day"]).groupby("day", as_index=False)["revenue"].sum()
        with left:
            plot(
                charts.columns(days, "day", charts.DAYS, "revenue", currency, charts.GREEN).properties(height=220),
                f"{currency} of each day",
            )
        by_region = of_currency.groupby("region", as_index=False)["revenue"].sum().nlargest(8, "revenue")
        with right:
            plot(charts.bars(by_region, "region", "revenue", currency, charts.GREEN, ",.2f"), f"{currency} by region")


def support(look: Look) -> None:
    """How well customers are helped."""
    left, right = st.columns(2, gap="small")
    with left, card("Settled at once, by department", "first-call resolution, all contacts so far"):
        departments = some(look.ask("telecom/departments"))
        chart = charts.bars(
            departments, "department", "first_call_resolution_percent", "% of contacts", charts.PURPLE, ".1f", ["contacts:Q"]
        )
        plot(chart, "First-call resolution by department")
    with right, card("Waits, by channel", "of all contacts so far"):
        channels = some(look.ask("telecom/channels"))
        legend(charts.WAITS)
        plot(charts.waits(channels), "Waits by channel")
