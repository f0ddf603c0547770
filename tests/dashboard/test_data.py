"""What the charts show, against counts of the rows that were stored."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboard import charts, quality, telecom
from dashboard.data import Look, NotStoredError, Source
from flink_jobs.monitor import Monitor
from tests.dashboard.small_lake import REASONS, SITES, UNKNOWN_SITE, SmallLake, book

EVER = date(1970, 1, 1)


@pytest.fixture(scope="module")
def look(full: SmallLake) -> Look:
    return Source(Monitor(full.project)).newest()


def test_each_cell_site_has_its_calls(full: SmallLake, look: Look) -> None:
    calls = full.rows["telecom.gold.fact_calls"]
    shown = look.ask("telecom/cell_sites", since=EVER).set_index("cell_id")
    assert shown["calls"].to_dict() == Counter(call["from_cell_site"] for call in calls)
    assert shown["dropped_calls"].to_dict() == {
        cell_id: sum(call["from_cell_site"] == cell_id and call["status"] == "dropped" for call in calls) for cell_id in shown.index
    }
    assert shown["dropped_calls"]["ASW-0001"] > 0
    assert pd.isna(shown["latitude"][UNKNOWN_SITE])


def test_the_map_leaves_out_what_is_abroad(full: SmallLake, look: Look) -> None:
    sites = look.ask("telecom/cell_sites", since=EVER).dropna(subset=["latitude"])
    assert set(sites[telecom.is_near(sites)]["cell_id"]) == {cell_id for cell_id, *_ in SITES if cell_id != "RUH-0001"}


def test_a_period_begins_with_its_first_day(full: SmallLake, look: Look) -> None:
    calls = full.rows["telecom.gold.fact_calls"]
    today = look.ask("telecom/hours", since=telecom.first_day(look, 1))["calls"].sum()
    assert today == sum(call["timestamp"].date() == look.moment.at.date() for call in calls)


def test_each_minute_has_its_events(full: SmallLake, look: Look) -> None:
    minutes = look.ask("telecom/minutes", at=full.now)
    assert minutes.groupby("kind")["events"].sum().to_dict() == {"calls": 9, "messages": 60, "support contacts": 50}
    assert str(minutes["minute"].dt.tz) == "UTC"


def test_money_is_summed_by_currency(full: SmallLake, look: Look) -> None:
    rows = full.rows
    revenue = look.ask("telecom/revenue", since=EVER).groupby(["currency", "region"])["revenue"].sum()
    riyadh = [call["amount"] for call in rows["telecom.gold.fact_calls"] if call["from_cell_site"] == "RUH-0001"]
    assert revenue["SAR"].to_dict() == {"Saudi Arabia": pytest.approx(float(sum(riyadh)))}


def test_records_are_rejected_for_these_reasons(full: SmallLake, look: Look) -> None:
    records = quality.judged(look, look.moment.tables, charts.HOURS, full.now - timedelta(days=1))
    assert records.dropna().groupby("rejection_reason")["records"].sum().to_dict() == REASONS
    assert records["records"].sum() == 100
    assert set(records["topic"]) == {"telecom · calls"}


def test_the_last_day_is_its_newest_revision(full: SmallLake, look: Look) -> None:
    last = look.ask("stocks/days", symbol="NOVA").iloc[-1]
    assert (last["close_price"], last["volume"], last["revision"]) == (123.45, 4321, 2)
    assert last["day"] == pd.Timestamp(full.now.date(), tz="UTC")


def test_a_look_stays_as_it_is_and_the_next_is_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.data.REFRESH_SECONDS", 0)
    lake = SmallLake(tmp_path)
    source = Source(Monitor(lake.project))
    with pytest.raises(NotStoredError):
        source.newest().ask("books/total")
    lake.append("books.gold.fact_books", [book("One", "Ana", "English", "Novel", "1")], lake.now)
    first = source.newest()
    assert first.ask("books/total")["books"].item() == 1
    assert source.newest() is first
    lake.append("books.gold.fact_books", [book("Two", "Ana", "English", "Novel", "1")], lake.now)
    assert source.newest().ask("books/total")["books"].item() == 2
    assert first.ask("books/total")["books"].item() == 1
