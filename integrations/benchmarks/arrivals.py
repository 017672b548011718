"""Match records as they arrive at an installation that holds a million: recorded, compared, linked, through Django."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from typing import Any

import numpy as np
from django.core.management.base import CommandError
from django.db import connections

from crm.identity.models import Link
from crm.matching.live import match_due, waiting
from crm.matching.models import TrainedModel
from crm.sources.models import Source
from crm.sql import cursor
from crm.stack.throwaway import Stack
from integrations.benchmarks.messy import records as messy
from integrations.benchmarks.stacks import django_reads, throw_away_stack
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.recording import Arrival, record

CONTACTS = ("email", "phone")
AT = datetime(2026, 11, 1, tzinfo=UTC)
RECORDED_AT_ONCE = 1_000
MATCHED_AT_ONCE = 100
PAUSE = 0.01  # seconds between two looks at what is due
WHOLE_PASS_LIMIT = 3_600.0  # seconds
GOALS = "arriving p95 <= 10 ms, >= 500 records/s; everything anew <= 60 s and <= 2 GB, at a million"
# A database that has stood for a night: without it the first arrivals would pay for statistics.
SETTLE = ("VACUUM ANALYZE crm_identifier", "VACUUM ANALYZE crm_link", "VACUUM ANALYZE crm_trait",
          "VACUUM ANALYZE crm_matchkey", "VACUUM ANALYZE crm_matchprofile", "VACUUM ANALYZE crm_matchpair",
          "VACUUM ANALYZE crm_matchdue", "VACUUM ANALYZE crm_review")  # fmt: skip


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=20_000, help="default 20000; the goals are for 1000000")
    parser.add_argument("--arrivals", type=int, default=2_000, help="records that arrive, one by one and in batches")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same records")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: the whole pass's own as pass_..., what an arrival takes, and the same recorded but not matched."""
    held, arriving = options["records"], options["arrivals"]
    if held < 1_000 or arriving < 100:
        raise CommandError("fewer than 1000 records and 100 arrivals say nothing; ask for more")
    drafts = drafts_of(messy.generate(held + 4 * arriving, options["seed"]))
    with throw_away_stack() as running, django_reads(running):
        office = Source.objects.create(name="office", adapter="records", namespace="office", is_trusted=True)
        started_at = time.perf_counter()
        record_all(office, islice(drafts, held))
        say(f"{held:,} records held after {time.perf_counter() - started_at:.0f} s; the whole pass over them")
        running.part("sweep").suspend()  # what arrives is matched here, and timed
        figures = {f"pass_{name}": figure for name, figure in whole_pass(running).items()}
        settle()
        say("records arriving")
        figures |= one_by_one(office, list(islice(drafts, arriving)))
        figures |= in_turns(office, list(islice(drafts, arriving)))
        figures |= side_by_side(office, list(islice(drafts, arriving)))
        figures |= {"floor_p95_ms": recorded_only(office, list(islice(drafts, arriving)))}
    say(f"goals: {GOALS}")
    return {"records": held, "arrivals": arriving, **figures}


def drafts_of(columns: Mapping[str, Any]) -> Iterator[Draft]:
    """The messy records as the records adapter would draft them."""
    fields = [(name, columns[name]) for name in messy.FIELDS]
    for row in range(len(columns[messy.ID])):
        told = {name: values[row] for name, values in fields if values[row]}
        contacts = tuple(Seen(kind, told.pop(kind)) for kind in CONTACTS if kind in told)
        yield Draft(
            key=f"r{row}", channel=Channel.WEB, kind="record", occurred_at=AT,
            identifiers=(Seen("record", str(10_000_000 + row)), *contacts), traits=told, is_record=True,
        )  # fmt: skip


def record_all(source: Source, drafts: Iterator[Draft]) -> None:
    while batch := [Arrival(source, draft) for draft in islice(drafts, RECORDED_AT_ONCE)]:
        record(batch)


def whole_pass(running: Stack) -> dict[str, float]:
    """What `manage.py match` says of its first run, which trains, and of its second, which is measured."""
    running.told("match", "--yes", limit=WHOLE_PASS_LIMIT)
    if not TrainedModel.objects.filter(is_current=True).exists():
        raise CommandError("the whole pass left no model")
    told = running.told("match", "--yes", limit=WHOLE_PASS_LIMIT)
    return {name: figure for name, figure in told.items() if isinstance(figure, int | float)}


def settle() -> None:
    with cursor() as sql:
        for statement in SETTLE:
            sql.execute(statement)


def one_by_one(source: Source, drafts: Sequence[Draft]) -> dict[str, float]:
    """Each record recorded and matched before the next comes."""
    links, times = scored_links(), []
    for draft in drafts:
        started_at = time.perf_counter()
        record([Arrival(source, draft)])
        match_due()
        times.append(1_000 * (time.perf_counter() - started_at))
    p50, p95 = np.percentile(times, [50, 95])
    return {"arrive_p50_ms": round(p50, 2), "arrive_p95_ms": round(p95, 2), "linked": scored_links() - links}


def in_turns(source: Source, drafts: Sequence[Draft]) -> dict[str, float]:
    """Recorded and matched a hundred at a time, by one process."""
    started_at = time.perf_counter()
    for batch in batches(source, drafts):
        record(batch)
        match_due()
    return {"in_turns_per_s": round(len(drafts) / (time.perf_counter() - started_at), 1)}


def side_by_side(source: Source, drafts: Sequence[Draft]) -> dict[str, float]:
    """Recorded a hundred at a time while another process matches what is due, as drain and worker do; to the end of
    both.
    """
    connections.close_all()  # a connection belongs to one process
    matcher = get_context("fork").Process(target=keep_matching, daemon=True)
    matcher.start()
    try:
        started_at = time.perf_counter()
        for batch in batches(source, drafts):
            record(batch)
        while waiting() is not None:
            time.sleep(PAUSE)
        return {"records_per_s": round(len(drafts) / (time.perf_counter() - started_at), 1)}
    finally:
        matcher.terminate()
        matcher.join()


def keep_matching() -> None:
    """Match what is due until the process is ended."""
    while True:
        if not match_due():
            time.sleep(PAUSE)


def batches(source: Source, drafts: Sequence[Draft]) -> Iterator[list[Arrival]]:
    for at in range(0, len(drafts), MATCHED_AT_ONCE):
        yield [Arrival(source, draft) for draft in drafts[at : at + MATCHED_AT_ONCE]]


def recorded_only(source: Source, drafts: Sequence[Draft]) -> float:
    """p95 in ms of recording one record, without matching it."""
    times = []
    for draft in drafts:
        started_at = time.perf_counter()
        record([Arrival(source, draft)])
        times.append(1_000 * (time.perf_counter() - started_at))
    return round(float(np.percentile(times, 95)), 2)


def scored_links() -> int:
    return Link.objects.standing().filter(basis=Link.Basis.SCORED).count()
