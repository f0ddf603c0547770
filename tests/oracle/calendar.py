"""The rows that the calendar tables `telecom.gold.dim_date` and `dim_time` must hold."""

from datetime import date, timedelta

from tests.oracle.tables import Row
from tests.oracle.values import surrogate_key

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
PERIODS = ("Night", "Morning", "Afternoon", "Evening")


def expected_dates() -> dict[tuple[int], Row]:
    """Give the rows of `dim_date` by (date_key,): the epoch and every day of 2015 to 2035."""
    first, last = date(2015, 1, 1), date(2035, 12, 31)
    days = [date(1970, 1, 1), *(first + timedelta(days=number) for number in range((last - first).days + 1))]
    return {(row["date_key"],): row for row in map(_date, days)}


def _date(day: date) -> Row:
    iso = day.isocalendar()
    quarter = -(-day.month // 3)
    return {
        "date_sk": surrogate_key("date", str(day)),
        "date_key": int(str(day).replace("-", "")),
        "date_value": day,
        "year": day.year,
        "quarter": quarter,
        "quarter_name": f"Q{quarter}",
        "month": day.month,
        "month_name": MONTHS[day.month - 1],
        "week": iso.week,
        "day": day.day,
        "day_name": DAYS[iso.weekday - 1],
        "day_of_week": iso.weekday,
        "day_of_year": day.timetuple().tm_yday,
        "is_weekend": iso.weekday in (6, 7),
    }


def expected_times() -> dict[tuple[int], Row]:
    """Give the rows of `dim_time` by (time_sk,): every second of a day."""
    return {(row["time_sk"],): row for row in map(_time, range(24 * 60 * 60))}


def _time(second_of_day: int) -> Row:
    minute_of_day, second = divmod(second_of_day, 60)
    hour, minute = divmod(minute_of_day, 60)
    return {
        "time_sk": int(f"{hour:02}{minute:02}{second:02}"),
        "hour": hour,
        "minute": minute,
        "second": second,
        "hour_minute": f"{hour:02}:{minute:02}",
        "hour_am_pm": f"{(hour - 1) % 12 + 1} {'PM' if hour >= 12 else 'AM'}",
        "time_period": PERIODS[hour // 6],
    }
