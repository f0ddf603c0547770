"""Writes `prices.csv`: what an exchange might have sent of the companies in `companies.json`, flaws included, the same every time.

python -m feeds.stocks.record
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

HERE = Path(__file__).parent
SEED = 1792
FIRST_DAY = datetime(2025, 8, 25)
WEEKS = 12
HOURS = (10, 12, 14, 16)
BARS_A_FLAW = 60
LATEST = 400  # bars that are sent before one that is late


@dataclass(frozen=True)
class Bar:
    """The prices of a symbol over two hours, as texts."""

    symbol: str
    timestamp: str
    open: str
    high: str
    low: str
    close: str
    volume: str


def write(file: TextIO) -> None:
    """Writes all bars as CSV, in the order in which they are sent."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(field.name for field in fields(Bar))
    rows.writerows(map(astuple, record(Random(SEED))))  # noqa: S311 - nothing is kept secret by it


def record(random: Random) -> list[Bar]:
    """Every bar in the order in which it is sent."""
    symbols = [company["symbol"] for company in json.loads((HERE / "companies.json").read_text(encoding="utf-8"))]
    sent = [(place, bar) for place, whole in enumerate(walk(symbols, random)) for place, bar in flawed(place, whole, random)]
    return [bar for _, bar in sorted(sent, key=lambda placed: placed[0])]


def walk(symbols: list[str], random: Random) -> Iterator[Bar]:
    """A walk at random of each symbol's price, in cents: whole numbers are the same on every machine."""
    prices = {symbol: random.randint(800, 60_000) for symbol in symbols}
    for day in (FIRST_DAY + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in range(5)):
        for hour in HOURS:
            for symbol in symbols:
                path = [prices[symbol]]
                for _ in range(3):
                    path.append(path[-1] + path[-1] * random.randint(-110, 115) // 10_000)
                prices[symbol] = path[-1]
                yield bar(symbol, day.replace(hour=hour), path, random.randint(1_000, 250_000))


def bar(symbol: str, moment: datetime, path: list[int], volume: int) -> Bar:
    """What a path of prices in cents is in short."""
    open_, high, low, close = (f"{cents // 100}.{cents % 100:02}" for cents in (path[0], max(path), min(path), path[-1]))
    return Bar(symbol, f"{moment:%d-%m-%Y %H:%M}", open_, high, low, close, str(volume))


def flawed(place: int, whole: Bar, random: Random) -> list[tuple[int, Bar]]:
    """A bar and the places where it is sent: most as they are, of the others some late, some wrong at first, some put right afterwards."""
    if random.randrange(BARS_A_FLAW):
        return [(place, whole)]
    later = place + random.randint(1, LATEST)
    match random.randrange(3):
        case 0:
            return [(later, whole)]
        case 1:
            return [(place, replace(whole, close=whole.open, volume=str(int(whole.volume) // 2))), (later, whole)]
        case _:
            return [(place, broken(whole, random)), (later, whole)]


def broken(whole: Bar, random: Random) -> Bar:
    """A bar that breaks a rule, unless its high is its low."""
    return random.choice(
        [
            replace(whole, symbol=""),
            replace(whole, timestamp=""),
            replace(whole, timestamp=whole.timestamp.replace("-", "/")),
            replace(whole, open=""),
            replace(whole, low="0.00"),
            replace(whole, high=whole.low, low=whole.high),
            replace(whole, close=f"{whole.high}1"),
            replace(whole, volume=f"-{whole.volume}"),
            replace(whole, volume="n/a"),
        ]
    )


if __name__ == "__main__":
    with (HERE / "prices.csv").open("w", encoding="utf-8", newline="") as file:
        write(file)
