"""Charts in one style. Colours can be told apart by the colour-blind, on light and on dark; red is bad, and nothing else is red.

A chart's text stays the same while its data changes, so that the browser changes the marks in place.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, PURPLE, SKY, SAND = COLOURS = ("#3a86d0", "#e69f00", "#1aa37a", "#b678d6", "#6cc5ea", "#b8a07e")
RED, GREY = "#d9383a", "#8d99a8"
COURSES = {"rose": BLUE, "fell": ORANGE}
WAITS = {"median": BLUE, "95th percentile": ORANGE}
CORNER, GAP = 3, 0.5  # pixels
NUMBER = "datum.value >= 1e6 ? replace(format(datum.value, '.3~s'), 'G', 'B') : format(datum.value, ',')"
SECONDS = [1, 10, 60, 600, 3600, 36_000, 86_400, 864_000]
DURATION = " : ".join(
    f"datum.value < {limit} ? datum.value / {size} + ' {unit}'"
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"))
)
# Outlines of Egypt and its neighbours, from Natural Earth, which is in the public domain; Streamlit serves what is in static/.
COUNTRIES = alt.Data(url="/app/static/countries.geojson", format=alt.DataFormat(property="features"))
FEWEST_ANSWERED = 10
PARALLEL_30 = 0.87  # a degree of longitude beside one of latitude, where most cell sites are


@dataclass(frozen=True)
class Step:
    """A stretch of time: DuckDB's and pandas' name of it, how it is written, and what `a` number of something each is called."""

    name: str
    frequency: str
    unit: str
    form: str
    each: str


MINUTES = Step("minute", "min", "utcyearmonthdatehoursminutes", "%H:%M", "a minute")
HOURS = Step("hour", "h", "utcyearmonthdatehours", "%d %b %H:%M", "an hour")
DAYS = Step("day", "D", "utcyearmonthdate", "%d %b", "a day")


def columns(frame: pd.DataFrame, time: str, step: Step, value: str, unit: str, colour: str = BLUE) -> alt.Chart:
    """One column for each step of time; `unit` is that of a step's value."""
    return _columns(frame, time, step, value, unit).mark_bar(color=colour, cornerRadiusEnd=CORNER, binSpacing=GAP)


def stacked(frame: pd.DataFrame, time: str, step: Step, value: str, unit: str, kind: str, colours: Mapping[str, str]) -> alt.Chart:
    """Columns of several kinds, one on the other, in the order of their colours."""
    order = f"indexof({json.dumps(list(colours))}, datum['{kind}'])"
    chart = (
        _columns(frame, time, step, value, unit, alt.Tooltip(kind, type="nominal"))
        .mark_bar(binSpacing=GAP)
        .transform_calculate(order=order)
    )
    return chart.encode(color=_coloured(kind, colours), order="order:Q")


def _columns(frame: pd.DataFrame, time: str, step: Step, value: str, unit: str, *more: alt.Tooltip) -> alt.Chart:
    frame = frame.assign(when=frame[time].dt.strftime(f"{step.form} UTC"))
    tooltip = [alt.Tooltip("when:N", title=step.name), *more, alt.Tooltip(value, type="quantitative", format=",.2~f", title=unit)]
    y = alt.Y(value, type="quantitative", title=f"{unit} {step.each}", axis=alt.Axis(labelExpr=NUMBER, tickCount=4))
    return alt.Chart(frame).encode(x=_time(time, step.form, timeUnit=step.unit), y=y, tooltip=tooltip)


def bars(
    frame: pd.DataFrame, name: str, value: str, unit: str, colour: str, form: str = ",.0f", more: Sequence[alt.Tooltip] = ()
) -> alt.LayerChart:
    """One bar for each name, the longest first, its value at its end."""
    x = alt.X(value, type="quantitative", title=unit, axis=alt.Axis(labelExpr=NUMBER, tickCount=4), scale=alt.Scale(domainMin=0))
    base = alt.Chart(frame).encode(
        x=x,
        y=_names(name, value),
        tooltip=[alt.Tooltip(name, type="nominal"), alt.Tooltip(value, type="quantitative", format=form, title=unit), *more],
    )
    text = base.mark_text(align="left", dx=5, color=GREY, fontSize=12).encode(text=alt.Text(value, type="quantitative", format=form))
    return (base.mark_bar(color=colour, cornerRadiusEnd=CORNER, size=16) + text).properties(height=60 + 26 * len(frame))


def waits(frame: pd.DataFrame) -> alt.LayerChart:
    """From the median to the 95th percentile of the wait on each channel."""
    ends = dict(zip(("p50_wait_seconds", "p95_wait_seconds"), WAITS, strict=True))
    tooltip = [
        "channel:N",
        alt.Tooltip("contacts:Q", format=","),
        *(alt.Tooltip(f"{field}:Q", format=",", title=f"{name}, s") for field, name in ends.items()),
        alt.Tooltip("escalated_percent:Q", format=".1f", title="escalated, %"),
    ]
    base = alt.Chart(frame).encode(y=_names("channel", "p95_wait_seconds"), tooltip=tooltip)
    span = base.mark_rule(strokeWidth=6, color=BLUE, opacity=0.35).encode(x=_duration("p50_wait_seconds", "wait"), x2="p95_wait_seconds:Q")
    dots = base.transform_fold(list(ends), as_=["end", "seconds"]).transform_calculate(which=f"{json.dumps(ends)}[datum.end]")
    dots = dots.mark_circle(size=110, opacity=1).encode(x=_duration("seconds", "wait"), color=_coloured("which", WAITS))
    return (span + dots).properties(height=60 + 32 * len(frame))


def ages(frame: pd.DataFrame, layers: Sequence[str]) -> alt.Chart:
    """A dot for each table (columns table, layer, seconds, age): how old its newest row is."""
    y = alt.Y("layer:N", sort=list(layers), scale=alt.Scale(domain=list(layers)), title=None, axis=alt.Axis(ticks=False, domain=False))
    dots = alt.Chart(frame).mark_circle(size=130, opacity=0.5, color=BLUE)
    return dots.encode(x=_duration("seconds", "age of the newest row"), y=y, tooltip=["table:N", "age:N"]).properties(height=190)


def cell_map(sites: pd.DataFrame, dark: bool) -> alt.LayerChart:
    """Cell sites as bubbles: the area is calls, the colour the percentage of answered calls that are dropped."""
    land = alt.Chart(COUNTRIES).mark_geoshape(
        fill="#222932" if dark else "#eef1f4", stroke="#465160" if dark else "#c6ced7", strokeWidth=0.8, clip=True
    )
    few = f"datum.answered_calls < {FEWEST_ANSWERED}"
    share = alt.Color(
        "dropped_percent:Q",
        title="dropped, % of answered",
        scale=alt.Scale(domain=[0, 5, 15], range=["#6c93b8" if dark else "#8fb0d0", "#e8a15c", RED], clamp=True),
        legend=alt.Legend(
            orient="top",
            offset=8,
            gradientLength=150,
            gradientThickness=8,
            values=[0, 5, 10, 15],
            labelExpr="datum.value < 15 ? datum.value : '15 +'",
        ),
    )
    bubbles = (
        alt.Chart(sites)
        .mark_circle(opacity=0.8, stroke="#12161c" if dark else "#ffffff", strokeWidth=0.3, clip=True)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size("calls:Q", scale=alt.Scale(range=[20, 200]), legend=None),
            color=alt.condition(few, alt.value(GREY), share),
            order=alt.Order("calls:Q", sort="descending"),
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
    across, down = 1.1 * max(east - west, 0.2), 1.1 * max(north - south, 0.2) / PARALLEL_30  # in degrees of longitude, with a margin
    scale = alt.ExprRef(f"min(width / {across:.3f}, height / {down:.3f}) * 180 / PI")
    centre = [round((west + east) / 2, 3), round((south + north) / 2, 3)]
    return (land + bubbles).project("mercator", center=centre, scale=scale).properties(height=520)


def candles(days: pd.DataFrame) -> alt.LayerChart:
    """Each day's open, high, low and close. The last one, which may be under way, is hollow."""
    base = _days(days).encode(color=_coloured("course", COURSES))
    axis = alt.Axis(format=",.0f", tickCount=5, minExtent=58)
    wicks = base.mark_rule(strokeWidth=1.2).encode(
        y=alt.Y("low_price:Q", title="price of a share", scale=alt.Scale(zero=False), axis=axis), y2="high_price:Q"
    )
    bodies = base.mark_bar(size=_candle_width(days), cornerRadius=1, strokeWidth=1.5).encode(
        y="open_price:Q",
        y2="close_price:Q",
        stroke=alt.Stroke("course:N", scale=_scale(COURSES), legend=None),
        fillOpacity=alt.condition("datum.is_last", alt.value(0.15), alt.value(1)),
    )
    return (wicks + bodies).properties(height=310)


def volumes(days: pd.DataFrame) -> alt.Chart:
    """The shares traded each day, to stand under the candles."""
    y = alt.Y("volume:Q", title="shares", axis=alt.Axis(labelExpr=NUMBER, tickCount=3, minExtent=58))
    return (
        _days(days).mark_bar(size=_candle_width(days), opacity=0.6).encode(y=y, color=_coloured("course", COURSES)).properties(height=110)
    )


def _days(days: pd.DataFrame) -> alt.Chart:
    frame = days.assign(
        when=days["day"].dt.strftime("%a %d %b %Y"),
        course=(days["close_price"] >= days["open_price"]).map({True: "rose", False: "fell"}),
        is_last=days["day"] == days["day"].max(),
    )
    tooltip = [
        alt.Tooltip("when:N", title="day"),
        *(alt.Tooltip(f"{name}_price:Q", format=",.2f", title=name) for name in ("open", "high", "low", "close")),
        alt.Tooltip("volume:Q", format=",", title="shares"),
        alt.Tooltip("revision:Q", format=",", title="prices so far"),
    ]
    return alt.Chart(frame).encode(x=_time("day", DAYS.form), tooltip=tooltip)


def _candle_width(days: pd.DataFrame) -> float:
    """In pixels, so that they stay apart on a phone."""
    return max(1.5, min(9, 240 / max(len(days), 1)))


def _time(field: str, form: str, **options: str) -> alt.X:
    axis = alt.Axis(format=form, labelOverlap=True, labelFlush=True, tickCount=6, grid=False)
    return alt.X(field, type="temporal", title="UTC", scale=alt.Scale(type="utc"), axis=axis, **options)


def _names(field: str, by: str) -> alt.Y:
    axis = alt.Axis(labelLimit=130, ticks=False, domain=False)
    return alt.Y(field, type="nominal", title=None, sort=alt.EncodingSortField(by, op="max", order="descending"), axis=axis)


def _duration(field: str, title: str) -> alt.X:
    """Seconds, on a scale on which seconds and days both can be read."""
    axis = alt.Axis(values=SECONDS, labelExpr=f"{DURATION} : datum.value / 86400 + ' d'", labelOverlap=True)
    return alt.X(field, type="quantitative", title=title, axis=axis, scale=alt.Scale(type="symlog", constant=10, domainMin=0))


def _coloured(field: str, colours: Mapping[str, str]) -> alt.Color:
    """Without a legend: the page has one that breaks its lines where the page is narrow."""
    return alt.Color(field, type="nominal", scale=_scale(colours), legend=None)


def _scale(colours: Mapping[str, str]) -> alt.Scale:
    return alt.Scale(domain=list(colours), range=list(colours.values()))
