"""The mobile network that the telecom streams show: cities, cell sites, phones, people. The same at the start of every run."""

import math
import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate, count, cycle
from random import Random
from typing import NamedTuple

SUBSCRIBERS = 20_000
SITES_PER_MILLION = 40
ROAMING_SHARE = 0.015
SECOND_PHONE_SHARE = 0.15
UNKNOWN_SUBSCRIBER_SHARE = 0.005
UNKNOWN_SITE_SHARE = 0.01
AGENTS = 180
DEPARTMENTS = ("billing", "network", "sales", "devices", "retention")
OPENED = date(2015, 1, 1)
DAYS_OPEN = 9 * 365


class City(NamedTuple):
    """A city: `millions` of inhabitants, degrees, and the price of a minute in its currency."""

    code: str
    name: str
    region: str
    latitude: float
    longitude: float
    millions: float
    currency: str
    minute: float


class Device(NamedTuple):
    """A model of phone: its type allocation code and its weight in the market."""

    tac: str
    manufacturer: str
    brand: str
    model: str
    os_version: str
    share: float
    volte: bool
    known: bool = True


class Plan(NamedTuple):
    """What a subscriber has agreed to: to pay before, or a month's price in minutes of calls."""

    name: str
    prepaid: bool
    share: float
    minutes: int = 0


class Hours(NamedTuple):
    """24 numbers each: the mean length of calls (1 = usual), the share without an answer, the share of people at work."""

    length: list[float]
    no_answer: list[float]
    at_work: list[float]


class CellSite(NamedTuple):
    """A cell site (`CAI-0042`), where it stands in degrees, and the share of calls that it drops."""

    cell_id: str
    city: City
    drops: float
    latitude: float
    longitude: float
    known: bool


class Phone(NamedTuple):
    """One device in somebody's hand."""

    imei: str
    device: Device


class Person(NamedTuple):
    """Who a subscriber or an agent is."""

    first_name: str
    last_name: str
    sex: str

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first_name} {self.last_name}"

    def email(self, number: int, domain: str) -> str:
        """An address that the number makes unique."""
        return f"{self.first_name}.{self.last_name}{number}@{domain}".lower().replace(" ", "")


@dataclass(eq=False, slots=True)
class Subscriber:
    """A customer: who and where, the number in E.164, the cell sites of daily life, one phone or two, and friends, the most called first.

    Who pays before has a `balance`, who pays after has a sum that is `owed`: both in the currency of the home's city.
    """

    user_id: str
    number: str
    person: Person
    email: str
    address: str
    city: City
    plan: Plan
    registered_on: date
    known: bool
    sites: list[CellSite]
    home: CellSite
    work: CellSite
    phones: list[Phone]
    friends: list["Subscriber"]
    balance: float
    owed: float = 0.0
    gone: bool = False


@dataclass(eq=False, slots=True)
class Agent:
    """Somebody who answers customers, in one of the departments."""

    agent_id: str
    person: Person
    email: str
    department: str
    known: bool


class Network(NamedTuple):
    """All there is; `activity` is the running sum of how often each subscriber calls, `hours` those of a day."""

    subscribers: list[Subscriber]
    activity: list[float]
    hours: Hours
    devices: list[Device]
    sites: dict[City, list[CellSite]]
    plans: list[Plan]
    agents: list[Agent]
    streets: list[str]


def luhn_digit(digits: str) -> str:
    """The check digit of an IMEI's first 14 digits (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


def _kilometres(a: City, b: City) -> float:
    """The distance over a flat map: right enough within a country."""
    east = (a.longitude - b.longitude) * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return 111.2 * math.hypot(a.latitude - b.latitude, east)


def _sites(city: City, random: Random, details: Random) -> list[CellSite]:
    """A city's cell sites: most drop about one call in 60, a few one in five."""

    def site(number: int) -> CellSite:
        drops = min(0.3, random.lognormvariate(math.log(0.016), 0.8))
        latitude, longitude = (round(centre + details.gauss(0, 0.03), 6) for centre in (city.latitude, city.longitude))
        return CellSite(f"{city.code}-{number:04}", city, drops, latitude, longitude, details.random() >= UNKNOWN_SITE_SHARE)

    return [site(number) for number in range(1, max(6, round(city.millions * SITES_PER_MILLION)) + 1)]


def address(city: City, streets: list[str], random: Random) -> str:
    """Somewhere in a city."""
    return f"{random.randint(1, 180)} {random.choice(streets)}, {city.name}"


def network() -> Network:
    """The network as it is when a run begins, for the run to change. About 0.1 s, the first time 0.6 s."""
    made = _network()
    copies = {subscriber: replace(subscriber) for subscriber in made.subscribers}
    for copy in copies.values():
        copy.friends = [copies[friend] for friend in copy.friends]
    return made._replace(subscribers=[*copies.values()], agents=[replace(agent) for agent in made.agents])


@cache
def _network() -> Network:
    """Makes all from `network.toml`. What does not decide who calls whom has dice of its own, `details`."""
    data = tomllib.loads(files(__package__).joinpath("network.toml").read_text())
    random, details = Random("network"), Random("details")  # noqa: S311
    cities, abroad = ([City(**row) for row in data[name]] for name in ("cities", "abroad"))
    devices = [Device(**row) for row in data["devices"]]
    plans = [Plan(**row) for row in data["plans"]]
    paid_after = [plan for plan in plans if not plan.prepaid]
    names, streets = data["names"], data["places"]["streets"]
    sites = {city: _sites(city, random, details) for city in cities + abroad}

    serials = iter(random.sample(range(10**6), 2 * SUBSCRIBERS))
    user_numbers = count(1)

    def person() -> Person:
        sex = details.choice(("female", "male"))
        return Person(details.choice(names[sex]), details.choice(names["last"]), sex)

    def phone() -> Phone:
        device = random.choices(devices, [device.share for device in devices])[0]
        digits = f"{device.tac}{next(serials):06}"
        return Phone(digits + luhn_digit(digits), device)

    def subscriber(city: City, line: int) -> Subscriber:
        operator = random.choices(data["operators"], [operator["share"] for operator in data["operators"]])[0]
        place = random.choices(abroad, [city.millions for city in abroad])[0] if random.random() < ROAMING_SHARE else city
        near = sites[place]
        phones = [phone() for _ in range(2 if random.random() < SECOND_PHONE_SHARE else 1)]
        offered = plans if place is city else paid_after  # abroad, nobody pays before
        who, user_number = person(), next(user_numbers)
        return Subscriber(
            user_id=f"U-{user_number:06}",
            number=f"{operator['prefix']}{line:08}",
            person=who,
            email=who.email(user_number, "mail.example"),
            address=address(city, streets, details),
            city=city,
            plan=details.choices(offered, [plan.share for plan in offered])[0],
            registered_on=OPENED + timedelta(days=details.randrange(DAYS_OPEN)),
            known=details.random() >= UNKNOWN_SUBSCRIBER_SHARE,
            sites=near,
            home=random.choice(near),
            work=random.choice(near),
            phones=phones,
            friends=[],
            balance=round(details.uniform(3, 60), 2),
        )

    def agent(number: int, department: str) -> Agent:
        who = person()
        return Agent(f"AG-{number:04}", who, who.email(number, "operator.example"), department, known=number < AGENTS)

    homes = random.choices(cities, [city.millions for city in cities], k=SUBSCRIBERS)
    lines = random.sample(range(10**8), SUBSCRIBERS)
    residents: dict[City, list[Subscriber]] = {city: [] for city in cities}
    for city, line in zip(homes, lines, strict=True):
        residents[city].append(subscriber(city, line))

    for city, people in residents.items():
        pull = [other.millions / (_kilometres(city, other) + 15) ** 2 for other in cities]
        for one in people:
            circle = {random.choice(residents[other]): None for other in random.choices(cities, pull, k=random.randint(4, 14))}
            one.friends = [friend for friend in circle if friend is not one]

    subscribers = [one for people in residents.values() for one in people]
    activity = list(accumulate(random.lognormvariate(0, 1) for _ in subscribers))
    agents = [agent(number, department) for number, department in zip(range(1, AGENTS + 1), cycle(DEPARTMENTS), strict=False)]
    return Network(subscribers, activity, Hours(**data["hours"]), devices, sites, plans, agents, streets)
