"""Events over HTTP until they are recorded and resolved, beside the raw floor: COPY of the same rows."""

import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from crm.stack.throwaway import Stack
from integrations.benchmarks import reporting
from integrations.benchmarks.sending import Sent, send
from integrations.benchmarks.stacks import add_source, throw_away_stack
from integrations.benchmarks.traffic import Doors, traffic
from integrations.benchmarks.weighing import memory_by_part, microseconds_per_event, seconds_by_part

LANES = 16
SINGLES = 10_000
LOOK_EVERY = 0.1
DRAIN_LIMIT = 600.0
OLDEST = """
    SELECT coalesce(extract(epoch FROM now() - d.received_at), 0), (SELECT count(*) FROM integrations_pending)
    FROM (SELECT min(delivery_id) AS id FROM integrations_pending) AS first
    LEFT JOIN integrations_delivery d ON d.id = first.id
"""
RECORDED = """
    SELECT s.adapter, i.key, count(*)
    FROM journeys_interaction i JOIN crm_source s ON s.id = i.source_id GROUP BY 1, 2
"""
CHANNELS = {"segment": "web", "twilio": "call", "postmark": "email", "meta": "social"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=200_000, help="in the long run (default 200000)")
    parser.add_argument("--rate", type=float, default=5_000, help="events per second of the paced run (default 5000)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Flood, pace, send singles, count what arrived, and measure the floor."""
    with throw_away_stack() as running:
        doors = connect(running)
        expected: set[tuple[str, str]] = set()
        warm = traffic(4_000, doors, seed=1)
        expected |= warm.expected
        send(warm.requests, running.port, LANES)
        await_drained(running)
        say(f"flood: {options['events']} events at once, batches of 20")
        before = seconds_by_part(running)
        flood, flood_seconds = measured(running, options["events"], doors, 2, 0.0, expected)
        taken = microseconds_per_event(before, seconds_by_part(running), flood.acked)
        say(f"pace: at {options['rate']:g} events/s for 20 s")
        watch = Watch(running)
        pace, _ = measured(running, int(options["rate"] * 20), doors, 3, options["rate"], expected, watch)
        say(f"singles: {SINGLES} events, one a request")
        alone = traffic(SINGLES, doors, seed=4, batch=1, others=False)
        expected |= alone.expected
        singles = send(alone.requests, running.port, LANES)
        await_drained(running)
        lost, doubled = counted(running, expected)
        floor = floor_rows_per_s(running)
        memory = memory_by_part(running)
    weights = ((part, megabytes, taken[part]) for part, megabytes in sorted(memory.items()))
    say(reporting.table(("part", "RSS MB", "CPU us an event"), weights))
    recorded = flood.acked / flood_seconds
    return {
        "acked_per_s": flood.acked / flood.seconds,
        "ack_p50_ms": pace.percentile_ms(0.5),
        "ack_p99_ms": pace.percentile_ms(0.99),
        "single_acked_per_s": singles.acked / singles.seconds,
        "recorded_per_s": recorded,
        "cpu_us_per_event": sum(taken.values()),
        "lag_s": watch.lag,
        "floor_rows_per_s": floor,
        "floor_ratio": recorded / floor,
        "lost": lost,
        "doubled": doubled,
        "refused": flood.refused + pace.refused + singles.refused,
        "rss_mb": sum(memory.values()),
    }


def connect(running: Stack) -> Doors:
    """Make the four sources, and say where they are."""
    web, calls, mail, social = (
        add_source(running, adapter, channel, "--namespace", "benchmark") for adapter, channel in CHANNELS.items()
    )
    return Doors(
        host=f"127.0.0.1:{running.port}", write_key=web["write_key"],
        calls=calls["endpoint"], calls_secret=calls["secret"],
        mail=mail["endpoint"], mail_secret=mail["secret"],
        social=social["endpoint"], social_secret=social["secret"],
    )  # fmt: skip


def measured(
    running: Stack, events: int, doors: Doors, seed: int, rate: float, expected: set[tuple[str, str]],
    watch: "Watch | None" = None,
) -> tuple[Sent, float]:  # fmt: skip
    """Send that many events; returns what came of it, and the seconds until all were recorded and resolved."""
    made = traffic(events, doors, seed)
    expected |= made.expected
    began_at = time.perf_counter()
    if watch:
        watch.start()
    sent = send(made.requests, running.port, LANES, rate)
    if watch:
        watch.stop()
    await_drained(running)
    return sent, time.perf_counter() - began_at


def await_drained(running: Stack) -> None:
    """Return once nothing waits."""
    deadline = time.monotonic() + DRAIN_LIMIT
    with running.connect() as connection:
        while connection.execute("SELECT EXISTS (SELECT 1 FROM integrations_pending)").fetchone() == (True,):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the inbox was not drained within {DRAIN_LIMIT:g} s")
            time.sleep(LOOK_EVERY / 2)


@dataclass(slots=True)
class Watch:
    """Looks at the oldest waiting delivery while a run lasts."""

    running: Stack
    ages: list[float] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    @property
    def lag(self) -> float:
        """Seconds from received to recorded, the worst of 99 looks in 100."""
        return reporting.percentile(self.ages, 0.99)

    def start(self) -> None:
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self) -> None:
        with self.running.connect() as connection:
            while not self.stopping.wait(LOOK_EVERY):
                row = connection.execute(OLDEST).fetchone()
                self.ages.append(float(row[0]) if row else 0.0)

    def stop(self) -> None:
        self.stopping.set()
        if self.thread:
            self.thread.join()


def counted(running: Stack, expected: set[tuple[str, str]]) -> tuple[int, int]:
    """How many interactions are missing, and how many there are too many."""
    with running.connect() as connection:
        found = {(CHANNELS[adapter], key): times for adapter, key, times in connection.execute(RECORDED)}
    missing = {(channel, key.strip("<>")) for channel, key in expected} - {(c, key.strip("<>")) for c, key in found}
    return len(missing), sum(times - 1 for times in found.values())


def floor_rows_per_s(running: Stack) -> float:
    """COPY of the recorded interactions into an empty table with the same indexes, committed once, rows a second."""
    with running.connect() as connection:
        blocks = list(copied_out(connection))
        connection.execute("CREATE TABLE floor (LIKE journeys_interaction INCLUDING ALL)")
        rows = connection.execute("SELECT count(*) FROM journeys_interaction").fetchone()
        began_at = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY floor FROM STDIN") as copy:
            for block in blocks:
                copy.write(block)
        seconds = time.perf_counter() - began_at
    return float(rows[0] if rows else 0) / seconds


def copied_out(connection: "psycopg.Connection[tuple[Any, ...]]") -> Any:
    with connection.cursor() as cursor, cursor.copy("COPY journeys_interaction TO STDOUT") as copy:
        yield from copy
