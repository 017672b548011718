"""Simulate days of a site whose visitors ring: the first teaches, those after it are measured, call by call."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Any

import numpy as np
import orjson
from django.core.management.base import CommandError

from crm.sources.models import Source
from crm.sql import cursor
from crm.stack.throwaway import Stack
from integrations.benchmarks.ringing import BEGINS, HAS_PHONE, MEAN_VISIT, OWN_PHONE, Visitor, visitors
from integrations.benchmarks.sending import Prepared, send
from integrations.benchmarks.stacks import django_reads, throw_away_stack
from integrations.tracking.dialling import Holder, Rates, learn
from integrations.tracking.holders import Match, match, visits_of
from integrations.tracking.leasing import lease
from integrations.tracking.models import NumberPool, TrackingNumber
from integrations.tracking.sizing import blocking, numbers_for, offered_load
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.recording import Arrival, record

GOALS = "precision >= 0.99 at coverage >= 0.90, calibration error <= 0.01, Erlang within 0.002, no double lease"
FALLBACK = "+441632960000"
TARGET = 0.01
BINS = 10
CROWD_RATE, CROWD_SECONDS, CROWD_NUMBERS = 50.0, 10, 300
RECORDED_AT_ONCE = 1_000
# Two leases of one number, of which the second began while the first was still held.
DOUBLED = """
    SELECT count(*) FROM (
        SELECT landed_at, lag(seen_at) OVER (PARTITION BY number_id ORDER BY landed_at, id) AS before
        FROM integrations_lease WHERE number_id IN (SELECT id FROM integrations_trackingnumber WHERE pool_id = %s)
    ) AS one WHERE landed_at < before + %s * interval '1 second'
"""


@dataclass(slots=True)
class Day:
    """What a simulated day gave. unmatched: calls to the fallback number, which says nothing of who calls."""

    visits: int = 0
    fallbacks: int = 0
    holders: list[Holder] = field(default_factory=list)
    calls: list[tuple[Visitor, Match]] = field(default_factory=list)
    unmatched: int = 0


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--hours", type=int, default=24, help="of each day")
    parser.add_argument("--days", type=int, default=1, help="to measure; one is a small sample of rare things")
    parser.add_argument("--visits-per-hour", type=float, default=600)
    parser.add_argument("--hold", type=int, default=1_800, help="seconds that a number is kept after a visit")
    parser.add_argument("--seed", type=int, default=7)


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: as the issue names them. coverage is of all calls, those to the fallback too."""
    hours, per_hour = options["hours"], options["visits_per_hour"]
    if hours < 1 or per_hour < 60 or options["days"] < 1:
        raise CommandError("less than an hour, than a day, or than 60 visits an hour, says nothing; ask for more")
    hold = timedelta(seconds=options["hold"])
    load = offered_load(per_hour / 3_600, MEAN_VISIT, hold)
    count = numbers_for(load, TARGET)
    say(f"{count} numbers for {load:.1f} erlangs, of which {blocking(load, count):.2%} of the visits should find none")
    with throw_away_stack() as running, django_reads(running):
        pool = made_pool("site", count, options["hold"])
        first = simulate(pool, visitors(hours, per_hour, options["seed"]), Rates(), BEGINS)
        rates = learned(first, BEGINS + timedelta(hours=hours))
        say(f"{len(first.calls)} calls on the first day, from which the rates are learned")
        starts = timedelta(days=2)
        measured = hours * options["days"]
        day = moved(visitors(measured, per_hour, options["seed"] + 1), starts)
        second = simulate(pool, day, rates, BEGINS + starts)
        doubles = doubled(pool) + crowd(running, say)
    say(f"goals: {GOALS}")
    return {
        "numbers": count,
        "calls": len(second.calls) + second.unmatched,
        **judged(second),
        "fallback_share": round(second.fallbacks / second.visits, 4),
        "erlang_predicted": round(blocking(load_of(day, measured, hold), count), 4),
        "erlang_measured": round(second.fallbacks / second.visits, 4),
        "double_leases": doubles,
    }


def load_of(day: Sequence[Visitor], hours: int, hold: timedelta) -> float:
    """The erlangs of these hours as they were: chance makes some busier than their mean."""
    stays = sum(((one.leaves_at - one.lands_at) for one in day), timedelta(0))
    return offered_load(len(day) / (3_600 * hours), stays / len(day), hold)


def made_pool(name: str, count: int, hold: int) -> NumberPool:
    source = Source.objects.create(name=name, adapter="segment", namespace=name, country="GB")
    pool = NumberPool.objects.create(source=source, fallback=FALLBACK, hold=hold, target=TARGET)
    TrackingNumber.objects.bulk_create(
        TrackingNumber(pool=pool, number=f"+44{1632 + pool.pk}{number:06}", held_until=BEGINS - timedelta(days=1))
        for number in range(count)
    )
    return pool


def moved(day: Sequence[Visitor], by: timedelta) -> list[Visitor]:
    """The same visits on another day, by other people."""
    return [
        Visitor(
            f"later-{one.name}", one.lands_at + by, one.leaves_at + by, one.dials_at and one.dials_at + by,
            one.phone and one.phone.replace("+4477", "+4478"), one.line.replace("+4477", "+4478"),
        )
        for one in day
    ]  # fmt: skip


def simulate(pool: NumberPool, day: Sequence[Visitor], rates: Rates, begins: datetime) -> Day:
    """Live through a day: land, leave and ring, each at its time, by the product's own leasing and matching."""
    identify(pool.source, [one for one in day if one.phone])
    found = Day(visits=len(day))
    shown: dict[str, str] = {}
    latest: dict[str, Visitor] = {}
    for at, act, visitor in events(day):
        if act == "ring":
            dialled = shown[visitor.name]
            holder = latest.get(dialled)
            if holder and at <= holder.leaves_at:
                lease(
                    pool, holder.name, {}, at, is_landing=False
                )  # on the site still: the last sign of life is seconds old
            ring(pool, found, dialled, visitor, rates)
            continue
        got = lease(pool, visitor.name, {}, at, is_landing=act == "land")
        if act == "land":
            shown[visitor.name] = got.number if got.lease else ""
            found.fallbacks += got.lease is None
            latest[got.number] = visitor
    found.holders = [Holder(one.name, one.lands_at, one.leaves_at) for one in day if shown[one.name]]
    return found


def events(day: Sequence[Visitor]) -> Iterator[tuple[datetime, str, Visitor]]:
    """Everything that happens, in its order."""
    order = itemgetter(0)
    lands = ((one.lands_at, "land", one) for one in day)
    leaves = sorted(((one.leaves_at, "leave", one) for one in day), key=order)
    rings = sorted(((one.dials_at, "ring", one) for one in day if one.dials_at), key=order)
    return merge(lands, leaves, rings, key=order)


def ring(pool: NumberPool, found: Day, dialled: str, visitor: Visitor, rates: Rates) -> None:
    if not dialled or visitor.dials_at is None:  # they were shown the fallback, which says nothing
        found.unmatched += 1
        return
    visits = visits_of(dialled, visitor.line, pool.source.namespace, visitor.dials_at)
    found.calls.append((visitor, match(visits, visitor.dials_at, rates)))


def identify(source: Source, known: Sequence[Visitor]) -> None:
    """Have the phones of some visitors known, as an identify call of each would."""
    for at in range(0, len(known), RECORDED_AT_ONCE):
        record(
            Arrival(
                source,
                Draft(
                    key=one.name, channel=Channel.WEB, kind="identify", occurred_at=one.lands_at, is_verified=True,
                    identifiers=(Seen("cookie", one.name), Seen("phone", one.phone)),
                ),
            )
            for one in known[at : at + RECORDED_AT_ONCE]
        )  # fmt: skip


def learned(day: Day, until: datetime) -> Rates:
    """Rates from the calls that came from a phone which is known as the visitor's."""
    confirmed = [
        (Holder(one.name, one.lands_at, min(one.leaves_at, one.dials_at)), one.dials_at)
        for one, _ in day.calls
        if one.dials_at and one.line == one.phone
    ]
    return learn(day.holders, confirmed, HAS_PHONE * OWN_PHONE, until)


def judged(day: Day) -> dict[str, float]:
    """How many calls were linked, how many of those rightly, and how far the probabilities are from what happened."""
    calls = day.calls
    linked = [(one, match.linked) for one, match in calls if match.linked]
    right = sum(visit is not None and visit.visitor == one.name for one, visit in linked)
    told = [(share, visit.visitor == one.name) for one, match in calls for visit, share in match.candidates]
    return {
        "precision": round(right / max(len(linked), 1), 4),
        "coverage": round(len(linked) / max(len(calls) + day.unmatched, 1), 4),
        "calibration_error": round(calibration_error(told), 4),
    }


def calibration_error(told: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error: over equal steps of probability, how far it is from the share that came true."""
    shares = np.array([share for share, _ in told])
    came_true = np.array([is_true for _, is_true in told], dtype=np.float64)
    bins = np.minimum((shares * BINS).astype(int), BINS - 1)
    return float(
        sum(abs(shares[bins == at].sum() - came_true[bins == at].sum()) for at in range(BINS) if (bins == at).any())
        / max(len(told), 1)
    )


def crowd(running: Stack, say: Callable[[str], None]) -> int:
    """Fifty visitors a second over HTTP, each asking twice at once; returns how many numbers were leased twice."""
    pool = made_pool("crowd", CROWD_NUMBERS, 3)
    count = int(CROWD_RATE * CROWD_SECONDS)
    asked = [request(pool.source.write_key, f"crowd-{one}") for one in range(count) for _ in range(2)]
    sent = send(asked, running.port, lanes=50, rate=2 * CROWD_RATE)
    say(f"{len(asked)} requests for a number, {sent.percentile_ms(0.99):.0f} ms at the 99th percentile")
    return doubled(pool)


def request(write_key: str, visitor: str) -> Prepared:
    body = orjson.dumps({"visitor": visitor, "is_landing": True, "landed": {"page": "https://bluelagoon.example/"}})
    head = (
        f"POST /t/{write_key}/number HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body, 1


def doubled(pool: NumberPool) -> int:
    with cursor() as sql:
        (count,) = sql.execute(DOUBLED, [pool.pk, pool.hold]).fetchone() or (0,)
    return int(count)
