"""The definitions that stand, and counting anew what was recorded before one of them changed."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import F

from journeys.attribution.changing import INTERACTIONS
from journeys.attribution.judging import Definition
from journeys.attribution.kept import CountedDay
from journeys.attribution.locking import DERIVING, is_alone
from journeys.attribution.models import Conversion, ConversionDefinition, Place
from journeys.attribution.tallying import BY_RANGE, happened, judge, keep, rows_of

BITE = 50_000  # interactions' numbers
DROPPED = 5_000  # rows of an older version that go at once


class Progress(NamedTuple):
    """How far a definition is counted anew, in hundredths."""

    name: str
    percent: int


def standing_definitions() -> list[Definition]:
    """Those that count."""
    return [known(one) for one in ConversionDefinition.objects.filter(is_active=True)]


def known(one: ConversionDefinition) -> Definition:
    """A definition, as counting sees it."""
    return Definition(
        one.pk or 0, one.version, one.channel, tuple(one.events), one.conditions, one.value_field, one.fixed,
        one.currency, one.once, one.order_field, one.days, tuple(one.refunds), tuple(one.cancels),
    )  # fmt: skip


def recount_some(limit: int = BITE) -> bool:
    """Count the next interactions anew by a definition that changed; returns whether there may be more to do."""
    with transaction.atomic():
        changed = ConversionDefinition.objects.filter(recounts_from__isnull=False).order_by("pk").first()
        if changed is None or not is_alone(DERIVING):
            return False
        upto, last = changed.recounts_from or 0, place()
        if changed.is_active and upto < last:
            end = min(upto + limit, last)
            recount([known(changed)], upto, end)
            reach(changed, end)
        elif not drop_older(changed):
            reach(changed, None)
    return True


def recount(definitions: Sequence[Definition], upto: int, end: int) -> None:
    rows = rows_of(definitions, happened(BY_RANGE, [upto, end], definitions))
    judge(definitions, keep(definitions, [], rows))


def reach(changed: ConversionDefinition, upto: int | None) -> None:
    """Note how far it is, unless it was changed meanwhile and begins anew. Once done, reports do not wait for it."""
    same = ConversionDefinition.objects.filter(pk=changed.pk, version=changed.version)
    if same.update(recounts_from=upto) and upto is None:
        CountedDay.objects.update(counted_at=None)


def drop_older(changed: ConversionDefinition) -> int:
    """Remove rows that the definition makes no more; those whose interaction is gone stay, for nobody can tell."""
    rows = Conversion.objects.filter(definition=changed, of=None)
    if changed.is_active:
        rows = rows.exclude(version=changed.version).filter(interaction__isnull=False)
    keys = list(rows.values_list("pk", "order", "identifier_id")[:DROPPED])
    Conversion.objects.filter(pk__in=[key for key, *_ in keys])._raw_delete(DEFAULT_DB_ALIAS)
    judge([known(changed)], [(changed.pk, order, identifier) for _, order, identifier in keys])
    return len(keys)


def begin_anew(definition: ConversionDefinition) -> None:
    """Have what was recorded before counted by it as it is now."""
    same = ConversionDefinition.objects.filter(pk=definition.pk)
    same.update(version=F("version") + 1, recounts_from=0)


def place() -> int:
    """The interaction up to which new ones were counted."""
    return Place.objects.filter(name=INTERACTIONS).values_list("upto", flat=True).first() or 0


def progress() -> list[Progress]:
    """The definitions that are counted anew, and how far they are."""
    last = max(place(), 1)
    waiting = ConversionDefinition.objects.filter(recounts_from__isnull=False)
    return [Progress(one.name, min(99, 100 * (one.recounts_from or 0) // last)) for one in waiting]
