"""Merge, split, keep apart and undo in random histories, and compare with worlds in which it never happened."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any

from crm.identity.histories import differences, random_history
from crm.sources.models import Source
from integrations.benchmarks.stacks import django_reads, throw_away_stack

TOLD_EVERY = 500


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--histories", type=int, default=10_000, help="default 10000; one to four a second")
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next ones follow")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: histories, and how many left a trace (the goal is none)."""
    count, traces, started_at = options["histories"], 0, time.perf_counter()
    with throw_away_stack() as running, django_reads(running):
        source = Source.objects.create(name="shop", adapter="segment", namespace="shop")
        for number in range(count):
            found = differences(random_history(options["seed"] + number), source)
            traces += bool(found)
            for line in found:
                say(line)
            if (number + 1) % TOLD_EVERY == 0:
                say(f"  {number + 1:,} of {count:,} histories, {traces} with a trace")
    seconds = time.perf_counter() - started_at
    return {"histories": count, "with_a_trace": traces, "seconds": seconds}
