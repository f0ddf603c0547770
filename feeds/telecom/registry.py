"""The members of the dimensions: all that are known when a run begins, and how they change meanwhile."""

from collections.abc import Iterator
from operator import itemgetter
from random import Random
from typing import NamedTuple

from feeds.records import MALFORMED, Event, Flaw, Stream, at
from feeds.telecom.flaws import (
    bad_cell_site,
    bad_phone_number,
    bad_tac,
    blank,
    clock_ahead,
    no_date,
    no_time,
    not_degrees,
    not_finite,
    number_for_text,
)
from feeds.telecom.network import DEPARTMENTS, Agent, CellSite, Device, Network, Subscriber, address
from feeds.telecom.world import World

FROM_THE_START = "2024-01-01T00:00:00Z"
CHANGES, HOW_OFTEN = ("plan", "move", "department", "leave", "return"), (44, 38, 12, 3, 3)


def _stream(topic: str, key: str, *flaws: Flaw) -> Stream:
    """A topic of members, with the flaws of any of them."""
    shared = (
        *MALFORMED,
        Flaw("wrong_type", at(key, change=number_for_text)),
        Flaw("missing_key", at(key, change=blank)),
        Flaw("unreadable_updated_at", at("updated_at", change=no_time)),
        Flaw("event_in_future", at("updated_at", change=clock_ahead)),
    )
    return Stream(topic, itemgetter(key), (*shared, *flaws))


USERS = _stream(
    "users",
    "phone_number",
    Flaw("wrong_type", at("user_id", "name", "city", "registered_on", change=number_for_text)),
    Flaw("invalid_phone_number", at("phone_number", change=bad_phone_number)),
    Flaw("invalid_date", at("registered_on", change=no_date)),
)
DEVICES = _stream("devices", "tac", Flaw("invalid_tac", at("tac", change=bad_tac)))
CELL_SITES = _stream(
    "cell_sites",
    "cell_id",
    Flaw("malformed_record", at("latitude", "longitude", change=not_finite)),
    Flaw("wrong_type", at("latitude", "longitude", change=not_degrees)),
    Flaw("invalid_cell_site", at("cell_id", change=bad_cell_site)),
)
AGENTS = _stream("agents", "agent_id", Flaw("wrong_type", at("name", "department", change=number_for_text)))


def user(subscriber: Subscriber, updated_at: str) -> Event:
    """What `users` says of a subscriber."""
    return {
        "user_id": subscriber.user_id,
        "phone_number": subscriber.number,
        "name": subscriber.person.name,
        "first_name": subscriber.person.first_name,
        "last_name": subscriber.person.last_name,
        "email": subscriber.email,
        "sex": subscriber.person.sex,
        "address": subscriber.address,
        "city": subscriber.city.name,
        "plan": subscriber.plan.name,
        "registered_on": subscriber.registered_on.isoformat(),
        "updated_at": updated_at,
    }


def device(model: Device, updated_at: str) -> Event:
    """What `devices` says of a model of phone."""
    return {
        "tac": model.tac,
        "manufacturer": model.manufacturer,
        "brand": model.brand,
        "model": model.model,
        "os_version": model.os_version,
        "updated_at": updated_at,
    }


def cell_site(site: CellSite, updated_at: str) -> Event:
    """What `cell_sites` says of one."""
    return {
        "cell_id": site.cell_id,
        "site_name": f"{site.city.name} {site.cell_id[4:].lstrip('0')}",
        "city": site.city.name,
        "region": site.city.region,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "updated_at": updated_at,
    }


def agent(employee: Agent, updated_at: str) -> Event:
    """What `agents` says of one."""
    return {
        "agent_id": employee.agent_id,
        "name": employee.person.name,
        "department": employee.department,
        "email": employee.email,
        "updated_at": updated_at,
    }


class Change(NamedTuple):
    """A member as it is now, or as it was when it left."""

    stream: Stream
    member: Event
    left: bool = False


def known(network: Network) -> Iterator[Change]:
    """Every member that anybody has told of, as it is from the start; a few of each kind are missing."""
    sites = [site for sites in network.sites.values() for site in sites]
    told = (
        (USERS, user, network.subscribers),
        (DEVICES, device, network.devices),
        (CELL_SITES, cell_site, sites),
        (AGENTS, agent, network.agents),
    )
    for stream, record, members in told:
        for member in members:
            if member.known:
                yield Change(stream, record(member, FROM_THE_START))


def changes(world: World, random: Random) -> Iterator[Change]:
    """Endless changes, each at the moment when it is asked for: users change plan, move, seldom leave and return; agents are moved."""
    away: list[Subscriber] = []
    while True:
        kind, now = random.choices(CHANGES, HOW_OFTEN)[0], world.clock().isoformat()
        if kind == "department":
            yield Change(AGENTS, agent(_transferred(world, random), now))
        elif kind == "return" and away:
            subscriber = away.pop(0)
            subscriber.gone = False
            yield Change(USERS, user(subscriber, now))
        elif kind in {"leave", "return"}:
            subscriber = _resident(world, random)
            subscriber.gone = True
            away.append(subscriber)
            yield Change(USERS, user(subscriber, now), left=True)
        else:
            subscriber = _resident(world, random)
            (_move if kind == "move" else _change_plan)(world, subscriber, random)
            yield Change(USERS, user(subscriber, now))


def _resident(world: World, random: Random) -> Subscriber:
    """Somebody who is known and at home in the country."""
    while not (subscriber := world.anybody(random)).known or subscriber.home.city is not subscriber.city:
        pass
    return subscriber


def _move(world: World, subscriber: Subscriber, random: Random) -> None:
    """To another city of the country, work included."""
    cities = [city for city in world.network.sites if city.currency == subscriber.city.currency and city is not subscriber.city]
    subscriber.city = random.choices(cities, [city.millions for city in cities])[0]
    subscriber.address = address(subscriber.city, world.network.streets, random)
    subscriber.sites = world.network.sites[subscriber.city]
    subscriber.home, subscriber.work = random.choice(subscriber.sites), random.choice(subscriber.sites)


def _change_plan(world: World, subscriber: Subscriber, random: Random) -> None:
    subscriber.plan = random.choice([plan for plan in world.network.plans if plan is not subscriber.plan])


def _transferred(world: World, random: Random) -> Agent:
    """An agent, now in another department; none is left without anybody."""
    while not (employee := random.choice(world.network.agents)).known or len(world.agents[employee.department]) == 1:
        pass
    world.agents[employee.department].remove(employee)
    employee.department = random.choice([department for department in DEPARTMENTS if department != employee.department])
    world.agents[employee.department].append(employee)
    return employee
