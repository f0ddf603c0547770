from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from udfs.times import event_date, event_time, in_utc, iso_date, price_time

CASES = yaml.safe_load(Path(__file__).with_name("event_time.yaml").read_text())
PRICE_TIMES = yaml.safe_load(Path(__file__).with_name("price_time.yaml").read_text())
DAYS = yaml.safe_load(Path(__file__).with_name("iso_date.yaml").read_text())
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))
MINUTES = st.integers(-1439, 1439)


@pytest.mark.parametrize(("text", "moment"), CASES.items(), ids=map(repr, CASES))
def test_texts(text: str, moment: datetime | None) -> None:
    assert event_time(text) == moment
    assert event_date(text) == (moment or datetime(1970, 1, 1)).date()


@pytest.mark.parametrize(("text", "day"), DAYS.items(), ids=map(repr, DAYS))
def test_days(text: str, day: date | None) -> None:
    assert iso_date(text) == day


@pytest.mark.parametrize(("text", "moment"), PRICE_TIMES.items(), ids=map(repr, PRICE_TIMES))
def test_times_of_prices(text: str, moment: datetime | None) -> None:
    assert price_time(text) == moment


@given(st.one_of(st.text(), st.from_regex(r"\d\d-\d\d-\d{4} \d\d:\d\d")))
def test_a_time_of_a_price_is_written_in_one_way_only(text: str) -> None:
    moment = price_time(text)
    assert moment is None or f"{moment.day:02}-{moment.month:02}-{moment.year:04} {moment:%H:%M}" == text


@given(st.dates())
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert iso_date(day.isoformat()) == day


@given(st.one_of(st.text(), st.from_regex(r"\d{4}-\d\d-\d\d")))
def test_every_text_is_a_day_or_not_and_none_raises(text: str) -> None:
    day = iso_date(text)
    assert day is None or day.isoformat() == text


def test_absent() -> None:
    assert event_time(None) is None
    assert iso_date(None) is None
    assert price_time(None) is None
    assert event_date(None) == date(1970, 1, 1)


@given(MOMENTS, st.sampled_from(" T"), MINUTES, st.sampled_from(["", ":"]))
def test_iso_texts_are_read_as_strptime_reads_them(moment: datetime, separator: str, minutes: int, colon: str) -> None:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{moment.isoformat(separator, 'microseconds')}{sign}{hours:02}{colon}{rest:02}"
    expected = datetime.strptime(text, f"%Y-%m-%d{separator}%H:%M:%S.%f%z")
    assert event_time(text) == expected.astimezone(UTC).replace(tzinfo=None) == moment - timedelta(minutes=minutes)


@given(MOMENTS)
def test_day_first_texts_are_read_as_strptime_reads_them(moment: datetime) -> None:
    text = f"{moment.day:02}-{moment.month:02}-{moment.year:04} {moment:%H:%M:%S}"
    assert event_time(text) == datetime.strptime(text, "%d-%m-%Y %H:%M:%S") == moment.replace(microsecond=0)


@given(MOMENTS, st.text("0123456789", min_size=1, max_size=9))
def test_fractions_are_cut_off_after_microseconds(moment: datetime, digits: str) -> None:
    expected = moment.replace(microsecond=int(digits[:6].ljust(6, "0")))
    assert event_time(f"{moment.isoformat(' ', 'seconds')}.{digits}Z") == expected


@given(st.one_of(st.text(), st.text("0123456789-:+.TZ "), st.from_regex(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d.{0,16}")))
def test_every_text_is_read_or_not_and_none_raises(text: str) -> None:
    moment = event_time(text)
    assert moment is None or moment.tzinfo is None
    assert event_date(text) == (date(1970, 1, 1) if moment is None else moment.date())


@given(MOMENTS, MINUTES)
def test_in_utc(moment: datetime, minutes: int) -> None:
    offset = timedelta(minutes=minutes)
    assert in_utc(moment) == moment
    assert in_utc(moment.replace(tzinfo=timezone(offset))) == moment - offset
