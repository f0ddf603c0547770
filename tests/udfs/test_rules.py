import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.currencies import ACTIVE_CURRENCIES
from udfs.rules import has_right_check_digit, shown

# The worked examples of 3GPP TS 23.003 annex B and of public articles on IMEI and TAC.
IMEIS = ["260531793113837", "490154203237518", "356938035643809", "352099001761481"]


@pytest.mark.parametrize("imei", IMEIS)
def test_known_imeis_have_a_right_check_digit(imei: str) -> None:
    assert has_right_check_digit(imei)


@given(st.text("0123456789", min_size=14, max_size=14))
def test_one_check_digit_of_ten_is_right(digits: str) -> None:
    assert sum(has_right_check_digit(digits + last) for last in "0123456789") == 1


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_found(digits: str, place: int, change: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + change) % 10) + digits[place + 1 :]
    assert not (has_right_check_digit(digits) and has_right_check_digit(wrong))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ("", '""'),
        ('"\n\u200b', r'"\"\n\u200b"'),
        ("x" * 40, f'"{"x" * 40}"'),
        ("x" * 1_000_000, f'"{"x" * 40}"...'),
        (-7, "-7"),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_currencies_are_codes() -> None:
    assert len(ACTIVE_CURRENCIES) == 178
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in ACTIVE_CURRENCIES)
