"""Taking back what a source joined: its observed links since a time, as one batch that can be undone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.contrib.auth.models import User
from django.db import transaction

from crm.batches.models import Batch, BatchLine
from crm.identity.fold import fold
from crm.identity.merging import restore, withdraw
from crm.identity.models import Link
from crm.identity.regrouping import moved, read_region
from crm.sources.models import Source

READ = 5_000  # links looked at in one query
MOST = 100_000  # links of one batch
CHECKED = 50  # links of one piece: their regions are folded as one
MOST_OF_ONE = 2_000  # links of one customer
AT_ONCE = 200  # links of one customer that are taken back in one transaction


@transaction.atomic
def prepare(source: Source, since: datetime, actor: User | None) -> Batch:
    """A batch of all links that a source made since then and that stand; nothing is taken back yet."""
    batch = Batch.objects.create(
        what=Batch.What.WITHDRAW, name=source.name, source=source, since=since, actor=actor
    )  # fmt: skip
    found = sorted(islice(links_since(source, since), MOST))
    lines = [
        BatchLine(batch=batch, number=number, a=str(customer), link_id=link, outcome=BatchLine.Outcome.READY)
        for number, (customer, link) in enumerate(found, start=1)
    ]
    BatchLine.objects.bulk_create(lines, batch_size=READ)
    batch.total = len(lines)
    batch.save(update_fields=["total"])
    return batch


def links_since(source: Source, since: datetime) -> Iterator[tuple[int, int]]:
    """(customer id, link id) of the links that a source observed since then and that stand, the newest first.

    Read backwards by id, which grows with time, until a whole page is older: no index is kept for this.
    """
    below = 2**62
    while True:
        page = list(
            Link.objects.filter(pk__lt=below).order_by("-pk").values_list(
                "pk", "created_at", "a__customer", "source", "basis", "verdict", "withdrawn_at")[:READ]
        )  # fmt: skip
        for pk, at, customer, by, basis, verdict, withdrawn_at in page:
            is_theirs = by == source.pk and basis == Link.Basis.OBSERVED and verdict == Link.Verdict.SAME
            if is_theirs and withdrawn_at is None and at >= since:
                yield customer, pk
        if not page or all(at < since for _, at, *_ in page):
            return
        below = page[-1][0]


def check(batch: Batch) -> int:
    """Count the customers that would come apart, for the next links; returns how many links those were."""
    waiting = batch.lines.filter(number__gt=batch.done).order_by("number")
    lines = whole_customers(waiting[: CHECKED + MOST_OF_ONE], CHECKED)
    if not lines:
        return 0
    apart = coming_apart([line.link_id for line in lines if line.link_id])
    batch.figures = {**batch.figures, "apart": batch.count("apart") + len(apart)}
    return len(lines)


def whole_customers(lines: Iterable[BatchLine], most: int) -> list[BatchLine]:
    """The first lines, about so many: no customer's links are parted."""
    found: list[BatchLine] = []
    for line in lines:
        if len(found) >= most and line.a != found[-1].a:
            break
        found.append(line)
    return found


def coming_apart(links: Sequence[int]) -> set[int]:
    """The customers (ids) that would stand by themselves again without these links. Reads, and writes nothing."""
    gone = set(links)
    ends = {end for pair in Link.objects.filter(pk__in=gone).values_list("a", "b") for end in pair}
    region = read_region(ends)
    kept = [edge for edge_id, edge in region.edges.items() if edge_id not in gone]
    folded = fold(region.nodes, kept, region.past_cap)
    standing = {row.customer_id for row in region.rows.values()}
    return {after for _, _, after in moved(region, folded)} - standing


def carry_out(batch: Batch) -> int:
    """Take back the links of the next customer; returns how many lines that finished."""
    lines = next_of_one(batch, BatchLine.Outcome.READY)
    taken = {link.pk for link in withdraw(links_of(lines), batch.actor)}
    for line in lines:
        is_taken = line.link_id in taken
        line.outcome = BatchLine.Outcome.DONE if is_taken else BatchLine.Outcome.ALREADY
        line.said = "" if is_taken else "it was taken back already"
    BatchLine.objects.note(batch, lines)
    return len(lines)


def undo(batch: Batch) -> int:
    """Put back the links of the next customer; returns how many lines that finished."""
    lines = next_of_one(batch, BatchLine.Outcome.DONE)
    back = {link.pk for link in restore(links_of(lines), batch.undone_by)}
    for line in lines:
        line.outcome = BatchLine.Outcome.UNDONE
        line.said = "" if line.link_id in back else "the same stands again already"
    BatchLine.objects.note(batch, lines)
    return len(lines)


def next_of_one(batch: Batch, outcome: str) -> list[BatchLine]:
    """The next lines of an outcome, all of one customer."""
    waiting = batch.lines.filter(outcome=outcome).order_by("number")
    first = waiting.first()
    return list(waiting.filter(a=first.a)[:AT_ONCE]) if first else []


def links_of(lines: Iterable[BatchLine]) -> list[Link]:
    return list(Link.objects.filter(pk__in=[line.link_id for line in lines]))
