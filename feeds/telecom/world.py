"""What the streams of one run share, so that they tell one story: the people as they change, the clock, the money, who was cut off."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from random import Random
from uuid import UUID

from feeds.records import ABSENT, Event, put
from feeds.telecom.flaws import no_time
from feeds.telecom.network import DEPARTMENTS, Agent, CellSite, Phone, Subscriber, network

STRANGER_SHARE = 0.06  # of what is sent to somebody who is not a friend
ON_THE_MOVE_SHARE = 0.12  # of what is sent from neither home nor work
SECOND_PHONE_USE = 0.3
NUMERIC_TEXT_SHARE, NO_AMOUNT_SHARE, NO_TIME_SHARE = 0.03, 0.004, 0.004
LATEST_HOURS = 120

# A fixed offset, because the tables of time zones are not everywhere.
LOCAL_TIME = timezone(timedelta(hours=2))


class World:
    """The network of one run. Each stream brings its own dice, and how often it throws them does not depend on the clock."""

    def __init__(self, seed: int, clock: Callable[[], datetime], late: float = 0.0) -> None:
        """`clock` gives the moment (UTC) of what happens; a share `late` (0 to 1) of it is told as an hour to five days old."""
        self.network = network()
        self.clock = clock
        self.agents: dict[str, list[Agent]] = {department: [] for department in DEPARTMENTS}
        for agent in self.network.agents:
            self.agents[agent.department].append(agent)
        self.cut_off: deque[Subscriber] = deque(maxlen=100)
        self._late, self._lateness = late, Random(f"late {seed}")  # noqa: S311

    def anybody(self, random: Random) -> Subscriber:
        """One of the subscribers of the moment."""
        while (person := random.choice(self.network.subscribers)).gone:
            pass
        return person

    def somebody_busy(self, random: Random) -> Subscriber:
        """One of the subscribers of the moment, those who call and write often more often."""
        while (person := random.choices(self.network.subscribers, cum_weights=self.network.activity)[0]).gone:
            pass
        return person

    def pair(self, random: Random) -> tuple[Subscriber, Subscriber]:
        """Who calls or writes, and to whom."""
        people = self.network.subscribers
        receiver = sender = self.somebody_busy(random)
        while receiver is sender or receiver.gone:
            known = sender.friends and random.random() > STRANGER_SHARE
            receiver = sender.friends[int(len(sender.friends) * random.random() ** 2)] if known else random.choice(people)
        return sender, receiver

    def party(self, person: Subscriber, hour: int, random: Random) -> tuple[CellSite, Phone, Event]:
        """Where a subscriber is at that hour, with which phone, and how an event says so."""
        anywhere, move, work = random.choice(person.sites), random.random(), random.random()
        at_work = work < self.network.hours.at_work[hour]
        site = anywhere if move < ON_THE_MOVE_SHARE else person.work if at_work else person.home
        phone = person.phones[-1 if random.random() < SECOND_PHONE_USE else 0]
        return site, phone, {"phone_number": person.number, "cell_site": site.cell_id, "imei": phone.imei}

    def written(self, moment: datetime, random: Random) -> str:
        """A moment, or one long before it, in one of the three forms that senders use; those without an offset are UTC."""
        if self._lateness.random() < self._late:
            moment -= timedelta(hours=LATEST_HOURS ** self._lateness.random())
        form = random.random()
        if form < 0.6:
            return moment.strftime("%Y-%m-%d %H:%M:%S")
        if form < 0.9:
            return moment.astimezone(LOCAL_TIME).isoformat(timespec="milliseconds")
        return moment.strftime("%d-%m-%Y %H:%M:%S")


def charge(person: Subscriber, amount: object) -> None:
    """Books what an event says that it costs; one without an amount is free."""
    cost = float(amount or 0)
    if person.plan.prepaid:
        person.balance = round(person.balance - cost, 2)
    else:
        person.owed = round(person.owed + cost, 2)


def new_id(random: Random) -> str:
    """A random UUID."""
    return str(UUID(int=random.getrandbits(128), version=4))


def imperfect(event: Event, numbers: Iterable[tuple[Event, str]], bill: tuple[Event, str] | None, random: Random) -> None:
    """What senders get away with: numbers as text, now and then no amount or no readable time. None of it is a reason to reject."""
    if random.random() < NUMERIC_TEXT_SHARE:
        for part, field in numbers:
            number = part[field]
            part[field] = f"{number:.2f}" if isinstance(number, float) else number if number is None else str(number)
    if bill and random.random() < NO_AMOUNT_SHARE:
        put(*bill, random.choice((ABSENT, None)))
    if random.random() < NO_TIME_SHARE:
        put(event, "timestamp", no_time(event["timestamp"], random))
