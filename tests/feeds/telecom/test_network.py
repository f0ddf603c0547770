from collections import Counter

import pytest

from feeds.telecom.network import SUBSCRIBERS, luhn_digit, network


@pytest.mark.parametrize(("digits", "check"), [("49015420323751", "8"), ("35209900176148", "1"), ("00000000000000", "0")])
def test_luhn_digit(digits: str, check: str) -> None:
    assert luhn_digit(digits) == check


def test_the_network_is_the_same_every_time() -> None:
    again = network.__wrapped__()
    assert [(s.number, s.home, s.work, s.phones) for s in again.subscribers] == [
        (s.number, s.home, s.work, s.phones) for s in network().subscribers
    ]
    assert [[f.number for f in s.friends] for s in again.subscribers] == [[f.number for f in s.friends] for s in network().subscribers]


def test_numbers_and_imeis_are_unique() -> None:
    people = network().subscribers
    imeis = [phone.imei for person in people for phone in person.phones]
    assert len({person.number for person in people}) == len(people) == SUBSCRIBERS
    assert len(set(imeis)) == len(imeis) > SUBSCRIBERS
    assert all(imei[:8] == phone.device.tac for person in people for phone in person.phones for imei in [phone.imei])


def test_friends_are_mostly_near() -> None:
    at_home = [person for person in network().subscribers if person.home.city.currency == "EGP"]
    pairs = Counter((person.home.city.code, friend.home.city.code) for person in at_home for friend in person.friends)
    alexandria = {there: count for (here, there), count in pairs.items() if here == "ALX"}
    assert alexandria["ALX"] > 0.8 * sum(alexandria.values())
    assert len(alexandria) > 5
    assert all(person not in person.friends for person in network().subscribers)
