"""Results as a picture that reads well on light and dark pages."""

from typing import TypeVar

import altair as alt

from bench.cost.measure import GROUPS
from bench.cost.report import CPU, FIGURES, Results

Chart = TypeVar("Chart", bound=alt.TopLevelMixin)

GREY = "#767676"  # as far from white as from black
COLOURS = dict(zip(GROUPS, ("#9aa5b1", "#e6843a", "#3b82c4"), strict=True))


def chart(found: Results) -> alt.LayerChart:
    """A bar for each variant: CPU seconds per million events, by group, medians."""
    rows = [
        {
            "variant": variant,
            "group": group,
            "order": order,
            "cpu": found.spread(variant, lambda f, g=group: f.cpu_seconds_per_million[g]).median,
        }
        for variant in found.variants
        for order, group in enumerate(GROUPS)
    ]
    ends = [
        {"variant": variant, "cpu": (cpu := found.spread(variant, FIGURES[CPU]).median), "text": f"{cpu:.0f}"} for variant in found.variants
    ]
    across = alt.Y("variant:N", title=None, sort=found.variants, axis=alt.Axis(minExtent=140))  # a reader's font may be wider
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("cpu:Q", title=CPU),
            y=across,
            color=alt.Color("group:N", title=None, sort=list(GROUPS), scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))),
            order="order:Q",
        )
    )
    texts = alt.Chart(alt.Data(values=ends)).mark_text(align="left", dx=4, color=GREY).encode(x="cpu:Q", y=across, text="text:N")
    return plain((bars + texts).properties(width=560))


def plain(drawn: Chart) -> Chart:
    """Without a background and frame, in a grey for both kinds of pages."""
    axis = {"labelColor": GREY, "titleColor": GREY, "domainColor": GREY, "tickColor": GREY, "gridOpacity": 0.2, "gridColor": GREY}
    return (
        drawn.configure(background="transparent")
        .configure_axis(**axis)
        .configure_legend(labelColor=GREY, orient="top")
        .configure_view(stroke=None)
    )


def svg(drawn: alt.TopLevelMixin) -> str:
    """A chart as SVG."""
    import vl_convert

    return vl_convert.vegalite_to_svg(drawn.to_dict())
