"""The mobile network that the telecom streams show: cities, cell sites, phones and a stable population. The same in every run."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import NamedTuple

SUBSCRIBERS = 20_000
SITES_PER_MILLION = 40
ROAMING_SHARE = 0.015
SECOND_PHONE_SHARE = 0.15


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


class Hours(NamedTuple):
    """24 numbers each: the mean length of calls (1 = usual), the share without an answer, the share of people at work."""

    length: list[float]
    no_answer: list[float]
    at_work: list[float]


class CellSite(NamedTuple):
    """A cell site (`CAI-0042`) and the share of calls that it drops."""

    cell_id: str
    city: City
    drops: float


class Phone(NamedTuple):
    """One device in somebody's hand."""

    imei: str
    device: Device


@dataclass(eq=False, slots=True)
class Subscriber:
    """A customer: the number in E.164, the cell sites of daily life, one phone or two, and friends, the most called first."""

    number: str
    sites: list[CellSite]
    home: CellSite
    work: CellSite
    phones: list[Phone]
    friends: list["Subscriber"]


class Network(NamedTuple):
    """All subscribers, the running sum of how often each calls, and the hours of a day."""

    subscribers: list[Subscriber]
    activity: list[float]
    hours: Hours


def luhn_digit(digits: str) -> str:
    """The check digit of an IMEI's first 14 digits (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


def _kilometres(a: City, b: City) -> float:
    """The distance over a flat map: right enough within a country."""
    east = (a.longitude - b.longitude) * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return 111.2 * math.hypot(a.latitude - b.latitude, east)


def _sites(city: City, random: Random) -> list[CellSite]:
    """A city's cell sites: most drop about one call in 60, a few one in five."""
    number = max(6, round(city.millions * SITES_PER_MILLION))
    return [CellSite(f"{city.code}-{n:04}", city, min(0.3, random.lognormvariate(math.log(0.016), 0.8))) for n in range(1, number + 1)]


@cache
def network() -> Network:
    """The one network that every run simulates, made from `network.toml`. About 0.3 s."""
    data = tomllib.loads(files(__package__).joinpath("network.toml").read_text())
    random = Random("network")  # noqa: S311
    cities, abroad = ([City(**row) for row in data[name]] for name in ("cities", "abroad"))
    devices = [Device(**row) for row in data["devices"]]
    sites = {city: _sites(city, random) for city in cities + abroad}

    serials = iter(random.sample(range(10**6), 2 * SUBSCRIBERS))

    def phone() -> Phone:
        device = random.choices(devices, [device.share for device in devices])[0]
        digits = f"{device.tac}{next(serials):06}"
        return Phone(digits + luhn_digit(digits), device)

    def subscriber(city: City, line: int) -> Subscriber:
        operator = random.choices(data["operators"], [operator["share"] for operator in data["operators"]])[0]
        place = random.choices(abroad, [city.millions for city in abroad])[0] if random.random() < ROAMING_SHARE else city
        near = sites[place]
        phones = [phone() for _ in range(2 if random.random() < SECOND_PHONE_SHARE else 1)]
        return Subscriber(f"{operator['prefix']}{line:08}", near, random.choice(near), random.choice(near), phones, [])

    homes = random.choices(cities, [city.millions for city in cities], k=SUBSCRIBERS)
    lines = random.sample(range(10**8), SUBSCRIBERS)
    residents: dict[City, list[Subscriber]] = {city: [] for city in cities}
    for city, line in zip(homes, lines, strict=True):
        residents[city].append(subscriber(city, line))

    for city, people in residents.items():
        pull = [other.millions / (_kilometres(city, other) + 15) ** 2 for other in cities]
        for person in people:
            circle = {random.choice(residents[other]): None for other in random.choices(cities, pull, k=random.randint(4, 14))}
            person.friends = [friend for friend in circle if friend is not person]

    subscribers = [person for people in residents.values() for person in people]
    activity = list(accumulate(random.lognormvariate(0, 1) for _ in subscribers))
    return Network(subscribers, activity, Hours(**data["hours"]))
