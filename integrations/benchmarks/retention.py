"""Letting a million old pages go, with their visits and raw deliveries, while events keep coming in."""

import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from crm.privacy.retaining.models import RetentionRun
from crm.privacy.retaining.rules import RetentionChange
from crm.privacy.retaining.running import begin, do_bite
from crm.stack.throwaway import Stack
from integrations.benchmarks import reporting
from integrations.benchmarks.ingest import LANES, await_drained, connect
from integrations.benchmarks.populating import Scale, populate
from integrations.benchmarks.sending import send
from integrations.benchmarks.stacks import django_reads, throw_away_stack
from integrations.benchmarks.traffic import Doors, traffic

WEB = 4 / 5  # of what is populated
BEFORE = 15.0  # seconds of events alone
ROUND = 2.0  # seconds of events that are made at once
KEPT = 1_000  # days
OLDER = (
    "UPDATE journeys_interaction SET occurred_at = occurred_at - interval '3 years' WHERE channel = 'web'",
    "UPDATE journeys_session SET started_at = started_at - interval '3 years', "
    "ended_at = ended_at - interval '3 years'",
    """
    INSERT INTO integrations_delivery (source_id, key, kind, body, received_at)
    SELECT source_id, key, kind, json_build_object('messageId', key, 'name', title, 'more', repeat('x', 300))::text,
           occurred_at
    FROM journeys_interaction WHERE channel = 'web' ORDER BY id ON CONFLICT DO NOTHING
    """,
    "VACUUM (ANALYZE) journeys_interaction, journeys_session, integrations_delivery",
)
LEFT = "SELECT count(*) FROM journeys_interaction WHERE channel = 'web' AND occurred_at < now() - %s * interval '1 day'"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000, help="pages that go (default 1000000)")
    parser.add_argument("--customers", type=int, default=50_000, help="default 50000")
    parser.add_argument("--rate", type=float, default=500, help="events per second meanwhile (default 500)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: how fast rows go (pages alone, and with what hung off them), the longest transaction, which bounds how
    long anything was locked, and what it did to those who send events meanwhile.
    """
    with throw_away_stack() as running, django_reads(running), running.connect() as own:
        doors = connect(running)
        populate(own, Scale(options["customers"], int(options["rows"] / WEB)), say)
        for statement in OLDER:
            own.execute(statement.encode())
        alone = Sender(running, doors, options["rate"], seed=1)
        alone.start()
        time.sleep(BEFORE)
        alone.stop()
        await_drained(running)
        beside = Sender(running, doors, options["rate"], seed=1_000)
        beside.start()
        took, longest = let_go(say)
        beside.stop()
        await_drained(running)
        return figures(own, took, longest, alone, beside)


def let_go(say: Callable[[str], None]) -> tuple[float, float]:
    """One run to its end; returns the seconds it took, and the milliseconds of its longest transaction."""
    rules = {"browsing-known": KEPT, "browsing-unknown": KEPT, "exports": 7}
    RetentionChange.objects.create(content=rules, said="for the benchmark")
    began_at, longest = time.perf_counter(), 0.0
    begin()
    while True:
        bite_at = time.perf_counter()
        is_more = do_bite()
        longest = max(longest, time.perf_counter() - bite_at)
        if not is_more:
            break
    say(f"  the run took {time.perf_counter() - began_at:.1f} s")
    return time.perf_counter() - began_at, 1_000 * longest


def figures(
    own: "psycopg.Connection[tuple[Any, ...]]", took: float, longest: float, alone: "Sender", beside: "Sender"
) -> dict[str, float]:
    done = RetentionRun.objects.get()
    left = own.execute(LEFT, [KEPT]).fetchone()
    return {
        "rows_per_second": sum(done.gone.values()) / took,
        "all_rows_per_second": done.rows / took,
        "rows": sum(done.gone.values()),
        "seconds": took,
        "longest_lock_ms": longest,
        "ack_p99_ms": reporting.percentile(beside.latencies, 0.99) * 1_000,
        "ack_p99_before_ms": reporting.percentile(alone.latencies, 0.99) * 1_000,
        "events_acked": beside.acked,
        "events_refused": beside.refused,
        "left": left[0] if left else 0,
    }


@dataclass(slots=True)
class Sender:
    """Sends events at a rate, in a thread of its own, until it is stopped."""

    running: Stack
    doors: Doors
    rate: float
    seed: int
    latencies: list[float] = field(default_factory=list)
    acked: int = 0
    refused: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self) -> None:
        while not self.stopping.is_set():
            self.seed += 1
            made = traffic(int(self.rate * ROUND), self.doors, self.seed)
            sent = send(made.requests, self.running.port, LANES, self.rate)
            self.latencies += sent.latencies
            self.acked, self.refused = self.acked + sent.acked, self.refused + sent.refused

    def stop(self) -> None:
        self.stopping.set()
        if self.thread:
            self.thread.join()
