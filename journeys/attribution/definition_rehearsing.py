"""Trying a definition of conversions on the last month: how many there would be, worth what, beside what there are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Sum

from crm.sql import cursor
from journeys.attribution.judging import COUNTS, REFUND, Counted, Definition, Row, counted, why_not
from journeys.attribution.models import Conversion
from journeys.attribution.tallying import HAPPENED, happened

LOOKED_BACK = timedelta(days=30)
MOST = 20_000  # interactions that are looked at: the latest
LATEST = HAPPENED.replace("<which>", "i.occurred_at >= %s AND i.occurred_at < %s")
OWNERS = "SELECT id, customer_id FROM crm_identifier WHERE id = ANY(%s)"


@dataclass(slots=True)
class Rehearsal:
    """What there would be. looked_at: interactions of such events. worth: by currency; now: what stands by the
    definition as it is, (how many, worth). twice: (another definition, how many of these are conversions by it).
    """

    since: datetime
    looked_at: int = 0
    conversions: int = 0
    refunds: int = 0
    fallen: Counter[str] = field(default_factory=Counter)
    worthless: int = 0
    worth: dict[str, Decimal] = field(default_factory=dict)
    now: int = 0
    worth_now: dict[str, Decimal] = field(default_factory=dict)
    twice: list[tuple[str, int]] = field(default_factory=list)
    is_cut: bool = False

    @property
    def repeats(self) -> int:
        return self.fallen["repeat"]

    @property
    def cancelled(self) -> int:
        return self.fallen["cancelled"]


def rehearse(definition: Definition, now: datetime) -> Rehearsal:
    """Count the last month by a definition."""
    found = Rehearsal(now - LOOKED_BACK)
    rows = read(definition, found, now)
    fallen = why_not(seen(rows), definition.once, definition.days)
    for number, row in enumerate(rows):
        if number in fallen:
            found.fallen[fallen[number][0]] += 1
            continue
        found.conversions += row.role == COUNTS
        found.refunds += row.role == REFUND
        found.worthless += row.role == COUNTS and not row.value
        found.worth[row.currency] = found.worth.get(row.currency, Decimal(0)) + row.value
    note_standing(definition, found)
    found.twice = elsewhere(definition, [row.interaction for number, row in enumerate(rows) if number not in fallen])
    return found


def read(definition: Definition, found: Rehearsal, now: datetime) -> list[Counted]:
    """The rows that it would make."""
    some = happened(f"{LATEST} ORDER BY i.occurred_at DESC, i.id DESC LIMIT {MOST}", [found.since, now], [definition])
    found.looked_at, found.is_cut = len(some), len(some) == MOST
    return [row for one in some if (row := counted(definition, one))]


def seen(rows: list[Counted]) -> Iterable[Row]:
    """Rows as the fold sees them, by their places."""
    with cursor() as sql:
        owners: dict[int, int] = dict(sql.execute(OWNERS, [list({row.identifier for row in rows})]).fetchall())
    return [
        Row(number, row.role, row.at, row.interaction, row.order, owners.get(row.identifier, 0))
        for number, row in enumerate(rows)
    ]


def note_standing(definition: Definition, found: Rehearsal) -> None:
    """Note what stands by the definition as it is."""
    mine = Conversion.objects.filter(definition=definition.pk, at__gte=found.since, withdrawn_at=None)
    found.now = mine.filter(role=COUNTS).count()
    found.worth_now = dict(mine.order_by("currency").values_list("currency").annotate(Sum("value")))


def elsewhere(definition: Definition, interactions: list[int]) -> list[tuple[str, int]]:
    """(another definition, how many of these interactions are conversions by it). Stages on the way are none."""
    same = Conversion.objects.filter(
        interaction__in=interactions, withdrawn_at=None, role=COUNTS, definition__is_active=True, definition__stage=""
    ).exclude(definition=definition.pk)
    return list(same.values_list("definition__name").annotate(Count("pk")).order_by("definition__name"))
