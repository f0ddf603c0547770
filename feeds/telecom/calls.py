"""The stream of phone calls: who calls whom, how it ends, what it costs; and every way in which such an event can be bad.

A seed decides the calls, whatever the rate. The clock gives each its timestamp and, since the rate is the user's, the rhythm of day and
night shows in the mix: by the hour of the day, where people are, how long they talk and how many do not answer.
"""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from uuid import UUID

from feeds.records import ABSENT, MALFORMED, Event, Flaw, Record, edit, put, records
from feeds.telecom.network import CellSite, Network, Phone, Subscriber, network

STRANGER_SHARE = 0.06  # calls to somebody who is not a friend
ON_THE_MOVE_SHARE = 0.12  # calls from neither home nor work
BUSY_SHARE, FAILED_SHARE = 0.05, 0.012
MEDIAN_SECONDS, SPREAD = 75, 1.1  # of a log-normal talk
NUMERIC_TEXT_SHARE, NO_AMOUNT_SHARE, NO_TIME_SHARE = 0.03, 0.004, 0.004

# A fixed offset, because the tables of time zones are not everywhere.
LOCAL_TIME = timezone(timedelta(hours=2))


def _status(chance: float, drops: float, no_answer: float) -> str:
    """How a call ends, for a chance from 0 to 1."""
    for status, share in (("dropped", drops), ("no_answer", no_answer), ("busy", BUSY_SHARE), ("failed", FAILED_SHARE)):
        chance -= share
        if chance < 0:
            return status
    return "completed"


def _written(moment: datetime, chance: float) -> str:
    """A moment in one of the three forms that senders use; those without an offset are UTC."""
    if chance < 0.6:
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    if chance < 0.9:
        return moment.astimezone(LOCAL_TIME).isoformat(timespec="milliseconds")
    return moment.strftime("%d-%m-%Y %H:%M:%S")


def _imperfect(call: Event, random: Random) -> None:
    """What senders get away with: numbers as text, now and then no amount or no readable time. None of it is a reason to reject."""
    billing = call["billing"]
    if random.random() < NUMERIC_TEXT_SHARE:
        call["call_duration_seconds"] = str(call["call_duration_seconds"])
        billing["amount"] = f"{billing['amount']:.2f}"
    if random.random() < NO_AMOUNT_SHARE:
        put(billing, "amount", random.choice((ABSENT, None)))
    if random.random() < NO_TIME_SHARE:
        put(call, "timestamp", random.choice((ABSENT, None, "", "N/A", "0000-00-00 00:00:00", "31/12/2024 23:59", 1735689600)))


def call_events(network: Network, random: Random, clock: Callable[[], datetime]) -> Iterator[Event]:
    """Endless calls, each at the moment (UTC) that `clock` gives when it is asked for.

    The number of draws from `random` does not depend on the clock: at another hour the same people call each other.
    """
    people, activity, hours = network

    def party(person: Subscriber, at_work: float) -> tuple[CellSite, Phone, Event]:
        anywhere, move, work = random.choice(person.sites), random.random(), random.random()
        site = anywhere if move < ON_THE_MOVE_SHARE else person.work if work < at_work else person.home
        phone = person.phones[-1 if random.random() < 0.3 else 0]
        return site, phone, {"phone_number": person.number, "cell_site": site.cell_id, "imei": phone.imei}

    while True:
        moment = clock()
        hour = moment.astimezone(LOCAL_TIME).hour
        caller = random.choices(people, cum_weights=activity)[0]
        callee = caller
        while callee is caller:
            known = caller.friends and random.random() > STRANGER_SHARE
            callee = caller.friends[int(len(caller.friends) * random.random() ** 2)] if known else random.choice(people)
        site, phone, sender = party(caller, hours.at_work[hour])
        _, _, receiver = party(callee, hours.at_work[hour])

        status = _status(random.random(), site.drops, hours.no_answer[hour])
        talk = random.lognormvariate(math.log(MEDIAN_SECONDS), SPREAD) * hours.length[hour]
        interrupted = random.random()
        seconds = {"completed": 1 + int(talk), "dropped": 1 + int(talk * interrupted)}.get(status, 0)
        kind = random.choices(("volte", "voice", "vowifi", "video"), (62, 24, 9, 5))[0]
        call = {
            "call_id": str(UUID(int=random.getrandbits(128), version=4)),
            "event_type": "call",
            "from": sender,
            "to": receiver,
            "timestamp": _written(moment, random.random()),
            "status": status,
            "call_duration_seconds": seconds,
            "call_type": kind if phone.device.volte else "voice",
            "billing": {"amount": round(math.ceil(seconds / 60) * site.city.minute, 2), "currency": site.city.currency},
        }
        _imperfect(call, random)
        yield call


def _either(call: Event, random: Random) -> Event:
    return call[random.choice(("from", "to"))]


@edit
def amount_not_finite(call: Event, random: Random) -> None:
    """NaN and Infinity, which Python writes and JSON does not know."""
    call["billing"]["amount"] = random.choice((math.nan, math.inf, -math.inf))


@edit
def number_for_text(call: Event, random: Random) -> None:
    """A phone number, IMEI, id or status that lost its quotes."""
    party = _either(call, random)
    part, field = random.choice(((party, "phone_number"), (party, "imei"), (call, "call_id"), (call, "status")))
    part[field] = int("".join(filter(str.isdecimal, part[field])) or 3)


@edit
def text_for_object(call: Event, random: Random) -> None:
    """A party or the bill flattened to its one text, or as a list."""
    name, field = random.choice((("from", "phone_number"), ("to", "phone_number"), ("billing", "currency")))
    call[name] = random.choice((call[name][field], [call[name]]))


@edit
def duration_not_integer(call: Event, random: Random) -> None:
    """A duration with a fraction, a unit or a colon, out of range, or of another type."""
    call["call_duration_seconds"] = random.choice((12.5, "12.5", "75s", "00:01:15", "", 2**31, -(2**31) - 1, True, [75]))


@edit
def amount_not_decimal(call: Event, random: Random) -> None:
    """An amount with a decimal comma or a currency, too long for DECIMAL(18, 4), or of another type."""
    call["billing"]["amount"] = random.choice(("1,50", "1.50 EGP", "", 10**14, 1e300, False, {"value": 1.5}))


@edit
def no_call_id(call: Event, random: Random) -> None:
    """An absent or blank id."""
    put(call, "call_id", random.choice((ABSENT, None, "", "  ")))


@edit
def bad_phone_number(call: Event, random: Random) -> None:
    """A number that is absent, national, with blanks, too long, or in other digits than ASCII."""
    party = _either(call, random)
    number = party["phone_number"]
    eastern = number.translate({ord(str(digit)): 0x660 + digit for digit in range(10)})
    national = (number[1:], "0" + number[3:], "00" + number[1:], "+0" + number[1:])
    forms = (*national, number + "0000", f"{number[:5]} {number[5:]}", eastern, "+", "anonymous")
    put(party, "phone_number", random.choice((ABSENT, None, "", *forms)))


@edit
def calls_itself(call: Event, random: Random) -> None:
    """Caller and callee are one number."""
    call["to"]["phone_number"] = call["from"]["phone_number"]


@edit
def wrong_check_digit(call: Event, random: Random) -> None:
    """An IMEI with one digit mistyped."""
    party = _either(call, random)
    imei, place = party["imei"], random.randrange(15)
    party["imei"] = imei[:place] + str((int(imei[place]) + random.randint(1, 9)) % 10) + imei[place + 1 :]


@edit
def bad_imei(call: Event, random: Random) -> None:
    """An IMEI that is absent, without its check digit, with a software version, or written with dashes."""
    party = _either(call, random)
    imei = party["imei"]
    put(party, "imei", random.choice((ABSENT, None, "", imei[:14], imei + "01", f"{imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14]}")))


@edit
def bad_cell_site(call: Event, random: Random) -> None:
    """A cell site that is absent, in small letters, or with the wrong number of letters or digits."""
    party = _either(call, random)
    city, number = party["cell_site"].split("-")
    cities, numbers = (city.lower(), city[:2], "É" + city[1:]), (number[1:], number + "0")
    forms = (city + number, *(f"{form}-{number}" for form in cities), *(f"{city}-{form}" for form in numbers))
    put(party, "cell_site", random.choice((ABSENT, None, "", *forms)))


@edit
def bad_status(call: Event, random: Random) -> None:
    """A status that is absent or of no known kind."""
    put(call, "status", random.choice((ABSENT, None, "", "COMPLETED", "ringing", "no-answer")))


@edit
def bad_call_type(call: Event, random: Random) -> None:
    """A call type that is absent or of no known kind."""
    put(call, "call_type", random.choice((ABSENT, None, "", "VoLTE", "fax", "data")))


@edit
def bad_currency(call: Event, random: Random) -> None:
    """A currency that is absent, a sign, in small letters, or withdrawn."""
    put(call["billing"], "currency", random.choice((ABSENT, None, "", "egp", "L.E.", "DEM", "ZZZ")))


@edit
def no_billing(call: Event, random: Random) -> None:
    """No bill at all, so no currency."""
    put(call, "billing", random.choice((ABSENT, None, {})))


@edit
def below_zero_duration(call: Event, random: Random) -> None:
    """A call that ends before it starts."""
    call["call_duration_seconds"] = random.choice((-1, -random.randint(2, 3600), f"-{random.randint(1, 3600)}"))


@edit
def below_zero_amount(call: Event, random: Random) -> None:
    """A bill that pays the caller."""
    call["billing"]["amount"] = random.choice((-0.01, -random.randint(1, 500), f"-{random.randint(1, 500)}.25"))


@edit
def clock_ahead(call: Event, random: Random) -> None:
    """A sender whose clock is years ahead."""
    day = f"{random.randint(2090, 2999)}-01-31"
    call["timestamp"] = random.choice((f"{day} 12:00:00", f"{day}T12:00:00.5+02:00", f"31-01-{day[:4]} 12:00:00"))


CALL_FLAWS = (
    *MALFORMED,
    Flaw("malformed_record", amount_not_finite),
    Flaw("wrong_type", number_for_text),
    Flaw("wrong_type", text_for_object),
    Flaw("wrong_type", duration_not_integer),
    Flaw("wrong_type", amount_not_decimal),
    Flaw("missing_id", no_call_id),
    Flaw("invalid_phone_number", bad_phone_number),
    Flaw("same_caller_and_callee", calls_itself),
    Flaw("invalid_imei", wrong_check_digit),
    Flaw("invalid_imei", bad_imei),
    Flaw("invalid_cell_site", bad_cell_site),
    Flaw("unknown_status", bad_status),
    Flaw("unknown_call_type", bad_call_type),
    Flaw("invalid_currency", bad_currency),
    Flaw("invalid_currency", no_billing),
    Flaw("negative_duration", below_zero_duration),
    Flaw("negative_amount", below_zero_amount),
    Flaw("event_in_future", clock_ahead),
)
"""Every way in which a call can be rejected, each by the first rule that it breaks."""


def _now() -> datetime:
    return datetime.now(UTC)


def calls(seed: int, bad: float = 0.0, clock: Callable[[], datetime] = _now) -> Iterator[Record]:
    """The endless topic `calls`, keyed by the caller's number, a share `bad` (0 to 1) of it with a flaw.

    The calls depend on `seed` and `clock` alone: another share spoils other records of the same calls.
    """
    events = call_events(network(), Random(f"calls {seed}"), clock)  # noqa: S311
    return records(events, lambda call: call["from"]["phone_number"], CALL_FLAWS, bad, Random(f"flaws {seed}"))  # noqa: S311
