"""Drain: from deliveries to interactions. Claiming, recording and finishing are one transaction, so nothing is lost
or doubled whenever a worker dies."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
import structlog
from django.db import DatabaseError, OperationalError, close_old_connections, transaction

from crm.errors import ThroughlineError
from crm.sources.models import Source
from crm.sql import cursor
from integrations.adapter import Event
from integrations.inbox.forgetting import forget_suppressed
from integrations.inbox.models import ERASED
from integrations.inbox.reading import reader
from integrations.inbox.receiving import raw
from integrations.inbox.trailing import Became, leave_trails
from integrations.tracking.calling import dialled_by_visitors, is_incoming_call
from journeys.calls.following import follow
from journeys.interactions.drafts import Channel
from journeys.interactions.recording import Arrival, record
from journeys.listening.noticing import note_words

log = structlog.get_logger(__name__)

CHUNK = 2_000  # deliveries claimed at once
SMALLEST_CHUNK = 1  # when PostgreSQL has no room for a chunk's locks, or parsing it takes too long
PAUSE = 0.2  # seconds after an interruption
# Rest after a small chunk, whose statements cost the same for a larger one: seconds at least, and as many times what it
# took, so that a trickle leaves two thirds of a processor to the others.
GATHER, REST = 0.05, 2.0
LONGEST_REST = 0.25  # seconds
MAX_ATTEMPTS = 6
BACKOFF = (2, 10, 60, 300, 1800)  # seconds before each new attempt
STUCK_AFTER = "8s"  # a worker that froze in the middle of a transaction loses it, and another takes over
LEADER_LOCK = 0x647261696E  # one drain at a time while it keeps up: two would halve the chunks, not the work

MAY_DRAIN = """
    SELECT CASE
        WHEN pg_try_advisory_xact_lock(%(leader)s) THEN true
        WHEN (SELECT count(*) FROM (SELECT 1 FROM integrations_pending LIMIT %(many)s) AS head) >= %(many)s THEN true
        ELSE EXISTS (
            SELECT 1 FROM (SELECT available_at FROM integrations_pending ORDER BY delivery_id LIMIT 500) AS head
            WHERE available_at < now() - interval '2 seconds')
    END
"""
CLAIM = """
    WITH claimed AS (
        DELETE FROM integrations_pending p USING (
            SELECT delivery_id FROM integrations_pending WHERE available_at <= now()
            ORDER BY delivery_id LIMIT %s FOR UPDATE SKIP LOCKED
        ) AS next WHERE p.delivery_id = next.delivery_id
        RETURNING p.delivery_id, p.attempts
    )
    SELECT d.id, d.source_id, d.key, d.kind, d.body, c.attempts
    FROM claimed c JOIN integrations_delivery d ON d.id = c.delivery_id ORDER BY d.id
"""
PARK = """
    INSERT INTO integrations_faileddelivery (delivery_id, source_id, reason, attempts, failed_at)
    SELECT n.*, now() FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[]) AS n
    ON CONFLICT (delivery_id) DO UPDATE SET reason = excluded.reason, attempts = excluded.attempts, failed_at = now()
"""
SET_ASIDE = """
    INSERT INTO integrations_pauseddelivery (delivery_id, source_id, attempts)
    SELECT n.* FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS n ON CONFLICT DO NOTHING
"""
RETRY = """
    INSERT INTO integrations_pending (delivery_id, available_at, attempts, reason)
    SELECT n.id, now() + n.wait * interval '1 second', n.attempts, n.reason
    FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[]) AS n (id, wait, attempts, reason)
"""
TALLY = """
    INSERT INTO integrations_tally (source_id, at, accepted, duplicates, rejected, recorded, failed)
    SELECT n.s, now(), 0, 0, 0, n.r, n.f FROM json_to_recordset(%s) AS n (s bigint, r int, f int)
"""


class Claimed(NamedTuple):
    """A delivery that this transaction has claimed."""

    id: int
    source: Source
    event: Event
    attempts: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery could not be recorded."""

    claimed: Claimed
    reason: str
    is_permanent: bool

    @property
    def is_final(self) -> bool:
        return self.is_permanent or self.claimed.attempts + 1 >= MAX_ATTEMPTS


@dataclass(slots=True)
class Parsed:
    """What parsing a chunk gave."""

    readable: list[tuple[Claimed, list[Arrival]]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def drain(seconds: float = 5.0, linger: float = 0.0) -> int:
    """Record what waits, chunk by chunk, until nothing does or the time is up; returns how many were finished.

    linger: seconds to look for more after the last.
    """
    ends_at = time.monotonic() + seconds
    finished, limit, stays_until = 0, CHUNK, 0.0
    while time.monotonic() < ends_at:
        began_at = time.monotonic()
        try:
            count = drain_chunk(limit)
        except OperationalError as error:  # a deadlock, a lost connection, no room for locks: nothing was finished
            log.warning("inbox.drain_interrupted", error=type(error.__cause__ or error).__name__, limit=limit)
            close_old_connections()
            limit = max(limit // 2, SMALLEST_CHUNK)
            time.sleep(PAUSE)
            continue
        if count:
            stays_until = time.monotonic() + linger
        elif time.monotonic() >= stays_until:
            break
        if count < limit // 2:
            taken = time.monotonic() - began_at
            time.sleep(min(max(GATHER, REST * taken if count else 0.0), LONGEST_REST))
        finished, limit = finished + count, min(limit * 2, CHUNK)
    return finished


def drain_all() -> int:
    """Record everything that can be recorded now."""
    finished = 0
    while count := drain(60.0):
        finished += count
    return finished


@transaction.atomic
def drain_chunk(limit: int) -> int:
    """Claim deliveries, record them, and finish them; returns how many were claimed.

    0 also when another drain is at it and keeps up.
    """
    claimed = claim(limit) if may_drain() else []
    if not claimed:
        return 0
    going = set_aside(claimed)
    if going:
        parsed = parse(going)
        add_dialled(parsed.readable)
        failures = record_or_bisect(parsed.readable)
        follow_calls(parsed.readable)
        forget_or_trail(parsed.readable)
        finish(going, parsed.failures + failures)
    return len(claimed)


def may_drain() -> bool:
    """Whether this drain leads, or the one that does falls behind or is stuck."""
    with cursor() as sql:
        sql.execute(MAY_DRAIN, {"leader": LEADER_LOCK, "many": CHUNK})
        (found,) = sql.fetchone() or (False,)
    return bool(found)


def claim(limit: int) -> list[Claimed]:
    """Claim deliveries in the order of their arrival, passing by those that another drain holds."""
    with cursor() as sql:
        sql.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{STUCK_AFTER}'")
        sql.execute("SET LOCAL synchronous_commit = off")  # lost in a crash, the deliveries wait as before
        sql.execute(CLAIM, [limit], prepare=False)
        rows = sql.fetchall()
    sources = Source.objects.in_bulk({row[1] for row in rows})
    return [
        Claimed(row_id, sources[source_id], Event(key, kind, raw(body)), attempts)
        for row_id, source_id, key, kind, body, attempts in rows
    ]


def set_aside(claimed: Sequence[Claimed]) -> Sequence[Claimed]:
    """Set the deliveries of paused sources aside, where they wait and are in nobody's way; returns the others."""
    if not any(source.is_paused for source in {id(d.source): d.source for d in claimed}.values()):
        return claimed
    waiting = [(d.id, d.source.pk, d.attempts) for d in claimed if d.source.is_paused]
    with cursor() as sql:
        sql.execute(SET_ASIDE, [list(column) for column in zip(*waiting, strict=True)])
    return [delivery for delivery in claimed if not delivery.source.is_paused]


def parse(claimed: Sequence[Claimed]) -> Parsed:
    """Parse each delivery; one that cannot be understood fails alone."""
    parsed = Parsed()
    readers = {id(source): reader(source) for source in {id(d.source): d.source for d in claimed}.values()}
    for delivery in claimed:
        source = delivery.source
        try:
            drafts = readers[id(source)](delivery.event)
        except ThroughlineError as error:
            parsed.failures.append(Failure(delivery, str(error), is_permanent=True))
        except Exception as error:
            log.warning("inbox.parse_failed", delivery_id=delivery.id, error=type(error).__name__)
            parsed.failures.append(Failure(delivery, reason_of(error), is_permanent=False))
        else:
            parsed.readable.append((delivery, [Arrival(source, draft) for draft in drafts]))
    return parsed


def add_dialled(readable: Sequence[tuple[Claimed, list[Arrival]]]) -> None:
    """Add, to each call that came to a tracking number, whose visit it is of. A call is never lost because of that."""
    calls = [(arrival, arrivals) for _, arrivals in readable for arrival in arrivals if is_incoming_call(arrival)]
    if not calls:
        return
    with unless_it_fails("inbox.dialled_failed"):
        owners = {id(arrival): arrivals for arrival, arrivals in calls}
        for arrival, dialled in dialled_by_visitors(arrival for arrival, _ in calls):
            owners[id(arrival)].append(dialled)


def follow_calls(readable: Sequence[tuple[Claimed, list[Arrival]]]) -> None:
    """Bring the rows of the calls up to what was recorded. A call is never lost because of that."""
    arrivals = (arrival for _, arrivals in readable for arrival in arrivals)
    calls = {(one.source.pk, one.draft.key) for one in arrivals if one.draft.channel == Channel.CALL}
    if calls:
        with unless_it_fails("inbox.calls_not_followed"):
            follow(calls)


def forget_or_trail(readable: Sequence[tuple[Claimed, list[Arrival]]]) -> None:
    """Forget what the erased sent, and see to it that all else is found again when its sender is erased."""
    blanked = forget_suppressed([(delivery.id, arrivals) for delivery, arrivals in readable])
    leave_trails(
        [
            Became(delivery.id, delivery.source.pk, delivery.event.key, arrivals)
            for delivery, arrivals in readable
            if delivery.id not in blanked and delivery.event.kind != ERASED
        ]
    )


@contextmanager
def unless_it_fails(event: str) -> Iterator[None]:
    """What goes beside recording: where it fails, it is undone and said, and recording goes on."""
    try:
        with transaction.atomic():
            yield
    except OperationalError:
        raise
    except Exception as error:
        log.warning(event, error=type(error).__name__)


def record_or_bisect(readable: Sequence[tuple[Claimed, list[Arrival]]]) -> list[Failure]:
    """Record all, or halve until the one that cannot be recorded stands alone; its neighbours go in."""
    if not readable:
        return []
    arrivals = [arrival for _, some in readable for arrival in some]
    try:
        record(arrivals)
        note_words(arrivals)
    except OperationalError:
        raise
    except Exception as error:
        if len(readable) == 1:
            delivery = readable[0][0]
            log.warning("inbox.record_failed", delivery_id=delivery.id, error=type(error).__name__)
            return [Failure(delivery, reason_of(error), is_permanent=isinstance(error, ThroughlineError))]
        half = len(readable) // 2
        return record_or_bisect(readable[:half]) + record_or_bisect(readable[half:])
    return []


def reason_of(error: Exception) -> str:
    """What to show of an unexpected error; PostgreSQL's own words end before the row that they quote."""
    text = str(error).splitlines()[0] if str(error) else ""
    kind = type(error).__name__
    return f"{kind}: {text}"[:500] if not isinstance(error, DatabaseError) else f"the database refused it: {text}"[:500]


def finish(claimed: Sequence[Claimed], failures: Sequence[Failure]) -> None:
    """Park what failed for good, put what may yet succeed back with a delay, and tally the rest as recorded."""
    final = [failure for failure in failures if failure.is_final]
    again = [failure for failure in failures if not failure.is_final]
    recorded = Counter(delivery.source.pk for delivery in claimed)
    recorded.subtract(failure.claimed.source.pk for failure in failures)
    failed = Counter(failure.claimed.source.pk for failure in final)
    with cursor() as sql:
        if final:
            rows = [(f.claimed.id, f.claimed.source.pk, f.reason, f.claimed.attempts + 1) for f in final]
            sql.execute(PARK, [list(column) for column in zip(*rows, strict=True)])
        if again:
            retries = [
                (f.claimed.id, BACKOFF[min(f.claimed.attempts, len(BACKOFF) - 1)], f.claimed.attempts + 1, f.reason)
                for f in again
            ]
            sql.execute(RETRY, [list(column) for column in zip(*retries, strict=True)])
        tallies = [{"s": source, "r": count, "f": failed[source]} for source, count in recorded.items()]
        sql.execute(TALLY, [orjson.dumps(tallies).decode()])
