"""Kill, freeze, flush and restart the running stack while events arrive: is anything lost or doubled?"""

import random
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from crm.stack.throwaway import Stack
from integrations.benchmarks import reporting
from integrations.benchmarks.breaking import Fault, schedule
from integrations.benchmarks.retrying import Connection, Sender, event, events, posts
from integrations.benchmarks.stacks import add_source, throw_away_stack

ROUND = 3.0  # seconds in which the events of one fault are sent
STRIKE_AFTER = 1.0  # seconds of sending before the fault
RECOVERY_LIMIT = 90.0
DRAIN_LIMIT = 180.0
LOOK_EVERY = 0.05

IS_RECORDED = """
    SELECT NOT EXISTS (SELECT 1 FROM integrations_pending WHERE delivery_id <= d.id)
       AND EXISTS (SELECT 1 FROM journeys_interaction i WHERE i.key = d.key AND i.source_id = d.source_id)
    FROM integrations_delivery d WHERE d.key = %s
"""
IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM integrations_pending)"
RECORDED = "SELECT key, count(*) FROM journeys_interaction GROUP BY key"


@dataclass(slots=True)
class Course:
    """How it went. recoveries: seconds, by kind of fault; probes: the events sent to measure them."""

    recoveries: dict[str, list[float]] = field(default_factory=dict)
    probes: set[str] = field(default_factory=set)

    @property
    def worst(self) -> float:
        return max((seconds for each in self.recoveries.values() for seconds in each), default=0.0)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7, help="of the traffic, and of the order of the faults")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: events and probes acknowledged, faults, lost, doubled, and the worst recovery in seconds.

    A recovery is from the fault (freezes included) until an event sent after it was acknowledged, and it and all that
    was taken before it had been recorded.
    """
    chance = random.Random(options["seed"])
    with throw_away_stack(log="CRITICAL") as running:
        faults = schedule(options["faults"], chance, owns_server=not running.database_url)
        key = add_source(running, "segment", "shop")["write_key"]
        sender, course = Sender(running.port, key), Course()
        sent = events(options["events"], "event", chance)
        for number, fault in enumerate(faults):
            share = sent[number * len(sent) // len(faults) : (number + 1) * len(sent) // len(faults)]
            seconds = fault_round(running, fault, sender, posts(share, chance), Connection(running.port, key), course)
            say(f"{number + 1:>4}/{len(faults)}  {fault.name:<30} recovered in {seconds:.1f} s")
        sender.finish()
        wait_until(running, IS_EMPTY, (), DRAIN_LIMIT)
        return told(sender, course, recorded(running), len(faults), say)


def fault_round(
    running: Stack, fault: Fault, sender: Sender, posted: Sequence[list[dict[str, Any]]], probe: Connection,
    course: Course,
) -> float:  # fmt: skip
    """Send, strike in the middle of it, and measure how long it takes until all is as before."""
    chance = random.Random(len(course.probes))
    feeding = sender.feed(posted, ROUND)
    time.sleep(STRIKE_AFTER)
    struck_at = time.monotonic()
    fault.strike(running, chance)
    message_id = f"probe-{len(course.probes)}"
    probe.insist([event(message_id, chance)])
    probe.close()
    course.probes.add(message_id)
    wait_until(running, IS_RECORDED, (message_id,), RECOVERY_LIMIT)
    seconds = time.monotonic() - struck_at
    course.recoveries.setdefault(fault.name, []).append(seconds)
    feeding.join()
    return seconds


def wait_until(running: Stack, question: str, parameters: Sequence[str], limit: float) -> bool:
    """Return True once the database says yes, False when it did not in time."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            with running.connect() as connection:
                while time.monotonic() < deadline:
                    row = connection.execute(question.encode(), parameters).fetchone()
                    if row and row[0]:
                        return True
                    time.sleep(LOOK_EVERY)
        except psycopg.OperationalError:
            time.sleep(LOOK_EVERY)
    return False


def recorded(running: Stack) -> dict[str, int]:
    """How many interactions each messageId became."""
    with running.connect() as connection:
        return dict(connection.execute(RECORDED).fetchall())


def told(
    sender: Sender, course: Course, found: Mapping[str, int], faults: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Compare, and say it by kind of fault."""
    rows = [(name, len(each), max(each), sum(each) / len(each)) for name, each in sorted(course.recoveries.items())]
    say("\n" + reporting.table(("fault", "times", "worst s", "mean s"), rows))
    if sender.refusals:
        say(f"{len(sender.refusals)} posts were refused, the first with: {sender.refusals[0]}")
    acked = sender.acked | course.probes
    return {
        "events": len(acked),
        "faults": faults,
        "lost": len(acked - found.keys()),
        "doubled": sum(found[key] - 1 for key in acked & found.keys()),
        "recovery_s": course.worst,
    }
