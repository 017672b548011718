"""Ring at a phone system's pace: how soon each call is answered with where it goes, and how soon it pops up."""

import random
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import orjson
import psycopg
from django.contrib.auth.models import User
from psycopg import sql

from crm.stack.throwaway import Stack
from integrations.benchmarks import reporting
from integrations.benchmarks.breaking import WEB, WORKER, kill_part
from integrations.benchmarks.browsing import sign_in
from integrations.benchmarks.popping import CHROMIUM, Popping
from integrations.benchmarks.populating import Person, Scale, populate
from integrations.benchmarks.sending import Prepared, Sent, send
from integrations.benchmarks.stacks import add_source, django_reads, throw_away_stack
from integrations.benchmarks.weighing import microseconds_per_event, seconds_by_part
from integrations.telephony.signing import signature
from journeys.calls.models import Agent, Queue, RoutingRule

GOALS = "answered p99 <= 25 ms, popped up p95 <= 300 ms, 0 lost"
WARM_UP = 50  # calls
LANES = 16
PATIENCE = 120.0  # seconds to wait for the drain
OURS, WATCHED = "+442920180600", "+442920180601"
KNOW = """
    INSERT INTO journeys_known (customer_id, facts, refreshed_at)
    SELECT DISTINCT customer_id, jsonb_build_object('days', jsonb_build_object(
        to_char(now(), 'YYYY-MM-DD'), '{"": 8, "bahamas": 6, "hotels": 4}'::jsonb), 'calls', 2, 'value', 3180), now()
    FROM crm_identifier WHERE kind = 'phone'
"""
KEPT = """
    SELECT count(*), count(*) FILTER (WHERE c.reason = '' OR c.queue_id IS NULL),
        count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM journeys_interaction t WHERE t.key = c.call_id AND t.source_id = c.source_id))
    FROM journeys_call c WHERE c.call_id LIKE 'call-%'
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=2_000, help="default 2000; the goals are for 10000")
    parser.add_argument("--rate", type=float, default=50.0, help="calls a second (default 50)")
    parser.add_argument("--customers", type=int, default=20_000, help="default 20000; the goals are for 1000000")
    parser.add_argument("--kill", action="store_true", help="kill the worker, and then the web, in the middle of it")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: calls, those lost and those nobody could route in time, answers and pops in milliseconds."""
    with throw_away_stack() as running, django_reads(running), running.connect() as own:
        source = add_source(running, "telephony", "phones")
        add_source(running, "segment", "shop")
        say(f"building {options['customers']:,} customers")
        populate(own, Scale(options["customers"], options["customers"]), say)
        own.execute(KNOW.encode())
        own.execute(b"VACUUM (ANALYZE) journeys_known")
        own.execute(b"CHECKPOINT")  # the building's, which would else fall into the calls
        agent, cookie = sign_in()
        staff(agent)
        send(ringing(running, source, options, WARM_UP, "warm-up"), running.port, LANES, options["rate"])
        with Popping(running.url, cookie, tell_of(running, source)) as popping:
            calls = ringing(running, source, options, options["calls"], "call")
            before = seconds_by_part(running)
            with killing(running, options["calls"] / options["rate"], say) if options["kill"] else nullcontext():
                sent = send(calls, running.port, LANES, options["rate"], insists=options["kill"])
        weigh(before, running, options["calls"], say)
        return figures_of(sent, options["calls"], popping, own, say)


@contextmanager
def killing(running: Stack, seconds: float, say: Callable[[str], None]) -> Iterator[None]:
    """Within the block, which takes about so many seconds, the worker and then the web are killed."""

    def kill(word: str) -> None:
        say(f"killing {word}")
        kill_part(word, running, random.Random(0))

    timers = [threading.Timer(seconds * share, kill, [word]) for share, word in ((1 / 3, WORKER), (2 / 3, WEB))]
    for timer in timers:
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.join()


def weigh(before: Mapping[str, float], running: Stack, calls: int, say: Callable[[str], None]) -> None:
    """Say what a call costs each part; of a part that was killed, what it cost since."""
    taken = microseconds_per_event(before, seconds_by_part(running), calls)
    say(reporting.table(("part", "CPU us a call"), sorted(taken.items())))


def staff(user: User) -> None:
    """A team: most calls go by what was looked at, the watched number's to the agent who watches."""
    general = Queue.objects.create(name="general", label="General", is_default=True)
    bahamas = Queue.objects.create(name="bahamas", label="Bahamas")
    watching = Agent.objects.create(user=user, extension="1", presence="ready")
    watched = [{"fact": "dialled", "is": "is", "value": WATCHED}]
    RoutingRule.objects.create(position=1, name="watched", conditions=watched, agent=watching, next_queue=general,
                               is_live=True)  # fmt: skip
    for number in range(2, 12):
        about = [
            {"fact": "pages", "about": "bahamas" if number == 11 else f"place{number}", "is": "at least", "value": 3}
        ]
        RoutingRule.objects.create(position=number, name=f"rule {number}", conditions=about, queue=bahamas,
                                   is_live=True)  # fmt: skip


def ringing(
    running: Stack, source: Mapping[str, str], options: Mapping[str, Any], count: int, name: str
) -> list[Prepared]:
    """So many calls of customers, as a phone system tells of them, signed now."""
    return [
        (webhook(source, f"{name}-{number}", f"+447{Person(number * 7 % options['customers']).phone}", running.port), 1)
        for number in range(count)
    ]


def webhook(source: Mapping[str, str], call_id: str, line: str, port: int) -> bytes:
    """One raw request that tells of a ringing call."""
    body, headers = signed(source, {"event": "ringing", "call_id": call_id, "from": line, "to": OURS})
    lines = [f"{name}: {value}" for name, value in (headers | {"content-length": str(len(body))}).items()]
    path = urlsplit(source["endpoint"]).path
    return "\r\n".join([f"POST {path} HTTP/1.1", f"host: 127.0.0.1:{port}", *lines, "", ""]).encode() + body


def signed(source: Mapping[str, str], said: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """(the body, the headers) of what a phone system says."""
    body, now = orjson.dumps(said), str(int(time.time()))
    signed = {"x-throughline-timestamp": now, "x-throughline-signature": signature(source["secret"], now, body)}
    return body, signed | {"content-type": "application/json"}


def tell_of(running: Stack, source: Mapping[str, str]) -> Callable[[str, str], None]:
    """How one event of a watched call is told: from a thread in which an event loop runs already."""

    def tell(call_id: str, event: str) -> None:
        line = f"+447{Person(len(call_id)).phone}"
        body, headers = signed(source, {"event": event, "call_id": call_id, "from": line, "to": WATCHED})
        address = running.url + urlsplit(source["endpoint"]).path
        urlopen(Request(address, body, headers), timeout=10).close()  # noqa: S310

    return tell


def figures_of(
    sent: Sent, calls: int, popping: Popping, own: "psycopg.Connection[tuple[Any, ...]]", say: Callable[[str], None]
) -> dict[str, float]:
    kept, unrouted, recorded = kept_of(own, calls)
    pops = popping.milliseconds(
        dict(own.execute(sql.SQL("SELECT public_id::text, call_id FROM journeys_call")).fetchall())
    )
    if not Path(CHROMIUM).exists():
        say("no browser is here: nobody saw anything pop up")
    say(f"{len(pops)} of {len(popping.sent)} watched calls popped up; goals: {GOALS}")
    return {
        "calls": calls,
        "lost": calls - min(kept, recorded),
        "unrouted": unrouted,
        "answer_p50_ms": sent.percentile_ms(0.5),
        "answer_p99_ms": sent.percentile_ms(0.99),
        "pop_p95_ms": reporting.percentile(pops, 0.95),
    }


def kept_of(own: "psycopg.Connection[tuple[Any, ...]]", calls: int) -> tuple[int, int, int]:
    """(calls kept, those not routed in time, those recorded), once everything is drained."""
    ends_at = time.monotonic() + PATIENCE
    while True:
        kept, unrouted, recorded = own.execute(KEPT.encode()).fetchone() or (0, 0, 0)
        if recorded >= calls or time.monotonic() > ends_at:
            return kept, unrouted, recorded
        time.sleep(0.5)
