"""Conversions from elsewhere: what each would be, noting it, and taking all of an import back."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.errors import BatchRefused
from crm.privacy.actors import Actor, Program
from crm.search.indexing import add_references
from crm.sources.models import Source
from journeys.attribution.definitions import known
from journeys.attribution.import_reading import Told
from journeys.attribution.judging import COUNTS, REFUND
from journeys.attribution.models import Conversion, ConversionDefinition, ConversionImport, ConversionLine
from journeys.attribution.naming import Owner, owners_of
from journeys.attribution.tallying import judge
from journeys.work.deeds import Hand
from journeys.work.deeds import log as log_deed
from journeys.work.deeds import undo as undo_deed
from journeys.work.models import Deed

log = structlog.get_logger(__name__)
State, Outcome = ConversionImport.State, ConversionLine.Outcome
BITE = 200  # lines of one transaction
PLAIN_KINDS = {kind.value: kind.value for kind in Conversion.Kind if kind != Conversion.Kind.DEFINED}


class Made(NamedTuple):
    """What came of a line. conversion: 0 where there is none."""

    outcome: str
    said: str = ""
    conversion: int = 0


def kinds() -> list[str]:
    """What a line may call its kind."""
    return [*PLAIN_KINDS, *(one.casefold() for one in ConversionDefinition.objects.values_list("name", flat=True))]


@transaction.atomic
def prepare(name: str, told: Sequence[Told], source: Source, actor: User) -> ConversionImport:
    """An import of the lines of a file; nothing is noted yet."""
    made = ConversionImport.objects.create(name=name[:200], source=source, actor=actor, total=len(told))
    ConversionLine.objects.bulk_create(
        [
            ConversionLine(
                of=made, number=line.number, who=line.who, told={} if line.refused else line.content,
                outcome=Outcome.REFUSED if line.refused else Outcome.READY, said=line.refused[:300],
            )
            for line in told
        ],
        batch_size=2_000,
    )  # fmt: skip
    count(made)
    return made


def note_all(told: Sequence[Told], source: Source, actor: Actor, of: ConversionImport | None = None) -> list[Made]:
    """Note conversions, in their order. The caller's transaction holds what is written."""
    owners = owners_of((one.who for one in told), source, actor)
    defined = {one.name.casefold(): one for one in ConversionDefinition.objects.all()}
    made = [note(row_or_why(one, owners[one.who], defined), actor, of) for one in told]
    settle([one.conversion for one in made if one.conversion])
    return made


def note(row: Conversion | str, actor: Actor, of: ConversionImport | None) -> Made:
    """Note a conversion, unless it is noted already, or why it cannot be."""
    if isinstance(row, str):
        return Made(Outcome.REFUSED, row)
    if before := same_as(row):
        return Made(Outcome.ALREADY, "it is noted already", before)
    hand = hand_of(actor)
    row.actor, row.of = hand.user, of
    row.save()
    log_deed(row.identifier_id, Deed.Kind.SALE, row.pk, said_of(row), hand, row.at)
    return Made(Outcome.DONE, "noted", row.pk)


def hand_of(actor: Actor) -> Hand:
    if isinstance(actor, Program):
        return Hand(None, f"API key {actor.key.name}")
    return Hand(actor if isinstance(actor, User) else None)


def said_of(row: Conversion) -> str:
    """A conversion, as the journey says it."""
    name = row.definition.name if row.definition else row.get_kind_display()
    return f"{name}: {row.currency} {row.value:,.2f}{f', order {row.order}' if row.order else ''}"


def row_or_why(told: Told, owner: Owner, defined: Mapping[str, ConversionDefinition]) -> Conversion | str:
    return told.refused or owner.refused or row_of(told, owner.identifier, defined)


def row_of(told: Told, identifier: int, defined: Mapping[str, ConversionDefinition]) -> Conversion:
    definition = defined.get(told.kind)
    value = Decimal(told.value)
    return Conversion(
        identifier_id=identifier, at=datetime.fromisoformat(told.at), value=value, currency=told.currency,
        order=told.order, role=REFUND if value < 0 else COUNTS, definition=definition,
        kind=Conversion.Kind.DEFINED if definition else PLAIN_KINDS.get(told.kind, Conversion.Kind.SALE),
    )  # fmt: skip


def same_as(row: Conversion) -> int:
    """The conversion that says the same already, by its order's number, or by everything that it says; 0: none."""
    standing = Conversion.objects.filter(withdrawn_at=None, role=row.role, order=row.order)
    if not row.order or row.role == REFUND:
        told = {"identifier": row.identifier_id, "at": row.at, "value": row.value, "currency": row.currency}
        standing = standing.filter(**told, kind=row.kind, definition=row.definition_id)
    elif row.definition_id:
        standing = standing.filter(Q(definition=row.definition_id) | Q(kind=Conversion.Kind.SALE))
    else:
        standing = standing.filter(kind__in=[row.kind, Conversion.Kind.DEFINED])
    return standing.values_list("pk", flat=True).first() or 0


def settle(conversions: Iterable[int]) -> None:
    """Judge what was noted or taken back, and have it found by its orders' numbers."""
    rows = list(Conversion.objects.filter(pk__in=list(conversions)))
    touched = [(one.definition_id, one.order, one.identifier_id) for one in rows if one.definition_id]
    definitions = ConversionDefinition.objects.filter(pk__in={number for number, *_ in touched})
    judge([known(one) for one in definitions], touched)
    add_references([(one.identifier_id, "order", one.order) for one in rows if one.order and not one.withdrawn_at])


# An import, bite by bite


def start(made: ConversionImport) -> None:
    """Say yes to it."""
    enter(made, State.READY, State.RUNNING)


def undo(made: ConversionImport, actor: User) -> None:
    """Take back all that it noted."""
    enter(made, State.DONE, State.UNDOING, undone_by=actor)


def drop(made: ConversionImport) -> None:
    """Say no to it. Nothing was noted, and its lines go."""
    enter(made, State.READY, State.DROPPED)
    ConversionLine.objects.filter(of=made).delete()


def enter(made: ConversionImport, before: str, after: str, **told: Any) -> None:
    if not ConversionImport.objects.filter(pk=made.pk, state=before).update(state=after, done=0, **told):
        raise BatchRefused("it is past that already; reload the page")
    made.refresh_from_db()


def carry_on(seconds: float) -> bool:
    """Carry imports on for so long; returns whether there is more to do."""
    ends_at = time.monotonic() + seconds
    while import_some():
        if time.monotonic() >= ends_at:
            return True
    return False


@transaction.atomic
def import_some() -> bool:
    """The next lines of an import that is under way; returns whether there may be more."""
    waiting = ConversionImport.objects.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    made = waiting.filter(state__in=(State.RUNNING, State.UNDOING)).first()
    if made is None:
        return False
    is_noting = made.state == State.RUNNING
    lines = list(made.lines.filter(outcome=Outcome.READY if is_noting else Outcome.DONE).order_by("number")[:BITE])
    (note_lines if is_noting else take_back)(made, lines)
    made.done += len(lines)
    if not lines:
        made.state = State.DONE if is_noting else State.UNDONE
        made.finished_at = timezone.now()
        log.info("conversions.import_finished", import_id=made.pk, state=made.state)
    made.save(update_fields=["done", "state", "finished_at"])
    count(made)
    return True


def note_lines(made: ConversionImport, lines: Sequence[ConversionLine]) -> None:
    """Note the conversions of lines; of what is noted, nothing is kept twice."""
    found = note_all([Told(line.number, line.who, **line.told) for line in lines], made.source, made.actor, made)
    for line, one in zip(lines, found, strict=True):
        line.outcome, line.said, line.conversion = one.outcome, one.said[:300], one.conversion or None
        if one.outcome != Outcome.REFUSED:
            line.who, line.told = "", {}
    ConversionLine.objects.bulk_update(lines, ["outcome", "said", "conversion", "who", "told"])


def take_back(made: ConversionImport, lines: Sequence[ConversionLine]) -> None:
    """Take back the conversions of lines that nobody took back before."""
    numbers = [line.conversion for line in lines if line.conversion]
    mine, hand = Conversion.objects.filter(pk__in=numbers, withdrawn_by=None), hand_of(made.undone_by)
    for row in mine:
        undo_deed(row.identifier_id, Deed.Kind.SALE, row.pk, "Took an imported conversion back", hand)
    mine.update(withdrawn_at=timezone.now(), withdrawn_by=made.undone_by)
    ConversionLine.objects.filter(pk__in=[line.pk for line in lines]).update(outcome=Outcome.UNDONE, said="taken back")
    settle(numbers)


def count(made: ConversionImport) -> None:
    """Keep how many lines came to each outcome."""
    made.figures = dict(Counter(made.lines.values_list("outcome", flat=True)))
    ConversionImport.objects.filter(pk=made.pk).update(figures=made.figures)
