"""Finding conversions: by what they were, when, and what they were worth. Keyset pages, the newest first.

A page looks at so many rows of the index in the order of time at most, and tries the rest of what is asked on those;
where that finds too few, it says how far back it looked, and the next page goes on from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from crm.asked import midnight_after
from crm.privacy.access import followable_customers
from crm.privacy.actors import Actor
from journeys.attribution.models import Conversion
from journeys.attribution.streaming import DEFINED
from journeys.attribution.unmarketed import WAYS, agreed
from journeys.listening.asking import day, one_of, place, text, token

PAGE, LOOKED_AT = 50, 5_000
NOTED = Conversion.Kind.DEFINED
MOST = Decimal(10) ** 9
Place = tuple[datetime, int]


@dataclass(frozen=True)
class Asked:
    """what: the kind that staff noted, or d and the number of a definition; least: worth at least that much; way: how
    it was agreed (unmarketed.WAYS).
    """

    what: str = ""
    since: date | None = None
    until: date | None = None
    least: Decimal | None = None
    way: str = ""
    before: Place | None = None

    @property
    def told(self) -> dict[str, str]:
        """What is asked, as it stands in an address, without what asks nothing."""
        found = {"what": self.what, "since": self.since, "until": self.until, "least": self.least, "way": self.way}
        return {name: str(value) for name, value in found.items() if value not in (None, "")}


@dataclass(frozen=True)
class Found:
    """A page. next: where the next one begins, None at the end. looked_to: how far back it looked, where that was not
    as far as there are conversions, and it found less than a page.
    """

    rows: Sequence[Conversion]
    next: Place | None = None
    looked_to: datetime | None = None


def asked_of(query: Mapping[str, Any], known: Mapping[str, str]) -> Asked:
    """What an address asks; what cannot be read is not asked. known: what there is, by its word."""
    return Asked(
        one_of(query, "what", known), day(query, "since"), day(query, "until"), amount(text(query, "least")),
        one_of(query, "way", WAYS), place(text(query, "before")),
    )  # fmt: skip


def amount(told: str) -> Decimal | None:
    try:
        found = Decimal(told)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < MOST else None


def following(asked: Asked, start: Place) -> str:
    return urlencode(asked.told | {"before": token(start)})


def find(asked: Asked, actor: Actor) -> Found:
    """A page of the conversions that count, of customers whom somebody may follow."""
    window = list(in_time(asked).order_by("-at", "-pk").values_list("at", "pk")[:LOOKED_AT])
    if not window:
        return Found([])
    looked_at = Conversion.objects.counted().filter(pk__in=[number for _, number in window])
    rows = list(of_what(looked_at, asked, actor).order_by("-at", "-pk")[: PAGE + 1])
    if len(rows) > PAGE:
        return Found(rows[:PAGE], (rows[PAGE - 1].at, rows[PAGE - 1].pk))
    if len(window) == LOOKED_AT:
        return Found(rows, window[-1], window[-1][0])
    return Found(rows)


def in_time(asked: Asked) -> QuerySet[Conversion]:
    """Those of the days that are asked for, before the place where a page begins."""
    found = Conversion.objects.all()
    if asked.since:
        found = found.filter(at__gte=midnight_after(date.fromordinal(asked.since.toordinal() - 1)))
    if asked.until:
        found = found.filter(at__lt=midnight_after(asked.until))
    if asked.before:
        at, number = asked.before
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=number), at__lte=at)
    return found


def of_what(found: QuerySet[Conversion], asked: Asked, actor: Actor) -> QuerySet[Conversion]:
    found = found.filter(identifier__customer__in=followable_customers(actor))
    if asked.least is not None:
        found = found.filter(value__gte=asked.least)
    if asked.what.startswith(DEFINED) and asked.what != NOTED:
        found = found.filter(definition=int(asked.what.removeprefix(DEFINED)))
    elif asked.what:
        found = found.filter(kind=asked.what, definition=None)
    if asked.way:
        found = agreed(found, asked.way)
    return found.select_related("identifier", "definition")
