"""Read pages, searches and lists over millions of interactions: queries, whole responses, and the same by hand."""

import random
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import psycopg
from django.core.management.base import CommandError

from crm.reading import read
from crm.search.indexing import adding_spellings
from crm.stack.throwaway import Stack
from integrations.benchmarks import reporting
from integrations.benchmarks.browsing import Browser, sign_in
from integrations.benchmarks.populating import Scale, populate, timed
from integrations.benchmarks.questions import CASES, Asker, Question
from integrations.benchmarks.settling import work_through
from integrations.benchmarks.stacks import add_source, django_reads, throw_away_stack

SAMPLES = 200
WARM_UP = 20
SMALLEST = 1_000
PEOPLE_KNOWN = 2_000  # whose names are read, to be searched for
KNOWN = """
    SELECT identifier_id / 6, names FROM crm_searchname
    WHERE identifier_id IN (SELECT 1 + 6 * floor(random() * %s)::bigint FROM generate_series(1, %s))
"""
TOKENS = "SELECT DISTINCT unnest(tsvector_to_array(document)) FROM crm_searchname"
Asked = TypeVar("Asked")
GOALS = {"query": 15.0, "http": 30.0}  # p95, in milliseconds


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=20_000, help="default 20000; the goals are for 1000000")
    parser.add_argument("--interactions", type=int, default=200_000, help="default 200000; the goals are for 10000000")
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"of each case (default {SAMPLES})")
    parser.add_argument("--seed", type=int, default=7)


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: p95 in milliseconds of each case, as query, as whole HTTP response, and by hand."""
    if options["customers"] < SMALLEST or options["interactions"] < SMALLEST:
        raise CommandError(f"fewer than {SMALLEST} customers or interactions say nothing; ask for more")
    with throw_away_stack() as running, django_reads(running), running.connect() as own:
        add_source(running, "segment", "shop")
        add_source(running, "twilio", "contacts")
        say(f"building {options['customers']:,} customers and {options['interactions']:,} interactions")
        populate(own, Scale(options["customers"], options["interactions"]), say)
        read(adding_spellings({token for (token,) in own.execute(TOKENS).fetchall()}))
        own.execute(b"ANALYZE crm_spelling")
        own.execute(b"CHECKPOINT")
        with timed("touchpoints and paths", say):
            work_through()
        return measure_all(running, own, options, say)


def measure_all(
    running: Stack, own: "psycopg.Connection[tuple[Any, ...]]", options: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, float]:
    """Every case, in three ways."""
    agent, cookie = sign_in()
    browser = Browser(running.port, cookie)
    known = own.execute(KNOWN, [options["customers"], PEOPLE_KNOWN]).fetchall()
    names = {person: (names.split()[0], names.split()[1]) for person, names in known}
    asker = Asker(options["customers"], names, agent, random.Random(options["seed"]))
    ways: dict[str, Callable[[Question], object]] = {
        "query": lambda question: question.read(),
        "http": lambda question: browser.get(question.path),
        "floor": lambda question: own.execute(question.floor.encode(), question.values).fetchall(),
    }
    figures: dict[str, float] = {}
    rows: list[list[object]] = []
    for case, ask in CASES.items():
        started_at = time.perf_counter()
        rows.append([case])
        for way, act in ways.items():
            samples = measure(partial(ask, asker), act, options["samples"])
            figures[f"{case}_{way}_p95_ms"] = reporting.percentile(samples, 0.95)
            rows[-1] += [reporting.percentile(samples, 0.5), figures[f"{case}_{way}_p95_ms"]]
        say(f"  measured {case:<31} {time.perf_counter() - started_at:6.1f} s")
    titles = [f"{way} {share}" for way in ways for share in ("p50", "p95")]
    say("\n" + reporting.table(("milliseconds", *titles), rows))
    missed = [name for name, value in figures.items() if value > GOALS.get(name.split("_")[-3], float("inf"))]
    say(f"goals ({', '.join(f'{way} p95 < {goal:g} ms' for way, goal in GOALS.items())}): missed {len(missed)} times")
    return figures


def measure(ask: Callable[[], Asked], act: Callable[[Asked], object], samples: int) -> list[float]:
    """Milliseconds of each answer, another question each time; the first few only warm up."""
    taken, warm_up = [], min(WARM_UP, samples)
    for _ in range(warm_up + samples):
        question = ask()
        started_at = time.perf_counter()
        act(question)
        taken.append(1000 * (time.perf_counter() - started_at))
    return taken[warm_up:]
