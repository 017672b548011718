"""Noting conversions from elsewhere: what each would be, and writing down those that are new, many at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Q

from crm.batches.references import AT_ONCE, chunks
from crm.privacy.actors import Actor, Program
from crm.search.indexing import add_references
from crm.sources.models import Source
from journeys.attribution.definitions import known
from journeys.attribution.import_reading import BY_ORDER, Told
from journeys.attribution.judging import COUNTS, REFUND
from journeys.attribution.models import Conversion, ConversionDefinition, ConversionImport, ConversionLine
from journeys.attribution.naming import Owner, customers_of_orders, known_owners, owners_of
from journeys.attribution.tallying import judge
from journeys.work.deeds import Hand, log_all
from journeys.work.models import Deed

Outcome = ConversionLine.Outcome
PLAIN_KINDS = {kind.value: kind.value for kind in Conversion.Kind if kind != Conversion.Kind.DEFINED}
SOLD, DEFINED = Conversion.Kind.SALE.value, Conversion.Kind.DEFINED.value
ALREADY, ABOVE = "it is noted already", "a line above says the same"


class Made(NamedTuple):
    """What came of a line, or would. conversion: 0 where there is none."""

    outcome: str
    said: str = ""
    conversion: int = 0


def looked_at(told: Sequence[Told], source: Source, actor: Actor) -> list[tuple[Told, Made]]:
    """What each line would come to; nobody is born, and nothing is noted."""
    lines = by_order(told, actor)
    owners = known_owners((one.who for one in lines if not one.refused), source, actor)
    found = sorted_out(rows_of(lines, owners), Made(Outcome.READY))
    return [(line, made) for line, (made, _) in zip(lines, found, strict=True)]


def note_all(told: Sequence[Told], source: Source, actor: Actor, of: ConversionImport | None = None) -> list[Made]:
    """Note conversions, in their order. The caller's transaction holds what is written."""
    lines, hand = by_order(told, actor), hand_of(actor)
    owners = owners_of((one.who for one in lines if not one.refused), source, actor)
    found = sorted_out(rows_of(lines, owners), Made(Outcome.DONE, "noted"))
    fresh = [row for made, row in found if row and made.outcome == Outcome.DONE]
    for row in fresh:
        row.actor, row.of = hand.user, of
    Conversion.objects.bulk_create(fresh)
    log_all([deed_of(row, hand) for row in fresh])
    settle(row.pk for row in fresh)
    return [made._replace(conversion=row.pk if row else 0) for made, row in found]


def hand_of(actor: Actor) -> Hand:
    if isinstance(actor, Program):
        return Hand(None, f"API key {actor.key.name}")
    return Hand(actor if isinstance(actor, User) else None)


def deed_of(row: Conversion, hand: Hand) -> Deed:
    """What the journey says of a conversion."""
    name = row.definition.name if row.definition else row.get_kind_display()
    said = f"{name}: {row.currency} {row.value:,.2f}{f', order {row.order}' if row.order else ''}"
    return Deed(
        identifier_id=row.identifier_id, kind=Deed.Kind.SALE, row_id=row.pk, said=said, actor=hand.user,
        by=hand.by[:80], at=row.at,
    )  # fmt: skip


# Whose each is, and what


def by_order(told: Sequence[Told], actor: Actor) -> list[Told]:
    """Lines that say whose they are by an order's number alone, with the customer who was seen with it."""
    asked = {one.who.removeprefix(BY_ORDER) for one in told if one.who.startswith(BY_ORDER) and not one.refused}
    found = customers_of_orders(asked, actor) if asked else {}
    return [
        whose(one, found) if one.who.startswith(BY_ORDER) and not one.refused else one for one in told
    ]  # fmt: skip


def whose(told: Told, found: Mapping[str, Sequence[str]]) -> Told:
    ids = found.get(told.who.removeprefix(BY_ORDER), [])
    if len(ids) == 1:
        return replace(told, who=ids[0])
    why = "several customers were" if ids else "nobody was"
    return replace(told, refused=f"{why} seen with that order; give their customer, identifier, email or phone")


def rows_of(lines: Sequence[Told], owners: Mapping[str, Owner]) -> list[Conversion | str]:
    """What each line would note, or why it cannot be taken."""
    defined = {one.name.casefold(): one for one in ConversionDefinition.objects.all()}
    return [one.refused or owners[one.who].refused or row_of(one, owners[one.who].identifier, defined) for one in lines]


def row_of(told: Told, identifier: int, defined: Mapping[str, ConversionDefinition]) -> Conversion:
    definition = defined.get(told.kind)
    value = Decimal(told.value)
    return Conversion(
        identifier_id=identifier, at=datetime.fromisoformat(told.at), value=value, currency=told.currency,
        order=told.order, role=REFUND if value < 0 else COUNTS, definition=definition,
        kind=Conversion.Kind.DEFINED if definition else PLAIN_KINDS.get(told.kind, Conversion.Kind.SALE),
    )  # fmt: skip


# Once for each


def sorted_out(rows: Sequence[Conversion | str], fresh: Made) -> list[tuple[Made, Conversion | None]]:
    """(what comes of it, the conversion that says it) of rows in their order: a new one (fresh), one that stands
    already, also of those before it, or none, for what is wrong with it.
    """
    standing = Standing()
    for some in chunks([row for row in rows if isinstance(row, Conversion)], AT_ONCE):
        for one in standing_like(some):
            standing.add(one)
    return [sorted_one(row, standing, fresh) for row in rows]


def sorted_one(row: Conversion | str, standing: "Standing", fresh: Made) -> tuple[Made, Conversion | None]:
    if isinstance(row, str):
        return Made(Outcome.REFUSED, row), None
    before = standing.same_as(row)
    if before:
        return Made(Outcome.ALREADY, ALREADY if before.pk else ABOVE, before.pk or 0), before
    standing.add(row)
    return fresh, row


class Standing:
    """Conversions that stand, found by what says the same: an order's number, or everything."""

    def __init__(self) -> None:
        self.orders = defaultdict[str, list[Conversion]](list)
        self.others = dict[Any, Conversion]()

    def add(self, row: Conversion) -> None:
        self.others.setdefault(all_of(row), row)
        if row.order and row.role == COUNTS:
            self.orders[row.order].append(row)

    def same_as(self, row: Conversion) -> Conversion | None:
        if not row.order or row.role == REFUND:
            return self.others.get(all_of(row))
        return next((one for one in self.orders[row.order] if is_same_order(row, one)), None)


def all_of(row: Conversion) -> tuple[Any, ...]:
    whose = (row.identifier_id, row.at, row.value, row.currency)
    return (*whose, row.kind, row.definition_id, row.role, row.order)


def is_same_order(row: Conversion, other: Conversion) -> bool:
    """Whether another conversion of the same order is what a row says: a sale is, whatever it is defined as."""
    if row.definition_id:
        return row.definition_id == other.definition_id or other.kind == SOLD
    return other.kind in (row.kind, DEFINED)


def standing_like(rows: Sequence[Conversion]) -> list[Conversion]:
    """The conversions that stand and may be the same as some of these."""
    plain = [row for row in rows if not row.order or row.role == REFUND]
    same_time = Q(identifier__in={row.identifier_id for row in plain}, at__in={row.at for row in plain})
    same_order = Q(order__in={row.order for row in rows if row.order}, role=COUNTS)
    found = Conversion.objects.filter(withdrawn_at=None)
    return [*found.filter(same_order).order_by("pk"), *found.filter(same_time).order_by("pk")]


def settle(conversions: Iterable[int]) -> None:
    """Judge what was noted or taken back, and have it found by its orders' numbers."""
    rows = list(Conversion.objects.filter(pk__in=list(conversions)))
    touched = [(one.definition_id, one.order, one.identifier_id) for one in rows if one.definition_id]
    definitions = ConversionDefinition.objects.filter(pk__in={number for number, *_ in touched})
    judge([known(one) for one in definitions], touched)
    add_references([(one.identifier_id, "order", one.order) for one in rows if one.order and not one.withdrawn_at])
