"""Charts in one style. Colours can be told apart by the colour-blind, on light and dark; red is bad and nothing else."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, PURPLE, SKY, SAND = "#3a86d0", "#e69f00", "#1aa37a", "#b678d6", "#6cc5ea", "#b8a07e"
RED, GREY = "#d9383a", "#8d99a8"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, SAND)
DAY, HOUR, MINUTE = "%d %b", "%d %b %H:%M", "%H:%M"
CORNER = 3
COURSES = alt.Scale(domain=["rose", "fell"], range=[BLUE, ORANGE])
FAR_KM = 1000
KM_PER_DEGREE = 111.2


def _time(field: str, form: str, title: str | None = "UTC") -> alt.X:
    axis = alt.Axis(format=form, labelOverlap=True, labelFlush=True, tickCount=6, grid=False)
    return alt.X(field, type="temporal", title=title, scale=alt.Scale(type="utc"), axis=axis)


def stacked(frame: pd.DataFrame, time: str, form: str, value: str, kind: str, kinds: Sequence[str], colours: Sequence[str], unit: str) -> alt.Chart:
    """Areas of each kind over time, one on the other."""
    return (
        alt.Chart(_labelled(frame, time, form))
        .mark_area(interpolate="monotone", line={"strokeWidth": 1.2}, fillOpacity=0.55)
        .encode(
            x=_time(time, form),
            y=alt.Y(value, type="quantitative", title=unit, stack="zero", axis=alt.Axis(format="~s", tickCount=4)),
            color=_legend(kind, kinds, colours),
            order=alt.Order("order:Q"),
            tooltip=["time:N", alt.Tooltip(kind, type="nominal", title="kind"), alt.Tooltip(value, type="quantitative", format=",", title=unit)],
        )
        .transform_calculate(order=f"indexof({json.dumps(list(kinds))}, datum['{kind}'])")
    )


def stacked_columns(frame: pd.DataFrame, time: str, form: str, value: str, kind: str, kinds: Sequence[str], colours: Sequence[str], unit: str) -> alt.Chart:
    """Columns of each kind for each stretch of time, one on the other."""
    return (
        alt.Chart(_labelled(frame, time, form))
        .mark_bar(size=8)
        .encode(
            x=_time(time, form),
            y=alt.Y(value, type="quantitative", title=unit, stack="zero", axis=alt.Axis(format="~s", tickCount=4)),
            color=_legend(kind, kinds, colours),
            tooltip=["time:N", alt.Tooltip(kind, type="nominal"), alt.Tooltip(value, type="quantitative", format=",", title=unit)],
        )
    )


def columns(frame: pd.DataFrame, time: str, form: str, value: str, unit: str, colour: str = BLUE) -> alt.Chart:
    """One column for each stretch of time."""
    return (
        alt.Chart(_labelled(frame, time, form))
        .mark_bar(color=colour, cornerRadiusEnd=CORNER)
        .encode(
            x=_time(time, form),
            y=alt.Y(value, type="quantitative", title=unit, axis=alt.Axis(format="~s", tickCount=4)),
            tooltip=["time:N", alt.Tooltip(value, type="quantitative", format=",.2~f", title=unit)],
        )
    )


def bars(frame: pd.DataFrame, name: str, value: str, unit: str, form: str = ",.0f", colour: str = BLUE, more: Sequence[alt.Tooltip] = ()) -> alt.LayerChart:
    """One bar for each name in the order of the frame, its value at its end."""
    x = alt.X(value, type="quantitative", title=unit, axis=alt.Axis(format="~s", tickCount=4), scale=alt.Scale(domainMin=0))
    y = alt.Y(name, type="nominal", sort=list(frame[name]), title=None, axis=alt.Axis(labelLimit=120, ticks=False, domain=False))
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=[alt.Tooltip(name, type="nominal"), alt.Tooltip(value, type="quantitative", format=form, title=unit), *more])
    text = base.mark_text(align="left", dx=5, color=GREY, fontSize=12).encode(text=alt.Text(value, type="quantitative", format=form))
    return (base.mark_bar(color=colour, cornerRadiusEnd=CORNER, size=16) + text).properties(height=70 + 26 * len(frame))


def waits(frame: pd.DataFrame) -> alt.LayerChart:
    """From the median to the 95th percentile of the wait on each channel, on a scale on which minutes and hours both can be read."""
    y = alt.Y("channel:N", sort=list(frame["channel"]), title=None, axis=alt.Axis(labelLimit=120, ticks=False, domain=False))
    names = {"p50_wait_seconds": "half wait less", "p95_wait_seconds": "95 % wait less"}
    tooltip = [
        "channel:N",
        alt.Tooltip("contacts:Q", format=","),
        *(alt.Tooltip(f"{field}:Q", format=",", title=f"{name} (s)") for field, name in names.items()),
        alt.Tooltip("escalated_percent:Q", format=".1f", title="escalated (%)"),
    ]
    axis = alt.Axis(values=[10, 60, 600, 3600, 36000], labelExpr="datum.value < 60 ? datum.value + ' s' : datum.value < 3600 ? datum.value / 60 + ' min' : datum.value / 3600 + ' h'")
    scale = alt.Scale(type="symlog", constant=10, domainMin=0)
    base = alt.Chart(frame).encode(y=y, tooltip=tooltip)
    span = base.mark_rule(strokeWidth=6, color=BLUE, opacity=0.35).encode(x=alt.X("p50_wait_seconds:Q", title="wait", axis=axis, scale=scale), x2="p95_wait_seconds:Q")
    dots = (
        base.transform_fold(list(names), as_=["end", "seconds"])
        .transform_calculate(waits=f"{json.dumps(names)}[datum.end]")
        .mark_circle(size=110, opacity=1)
        .encode(x=alt.X("seconds:Q", title="wait", axis=axis, scale=scale), color=_legend("waits", list(names.values()), [BLUE, ORANGE]))
    )
    return (span + dots).properties(height=110 + 32 * len(frame))


def near(sites: pd.DataFrame) -> pd.Series:
    """Which cell sites are within FAR_KM of the busiest one: the others, of roaming customers, would make the map a map of the world."""
    home = sites.iloc[0]
    north = (sites["latitude"] - home["latitude"]) * KM_PER_DEGREE
    east = (sites["longitude"] - home["longitude"]) * KM_PER_DEGREE * 0.87  # cos 30°
    return north**2 + east**2 <= FAR_KM**2


def cell_map(sites: pd.DataFrame, dark: bool, height: int = 520) -> alt.LayerChart:
    """Cell sites as bubbles: the area is calls, the colour the percentage of answered calls that are dropped."""
    land = alt.Chart(alt.Data(values=_countries())).mark_geoshape(
        fill="#23262d" if dark else "#f1f3f5", stroke="#4a505c" if dark else "#c3cad3", strokeWidth=0.8, clip=True
    )
    bubbles = (
        alt.Chart(sites)
        .mark_circle(opacity=0.75, stroke="#0e1117" if dark else "#ffffff", strokeWidth=0.5, clip=True)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size("calls:Q", scale=alt.Scale(range=[12, 320]), legend=None),
            color=alt.Color(
                "dropped_percent:Q",
                title="dropped, %",
                scale=alt.Scale(domain=[0, 5, 10], range=["#5d7f9f" if dark else "#9db4ca", "#e8945c", RED], clamp=True),
                legend=alt.Legend(orient="top", gradientLength=160, gradientThickness=8, format=".0f", direction="horizontal", titleOrient="left"),
            ),
            order="dropped_percent:Q",
            tooltip=[
                alt.Tooltip("site_name:N", title="site"),
                alt.Tooltip("cell_id:N", title="cell"),
                "region:N",
                alt.Tooltip("calls:Q", format=","),
                alt.Tooltip("answered_calls:Q", format=",", title="answered"),
                alt.Tooltip("dropped_calls:Q", format=",", title="dropped"),
                alt.Tooltip("dropped_percent:Q", format=".1f", title="dropped, %"),
            ],
        )
    )
    west, east = sites["longitude"].min(), sites["longitude"].max()
    south, north = sites["latitude"].min(), sites["latitude"].max()
    across, down = max(east - west, 1.0) * 1.1, max(north - south, 1.0) * 1.12 * 1.1  # in degrees of longitude, with a margin
    scale = alt.ExprRef(f"min(width / {across}, height / {down}) * 180 / PI")
    return (land + bubbles).project("mercator", center=[(west + east) / 2, (south + north) / 2], scale=scale).properties(height=height)


def candles(days: pd.DataFrame) -> alt.LayerChart:
    """Each day's open, high, low and close. The last one, which may be under way, is hollow."""
    base = _days(days).encode(color=_legend("course", ["rose", "fell"], [BLUE, ORANGE]))
    price = alt.Y("low_price:Q", title="price of a share", scale=alt.Scale(zero=False), axis=alt.Axis(format=",.0f", tickCount=5, minExtent=46))
    wicks = base.mark_rule(strokeWidth=1.2).encode(y=price, y2="high_price:Q")
    bodies = base.mark_bar(size=_candle_width(days), cornerRadius=1, strokeWidth=1.5).encode(
        y="open_price:Q",
        y2="close_price:Q",
        stroke=alt.Stroke("course:N", scale=COURSES, legend=None),
        fillOpacity=alt.condition("datum.is_last", alt.value(0.15), alt.value(1)),
    )
    return (wicks + bodies).properties(height=340)


def volumes(days: pd.DataFrame) -> alt.Chart:
    """The shares traded each day, under the candles."""
    y = alt.Y("volume:Q", title="shares", axis=alt.Axis(format="~s", tickCount=3, minExtent=46))
    return _days(days).mark_bar(size=_candle_width(days), opacity=0.6).encode(y=y, color=alt.Color("course:N", scale=COURSES, legend=None)).properties(height=110)


def _days(days: pd.DataFrame) -> alt.Chart:
    frame = days.assign(
        time=days["day"].dt.strftime("%a %d %b %Y"),
        course=(days["close_price"] >= days["open_price"]).map({True: "rose", False: "fell"}),
        is_last=days["day"] == days["day"].max(),
    )
    tooltip = [
        alt.Tooltip("time:N", title="day"),
        *(alt.Tooltip(f"{name}_price:Q", format=",.2f", title=name) for name in ("open", "high", "low", "close")),
        alt.Tooltip("volume:Q", format=",", title="shares"),
        alt.Tooltip("revision:Q", format=",", title="prices so far"),
    ]
    return alt.Chart(frame).encode(x=_time("day", DAY, title=None), tooltip=tooltip)


def _candle_width(days: pd.DataFrame) -> float:
    """In pixels, so that they stay apart on a phone."""
    return max(1.5, min(9, 240 / max(len(days), 1)))


def _legend(field: str, names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    legend = alt.Legend(orient="top", title=None, symbolType="circle", symbolSize=90, labelLimit=200)
    return alt.Color(field, type="nominal", scale=alt.Scale(domain=list(names), range=list(colours[: len(names)])), legend=legend)


def _labelled(frame: pd.DataFrame, time: str, form: str) -> pd.DataFrame:
    """With the time as the tooltip says it."""
    return frame.assign(time=frame[time].dt.strftime(f"{form} UTC"))


@cache
def _countries() -> list[dict]:
    """Outlines of Egypt and its neighbours."""
    return json.loads(files("dashboard").joinpath("countries.geojson").read_text())["features"]
