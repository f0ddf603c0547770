"""Whether a price, or a record about a company, is accepted: one function a topic, one line a rule, in the order that readers see."""

from decimal import Decimal

from udfs.members import mistimed
from udfs.rules import (
    Verdict,
    event_in_future,
    high_below_low,
    missing,
    missing_key,
    missing_price,
    negative,
    out_of_range,
    price_not_positive,
    unreadable_timestamp,
)
from udfs.times import price_time


def judge_price(
    decode_error: str | None,
    symbol: str | None,
    timestamp_text: str | None,
    open_price: Decimal | None,
    high_price: Decimal | None,
    low_price: Decimal | None,
    close_price: Decimal | None,
    volume: int | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a price fails, as `code: sentence for a person`; None when the price is accepted.

    `decode_error` has that shape already. `price_time` reads the price's timestamp, `event_time` that of Kafka.
    """
    return (
        decode_error
        or missing("missing_symbol", "symbol", symbol)
        or missing("missing_timestamp", "timestamp", timestamp_text)
        or unreadable_timestamp("timestamp", timestamp_text)
        or missing_price("open", open_price)
        or missing_price("high", high_price)
        or missing_price("low", low_price)
        or missing_price("close", close_price)
        or price_not_positive("open", open_price)
        or price_not_positive("high", high_price)
        or price_not_positive("low", low_price)
        or price_not_positive("close", close_price)
        or high_below_low(high_price, low_price)
        or out_of_range("open_out_of_range", "open", open_price, low_price, high_price)
        or out_of_range("close_out_of_range", "close", close_price, low_price, high_price)
        or negative("negative_volume", "volume", volume)
        or event_in_future("timestamp", timestamp_text, kafka_timestamp_text, price_time)
    )


def judge_company(decode_error: str | None, symbol: str | None, updated_at: str | None, kafka_timestamp_text: str | None) -> Verdict:
    """The first rule that a record about a company fails, see `judge_price`. Both times are texts that `event_time` reads."""
    return decode_error or missing_key("symbol", symbol) or mistimed(updated_at, kafka_timestamp_text)
