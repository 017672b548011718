"""Conversions from elsewhere, a file at a time: looked at, noted in bites, and all of it taken back."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import BatchRefused
from crm.sources.models import Source
from journeys.attribution.import_reading import Told
from journeys.attribution.models import Conversion, ConversionDefinition, ConversionImport, ConversionLine
from journeys.attribution.noting import PLAIN_KINDS, Made, hand_of, looked_at, note_all, settle
from journeys.work.deeds import undo as undo_deed
from journeys.work.models import Deed

log = structlog.get_logger(__name__)
State, Outcome = ConversionImport.State, ConversionLine.Outcome
BITE = 200  # lines of one transaction


def kinds() -> list[str]:
    """What a line may call its kind."""
    return [*PLAIN_KINDS, *(one.casefold() for one in ConversionDefinition.objects.values_list("name", flat=True))]


@transaction.atomic
def prepare(name: str, told: Sequence[Told], source: Source, actor: User) -> ConversionImport:
    """An import of the lines of a file; nothing is noted yet."""
    made = ConversionImport.objects.create(name=name[:200], source=source, actor=actor, total=len(told))
    lines = [line_of(made, *one) for one in looked_at(told, source, actor)]
    ConversionLine.objects.bulk_create(lines, batch_size=2_000)
    count(made)
    return made


def line_of(made: ConversionImport, told: Told, found: Made) -> ConversionLine:
    """A line as it is kept until it is noted: of what is noted already, nothing more."""
    is_over = found.outcome == Outcome.ALREADY
    return ConversionLine(
        of=made, number=told.number, who="" if is_over else told.who,
        told={} if is_over or told.refused else told.content,
        outcome=found.outcome, said=found.said[:300], conversion=found.conversion or None,
    )  # fmt: skip


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
