"""The mobile network: traffic, dropped calls, revenue, support."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.data import Look, NotStoredError
from dashboard.layout import figures, is_dark, nothing, number, panel, some

START = "just demo"
FEED = "just feed"
KINDS = ("calls", "messages", "payments", "recharges", "support contacts")
PERIODS = {"Today": 1, "7 days": 7, "30 days": 30, "All": None}
FEWEST_ANSWERED = 5
MINUTE_LIMIT = timedelta(hours=48)


def show(look: Look) -> None:
    """The page at one moment."""
    period = st.segmented_control("Period, in days of UTC", PERIODS, default="7 days", key="period", required=True)
    since = first_day(look, PERIODS[period])
    headline(look, since)
    with panel("Right now", "events that began in each minute of the last hour", FEED):
        traffic(some(look.ask("telecom/minutes", at=look.at)))
    left, right = st.columns([3, 2], gap="small")
    with left, panel("Dropped calls by cell site", "a bubble is a cell site: its size is calls, its colour the share of answered calls that drop", FEED):
        dropped_map(some(look.ask("telecom/cell_sites", since=since)))
    with right:
        with panel("Calls by hour" if is_short(period) else "Calls by day", empty=FEED):
            calls(some(look.ask("telecom/hours", since=since)), hourly=is_short(period))
        with panel("Busiest regions", "events there, and the hour in which most calls began", FEED):
            regions(look, since)
    money(look, since)
    support(look)


def first_day(look: Look, days: int | None) -> date:
    """The first of so many days up to the moment; the beginning of time for all."""
    return (look.at or pd.Timestamp.now("UTC")).date() - timedelta(days=days - 1) if days else date(1970, 1, 1)


def is_short(period: str) -> bool:
    """Whether the hours of a period can be told apart in a chart."""
    return period in ("Today", "7 days")


def headline(look: Look, since: date) -> None:
    """The figures of the period."""
    try:
        hours, support = look.ask("telecom/hours", since=since), look.ask("telecom/support").iloc[0]
    except NotStoredError:
        nothing("The telecom tables are not stored yet.", START)
        return
    answered, dropped = hours["answered_calls"].sum(), hours["dropped_calls"].sum()
    figures(
        {
            "Calls": number(hours["calls"].sum()),
            "Dropped calls": number(100 * dropped / answered if answered else None, ".2f", " %"),
            "Settled at once": number(support["first_call_resolution_percent"], ".1f", " %"),
            "Half wait less than": number(support["p50_wait_seconds"], ",.0f", " s"),
            "Satisfaction": number(support["satisfaction"], ".2f", " of 5"),
        },
        {
            "Dropped calls": "Of the calls that somebody answered",
            "Settled at once": "First-call resolution, of all contacts with support so far",
            "Half wait less than": "The median wait for support, of all contacts so far",
        },
    )


def traffic(minutes: pd.DataFrame) -> None:
    """Events of each minute, by kind."""
    chart = charts.stacked(minutes, "minute", charts.MINUTE, "events", "kind", KINDS, charts.COLOURS, "events a minute")
    st.altair_chart(chart.properties(height=230), alt="Events of each minute by kind")


def calls(hours: pd.DataFrame, hourly: bool) -> None:
    """Calls of each hour or day."""
    if not hourly:
        hours = hours.groupby(hours["began"].dt.floor("D"), as_index=False)["calls"].sum()
    form, unit = (charts.HOUR, "calls an hour") if hourly else (charts.DAY, "calls a day")
    st.altair_chart(charts.columns(hours, "began", form, "calls", unit).properties(height=180), alt=unit)


def dropped_map(sites: pd.DataFrame) -> None:
    """Cell sites where they stand."""
    placed = some(sites.dropna(subset=["latitude", "longitude"]))
    shown = placed[charts.near(placed)]
    st.altair_chart(charts.cell_map(shown, is_dark()), alt="Cell sites by calls and dropped calls")
    missing, far = sites["calls"].sum() - placed["calls"].sum(), placed["calls"].sum() - shown["calls"].sum()
    st.caption(f"Not on the map: {number(far)} calls from abroad, {number(missing)} from cell sites that nobody has described.")


def regions(look: Look, since: date) -> None:
    """Events by region."""
    events = some(look.ask("telecom/revenue", since=since)).groupby("region", as_index=False)["events"].sum()
    hours = look.ask("telecom/regions", since=since).set_index("region")["busiest_hour"]
    events["busiest hour"] = [f"{hours[region]:02.0f}:00 UTC" if region in hours else "–" for region in events["region"]]
    chart = charts.bars(events.nlargest(8, "events"), "region", "events", "calls and messages", more=["busiest hour:N"])
    st.altair_chart(chart, alt="Calls and messages by region")


def money(look: Look, since: date) -> None:
    """What calls and messages bring in, each currency by itself."""
    with panel("Revenue", "of calls and messages, each currency by itself", FEED):
        revenue = some(look.ask("telecom/revenue", since=since).dropna(subset=["currency"]))
        events = revenue.groupby("currency")["events"].sum().sort_values(ascending=False)
        totals = revenue.groupby("currency")["revenue"].sum()
        figures({currency: number(totals[currency], ",.2f") for currency in events.index})
        currency = st.segmented_control("Currency", list(events.index), default=events.index[0], key="currency", required=True)
        of_currency = revenue[revenue["currency"] == currency]
        left, right = st.columns(2)
        days = of_currency.dropna(subset=["day"]).groupby("day", as_index=False)["revenue"].sum()
        left.altair_chart(charts.columns(days, "day", charts.DAY, "revenue", f"{currency} a day", charts.GREEN).properties(height=220), alt=f"{currency} a day")
        by_region = of_currency.groupby("region", as_index=False)["revenue"].sum().nlargest(8, "revenue")
        right.altair_chart(charts.bars(by_region, "region", "revenue", currency, ",.2f", charts.GREEN), alt=f"{currency} by region")


def support(look: Look) -> None:
    """How well customers are helped."""
    left, right = st.columns(2, gap="small")
    with left, panel("Settled at once, by department", "first-call resolution, all contacts so far", FEED):
        departments = some(look.ask("telecom/departments"))
        chart = charts.bars(departments, "department", "first_call_resolution_percent", "% of contacts", ".1f", charts.PURPLE, ["contacts:Q"])
        st.altair_chart(chart, alt="First-call resolution by department")
    with right, panel("Waits, by channel", "from the wait that half have to the one that 95 % have at most, all contacts so far", FEED):
        st.altair_chart(charts.waits(some(look.ask("telecom/channels"))), alt="Waits by channel")
