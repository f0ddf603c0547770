from collections import Counter

import pytest

from feeds.telecom.network import SUBSCRIBERS, Agent, Network, Subscriber, _network, luhn_digit, network


@pytest.mark.parametrize(("digits", "check"), [("49015420323751", "8"), ("35209900176148", "1"), ("00000000000000", "0")])
def test_luhn_digit(digits: str, check: str) -> None:
    assert luhn_digit(digits) == check


def test_the_network_is_made_the_same_every_time() -> None:
    assert described(_network.__wrapped__()) == described(network())


def test_what_a_run_changes_is_its_own() -> None:
    before = described(network())
    changed = network()
    for person in changed.subscribers:
        person.city, person.balance, person.gone = None, -1, True
    changed.agents[0].department = "none"
    assert described(network()) == before
    people = set(changed.subscribers)
    assert all(people.issuperset(person.friends) for person in people)


def described(network: Network) -> list[object]:
    """All there is, with friends as numbers."""
    fields = [field for field in Subscriber.__slots__ if field != "friends"]
    people = [(*(getattr(person, field) for field in fields), [f.number for f in person.friends]) for person in network.subscribers]
    agents = [tuple(getattr(agent, field) for field in Agent.__slots__) for agent in network.agents]
    return [people, agents, network.activity, network.devices, network.sites, network.plans]


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


def test_addresses_fit_the_city_and_only_those_who_pay_after_roam() -> None:
    people = network().subscribers
    assert all(person.address.endswith(f", {person.city.name}") for person in people)
    roaming = [person for person in people if person.home.city is not person.city]
    assert 0.01 < len(roaming) / len(people) < 0.02
    assert not any(person.plan.prepaid for person in roaming)
    assert {person.city.currency for person in people} == {"EGP"}


def test_a_few_of_each_kind_are_unknown() -> None:
    made = network()
    sites = [site for sites in made.sites.values() for site in sites]
    for members, most in ((made.subscribers, 0.01), (sites, 0.02), (made.devices, 0.1), (made.agents, 0.01)):
        assert 0 < sum(not member.known for member in members) <= most * len(members)
