"""Prices: candles and volume of a symbol, and what all symbols do."""

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.data import Look
from dashboard.layout import figures, legend, number, panel, plot, some

START = "just demo stocks"
PERIODS = {"1 month": 31, "3 months": 92, "All": None}


def show(look: Look) -> None:
    """The page at one moment."""
    with panel("Daily prices", start=START):
        symbols = some(look.ask("stocks/symbols"))
        names = dict(zip(symbols["symbol"], symbols["name"], strict=True))
        choice, period = st.columns([2, 1], vertical_alignment="bottom")
        symbol = choice.selectbox("Company", list(names), format_func=lambda symbol: f"{symbol} · {names[symbol]}", key="symbol")
        days = PERIODS[period.segmented_control("Period", PERIODS, default="3 months", key="days", required=True)]
        prices(within(look.ask("stocks/days", symbol=symbol), days))
    with panel("All companies", "the newest close, and what it is to that of the day before", start=START):
        overview(some(look.ask("stocks/symbols")))


def within(days: pd.DataFrame, count: int | None) -> pd.DataFrame:
    """The days that are less than so many before the last one."""
    return days[days["day"] > days["day"].max() - pd.Timedelta(days=count)] if count else days


def prices(days: pd.DataFrame) -> None:
    """The figures of the last day, and the candles up to it."""
    last, before = days.iloc[-1], days.iloc[-2] if len(days) > 1 else None
    change = 100 * (last["close_price"] / before["close_price"] - 1) if before is not None else None
    figures(
        {
            "Close": number(last["close_price"], ",.2f"),
            "Since the day before": number(change, "+.2f", " %"),
            "Low and high": f"{number(last['low_price'], ',.2f')} and {number(last['high_price'], ',.2f')}",
            "Shares": number(last["volume"]),
        }
    )
    st.caption(
        f"The last candle, hollow, is {last['day']:%A %d %b %Y} UTC by {last['revision']} prices so far; later ones still change it."
    )
    legend(charts.COURSES)
    plot(charts.candles(days), "Candles of each day")
    plot(charts.volumes(days), "Shares traded each day")


def overview(symbols: pd.DataFrame) -> None:
    """One row for each company."""
    st.dataframe(
        symbols,
        hide_index=True,
        column_order=["symbol", "name", "close_price", "change_percent", "sector", "day"],
        column_config={
            "close_price": st.column_config.NumberColumn("close", format="%.2f"),
            "change_percent": st.column_config.NumberColumn("change", format="%+.2f %%"),
            "day": st.column_config.DateColumn("day", format="DD MMM YYYY"),
        },
    )
