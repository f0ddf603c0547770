"""How true the lake is kept: what is rejected and why, how fresh each table is, how far behind Kafka, what runs."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.data import STATUS_SECONDS, Look
from dashboard.layout import MISSING, NothingError, figures, last_commit, legend, number, panel, plot, some, source
from flink_jobs.domains import LAYERS
from flink_jobs.lake import quoted
from flink_jobs.monitor import JobStatus, Status, TableStatus
from flink_jobs.snapshots import StoredTable
from flink_jobs.status import HEALTHY, LATE, ago

START = "just demo"
PERIODS = {"1 hour": (charts.MINUTES, timedelta(hours=1)), "24 hours": (charts.HOURS, timedelta(days=1)), "All": (charts.DAYS, None)}
REASONS_SHOWN = 5
OTHER = "other reasons"
JUDGED = {"rejection_reason", "kafka_timestamp"}


def show(look: Look) -> None:
    """The page at one moment."""
    domains = sorted({table.catalog for table in look.moment.tables})
    left, right = st.columns([3, 2])
    domain = left.segmented_control("Domain", ["All", *domains], default="All", key="domain", required=True)
    period = right.segmented_control("Period", PERIODS, default="24 hours", key="arrived", required=True)
    tables = [table for table in look.moment.tables if domain in ("All", table.catalog)]
    rejections(look, tables, period)
    state({table.name for table in tables})


@st.fragment(run_every=STATUS_SECONDS)
def state(shown: set[str]) -> None:
    """What runs, and how fresh these tables are. It goes on where no table changes: they grow older."""
    status = source().status()
    for problem in set(status.problems) - set(source().running().problems):
        st.warning(problem, icon=":material/warning:")
    with panel("Freshness", "a dot is a table: how old its newest row is, by its Kafka timestamp", start=START):
        freshness(status, shown)
    left, right = st.columns(2, gap="small")
    with left, panel("Behind Kafka", "records of a topic that its bronze table does not hold yet", start="just up"):
        lag(status, shown)
    with right, panel("Jobs", start="just up"):
        jobs(status)


def rejections(look: Look, tables: list[StoredTable], period: str) -> None:
    """What is rejected, over time and by topic."""
    step, span = PERIODS[period]
    with panel("Rejected records", f"by reason and the {step.name} in which they arrived", start=START):
        at = last_commit(look)
        records = some(judged(look, tables, step, at - span if span else datetime.min))
        rejected = records.dropna(subset=["rejection_reason"])
        count, total = rejected["records"].sum(), records["records"].sum()
        figures({"Records": number(total), "Rejected": number(count), "Share": number(100 * count / total, ".2f", " %")})
        topic = st.selectbox("Topic", ["All", *sorted(records["topic"].unique())], key="topic")
        shown = rejected if topic == "All" else rejected[rejected["topic"] == topic]
        first = at - span if span else records["arrived"].min()
        over_time(shown, pd.date_range(first, at, freq=step.frequency).floor(step.frequency), step)
        st.dataframe(
            by_reason(shown, records),
            hide_index=True,
            height=250,
            column_config={"% of topic": st.column_config.NumberColumn(format="%.2f")},
        )


def judged(look: Look, tables: Iterable[StoredTable], step: charts.Step, since: datetime) -> pd.DataFrame:
    """How many records each silver table has by step of time and reason; the reason is NULL where they are accepted."""
    read = [
        f"SELECT '{table.name.replace('.silver.', ' · ')}' AS topic, rejection_reason, kafka_timestamp FROM {quoted(table.name)}"  # noqa: S608
        for table in tables
        if table.database == "silver" and set(table.columns) >= JUDGED
    ]
    if not read:
        raise NothingError
    sql = f"""
        SELECT topic, rejection_reason, DATE_TRUNC('{step.name}', kafka_timestamp) AS arrived, COUNT(*) AS records
        FROM ({" UNION ALL ".join(read)}) WHERE kafka_timestamp > $since GROUP BY ALL ORDER BY ALL
    """  # noqa: S608
    return look.ask_silver(sql, since=since)


def over_time(rejected: pd.DataFrame, steps: pd.DatetimeIndex, step: charts.Step) -> None:
    """The most frequent reasons, and the others as one, in each step of time."""
    reasons = list(rejected.groupby("rejection_reason")["records"].sum().nlargest(REASONS_SHOWN).index)
    colours = {**dict(zip(reasons, charts.COLOURS, strict=False)), OTHER: charts.GREY}
    kinds = rejected.assign(reason=rejected["rejection_reason"].where(rejected["rejection_reason"].isin(reasons), OTHER))
    every = pd.MultiIndex.from_product([colours, steps], names=["reason", "arrived"])
    totals = kinds.groupby(["reason", "arrived"])["records"].sum().reindex(every, fill_value=0).reset_index()
    legend(colours)
    plot(
        charts.stacked(totals, "arrived", step, "records", "records", "reason", colours).properties(height=260),
        "Rejected records by reason",
    )


def by_reason(rejected: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Each topic's reasons, the most frequent first."""
    counts = rejected.groupby(["topic", "rejection_reason"], as_index=False)["records"].sum()
    counts["% of topic"] = 100 * counts["records"] / counts["topic"].map(records.groupby("topic")["records"].sum())
    return counts.rename(columns={"rejection_reason": "reason"}).sort_values("records", ascending=False)


def freshness(status: Status, shown: set[str]) -> None:
    """How old the newest row of each table is, layer by layer."""
    tables = [table for table in status.tables if table.name in shown]
    filled = [(table, status.at - table.newest_at) for table in tables if table.newest_at]
    if not filled:
        raise NothingError
    dots = [
        {
            "table": table.name,
            "layer": table.name.split(".")[1],
            "seconds": max(age.total_seconds(), 0),
            "age": ago(status.at, table.newest_at),
        }
        for table, age in filled
    ]
    plot(charts.ages(pd.DataFrame(dots), LAYERS), "Age of the newest row of each table")
    with st.expander(f"All {len(tables)} tables"):
        st.table(pd.DataFrame([_table(status, table) for table in tables]), hide_index=True, border="horizontal")


def _table(status: Status, table: TableStatus) -> dict[str, str]:
    is_fresh = table.newest_at is not None and status.at - table.newest_at <= LATE
    newest = ago(status.at, table.newest_at) or MISSING
    return {
        "table": table.name,
        "rows": number(table.rows),
        "newest row": f":green[{newest}]" if is_fresh else newest,
        "last commit": ago(status.at, table.committed_at) or MISSING,
        "rejected": number(100 * table.rejected / table.rows, ".2f", " %") if table.rejected is not None and table.rows else "",
    }


def lag(status: Status, shown: set[str]) -> None:
    """How far each topic is behind."""
    topics = [topic for topic in status.topics if topic.table in shown]
    if not topics:
        raise NothingError
    rows = [
        {"topic": t.name, "records behind": ":red-badge[not in Kafka]" if t.behind is None else number(t.behind), "in": t.table}
        for t in topics
    ]
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal")


def jobs(status: Status) -> None:
    """What Flink says of each job."""
    if not status.jobs:
        raise NothingError
    rows = [
        {"job": job.name, "state": _state(job), "restarts": number(job.restarts), "checkpoint": ago(status.at, job.checkpoint_at)}
        for job in status.jobs
    ]
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal")


def _state(job: JobStatus) -> str:
    colour = "green" if job.state in HEALTHY else "red" if job.is_down else "orange"
    return f":{colour}-badge[{job.state}]"
