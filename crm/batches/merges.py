"""Merging by spreadsheet: what each line would do, doing it, and taking it all back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from crm.batches.models import Batch, BatchLine
from crm.batches.references import Named, chunks, look_up
from crm.errors import MergeRefused
from crm.identity.fold import Forest
from crm.identity.merging import merge_all, withdraw
from crm.identity.models import Customer, Link
from crm.sql import cursor

Outcome = BatchLine.Outcome
MOST_JOINED = 20  # customers that one file may make one: longer chains are mistakes more often than people
AT_ONCE = 8  # merges of one transaction, which holds the lock of the fold: whatever comes in waits for its end
LOOKED_AT = 5_000  # customers of one query
READ_APART = """
    SELECT DISTINCT a.customer_id, b.customer_id
    FROM unnest(%s::bigint[]) AS n (id)
    JOIN crm_identifier a ON a.customer_id = n.id
    JOIN crm_link l ON l.a_id = a.id AND l.withdrawn_at IS NULL AND l.verdict = 'different'
    JOIN crm_identifier b ON b.id = l.b_id
"""
READ_SPEECHLESS = """
    SELECT n.id FROM unnest(%s::bigint[]) AS n (id)
    WHERE NOT EXISTS (SELECT 1 FROM crm_identifier i WHERE i.customer_id = n.id AND i.shared = '')
"""


# Checking


@dataclass(slots=True)
class Plan:
    """Who would be one once some lines are carried out. apart: customers (ids) that staff keep apart."""

    forest: Forest
    apart: Mapping[int, Collection[int]]
    speechless: Collection[int]
    members: dict[int, list[int]] = field(default_factory=dict)

    def add(self, a: int, b: int) -> tuple[str, str]:
        """(outcome, what to say) of one more line, which is part of the plan from now on if it may be."""
        for customer in (a, b):
            if customer in self.speechless:
                return Outcome.REFUSED, "one of them has only shared identifiers"
        if a == b:
            return Outcome.ALREADY, "they are one customer already"
        left, right = self.forest.root(a), self.forest.root(b)
        if left == right:
            return Outcome.ALREADY, "lines above join them already"
        mine, others = (self.members.get(root) or [root] for root in (left, right))
        if len(mine) + len(others) > MOST_JOINED:
            count = len(mine) + len(others)
            return Outcome.REFUSED, f"with the lines above, {count} customers would be one: {MOST_JOINED} at most"
        if any(not set(others).isdisjoint(self.apart.get(one, ())) for one in mine):
            return Outcome.REFUSED, "staff said that they are different people; withdraw that first"
        keep, _ = self.forest.join(left, right)
        self.members[keep] = [*mine, *others]
        return Outcome.READY, ""


def check(batch: Batch) -> int:
    """Say of every line what it would do; returns how many lines that were."""
    lines = list(batch.lines.filter(outcome=Outcome.WAITING).order_by("number"))
    named = look_up((text for line in lines for text in (line.a, line.b) if text), batch.actor)
    customers = sorted({one.customer for one in named.values() if one.customer})
    plan = Plan(Forest(customers), read_apart(customers), read_speechless(customers))
    for line in lines:
        line.outcome, line.said = judged(line, named, plan)
    BatchLine.objects.note(batch, lines)
    return len(lines)


def judged(line: BatchLine, named: Mapping[str, Named], plan: Plan) -> tuple[str, str]:
    """(outcome, what to say) of a line."""
    a, b = named[line.a], named[line.b] if line.b else None
    for text, one in ((line.a, a), (line.b, b)):
        if one and one.refused:
            return Outcome.REFUSED, f"{text[:120]}: {one.refused}"
    return plan.add(a.customer, b.customer) if b else (Outcome.ALREADY, "the first of its group")


def read_apart(customers: Iterable[int]) -> dict[int, set[int]]:
    """Whom staff said to be others, by customer."""
    found: dict[int, set[int]] = {}
    for some in chunks(customers, LOOKED_AT):
        with cursor() as sql:
            for a, b in sql.execute(READ_APART, [some]):
                found.setdefault(a, set()).add(b)
                found.setdefault(b, set()).add(a)
    return found


def read_speechless(customers: Iterable[int]) -> set[int]:
    """Those of these customers who have nothing but shared identifiers: nobody speaks for them in a link."""
    found: set[int] = set()
    for some in chunks(customers, LOOKED_AT):
        with cursor() as sql:
            found |= {customer for (customer,) in sql.execute(READ_SPEECHLESS, [some])}
    return found


# Carrying out, and taking back


def carry_out(batch: Batch) -> int:
    """Merge what the next lines name; returns how many lines that finished."""
    lines = list(batch.lines.filter(outcome=Outcome.READY).order_by("number")[:AT_ONCE])
    for line in lines:
        merge_line(batch, line)
    BatchLine.objects.note(batch, lines)
    return len(lines)


def merge_line(batch: Batch, line: BatchLine) -> None:
    """Merge the two customers of a line as they stand now."""
    note = f"{batch.note or batch.name}, line {line.number}"
    now = look_up((line.a, line.b), batch.actor)
    a, b = now[line.a], now[line.b]
    if why := a.refused or b.refused:
        line.outcome, line.said = Outcome.REFUSED, why
    elif a.customer == b.customer:
        line.outcome, line.said = Outcome.ALREADY, "they are one customer already"
    else:
        try:
            found = Customer.objects.in_bulk([a.customer, b.customer])
            (link,) = merge_all([found[a.customer], found[b.customer]], batch.actor, note)
        except MergeRefused as error:
            line.outcome, line.said = Outcome.REFUSED, str(error)[:300]
        else:
            line.outcome, line.said, line.link_id = Outcome.DONE, "merged", link.pk


def undo(batch: Batch) -> int:
    """Take back the merges of the last lines that stand; returns how many lines that finished."""
    lines = list(batch.lines.filter(outcome=Outcome.DONE).order_by("-number")[:AT_ONCE])
    links = Link.objects.in_bulk([line.link_id for line in lines if line.link_id])
    for line in lines:
        is_taken = bool(withdraw([links[line.link_id]], batch.undone_by)) if line.link_id in links else False
        line.outcome, line.said = Outcome.UNDONE, "taken back" if is_taken else "it was taken back already"
    BatchLine.objects.note(batch, lines)
    return len(lines)
