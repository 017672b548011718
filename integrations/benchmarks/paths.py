"""Pack what happened, and draw the graph of paths of all of it: whole responses over loopback, the first and the next.

What happened is made in the database; packing reads it as the worker does.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import timedelta
from statistics import median
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Max, Min, Sum
from django.utils import timezone

from crm.privacy.models import Role
from crm.stack.throwaway import Stack
from integrations.benchmarks.browsing import Browser, sign_in
from integrations.benchmarks.crediting import peak_mb
from integrations.benchmarks.populating import Scale, populate
from integrations.benchmarks.settling import pack_all
from integrations.benchmarks.stacks import add_source, django_reads, throw_away_stack
from journeys.paths.asking import LONGEST
from journeys.paths.models import PackedHits
from journeys.paths.reading import hits_between

FEWEST = 1_000
EACH = 5  # interactions of a customer
TIMES = 5
GOAL = "at 3500000 events graph_s < 1"
Say = Callable[[str], None]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=200_000, help="default 200000; the goal is for 3500000")


def run(options: Mapping[str, Any], say: Say) -> dict[str, float]:
    """Figures: pack_per_s; bytes_per_hit; read_s: the period as columns in order; graph_s: the page, the median of
    five, graph_cold_s: the first one; hits: of the graph's period, and the seven days around it; peak_mb: of this
    process, which packs and reads.
    """
    if options["events"] < FEWEST:
        raise CommandError(f"fewer than {FEWEST} events say nothing; ask for more")
    with throw_away_stack() as running, django_reads(running), running.connect() as own:
        add_source(running, "segment", "shop")
        add_source(running, "twilio", "contacts")
        populate(own, Scale(max(options["events"] // EACH, FEWEST), options["events"]), say)
        return measure(running, options["events"], say)


def measure(running: Stack, events: int, say: Say) -> dict[str, float]:
    _, pack_s = timed(pack_all)
    told = PackedHits.objects.aggregate(first=Min("day"), last=Max("day"), hits=Sum("hits"))
    say(f"{told['hits']:,} hits packed in {pack_s:.1f} s, from {told['first']} to {told['last']}")
    first = max(told["first"], told["last"] - timedelta(days=LONGEST - 1))
    began = timezone.now() - timedelta(days=(timezone.localdate() - first).days + 7)
    hits, read_s = timed(lambda: hits_between(None, began, timezone.now()))
    _, cookie = sign_in(Role.MARKETER)
    browser, address = Browser(running.port, cookie), f"/paths/?since={first}&until={told['last']}"
    seconds = [timed(lambda: browser.get(address))[1] for _ in range(TIMES + 1)]
    say(f"goal: {GOAL}")
    return {
        "events": float(events), "hits": float(len(hits.at)), "pack_per_s": events / pack_s, "read_s": read_s,
        "graph_cold_s": seconds[0], "graph_s": median(seconds[1:]), "bytes_per_hit": size() / max(told["hits"], 1),
        "peak_mb": peak_mb(),
    }  # fmt: skip


def size() -> int:
    """The bytes of all columns."""
    columns = ("identifiers", "times", "steps", "interactions")
    return sum(len(one) for row in PackedHits.objects.values_list(*columns).iterator(20) for one in row)


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return act(), time.perf_counter() - began
