"""Reading the identity log: one customer's history, and everybody's, newest first, in pages by keyset."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from crm.asked import midnight_after
from crm.identity import causes
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.rehearsing import moves_of
from crm.identity.undoing import undoable
from crm.profile.portraits import Portrait, portraits

PAGE = 30
READ = 400  # lines of one customer's history
SHOWN = 6  # identifiers of one line


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines of the log. cause: one, or "staff." for every decision; before: (time, id) of the line above."""

    cause: str = ""
    actor_id: int | None = None
    on: date | None = None
    before: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """Identifiers that went from one customer to another. before, after: their public ids."""

    before: UUID
    after: UUID
    shown: list[Identifier]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log as it is shown. customer: whom it is about, unless they are part of another by now.

    link: the first of the links that were made, withdrawn or put back.
    """

    event: IdentityEvent
    passages: list[Passage]
    customer: Portrait | None
    link: Link | None
    is_undoable: bool

    @property
    def note(self) -> str:
        return str(self.link.evidence.get("note", "")) if self.link else ""

    @property
    def said(self) -> str:
        return causes.said(self.event.cause)

    @property
    def is_decision(self) -> bool:
        return self.event.cause.startswith(causes.STAFF)

    @property
    def is_splittable(self) -> bool:
        """Whether it joined by itself: that is undone by a split."""
        return bool(self.passages) and not self.is_decision

    @property
    def moving(self) -> list[int]:
        """The identifiers (ids) that went."""
        return [identifier for identifier, _, _ in self.event.moved]


def read_log(asked: Asked) -> tuple[list[IdentityEvent], bool]:
    """(a page of the log, whether there is more below)."""
    events = filtered(IdentityEvent.objects.all(), asked).select_related("actor").order_by("-at", "-pk")
    found = list(events[: PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def filtered(events: "QuerySet[IdentityEvent]", asked: Asked) -> "QuerySet[IdentityEvent]":
    if asked.actor_id:
        events = events.filter(actor_id=asked.actor_id)
    if asked.cause == causes.STAFF:
        events = events.filter(cause__in=[cause for cause in causes.SAID if cause.startswith(causes.STAFF)])
    elif asked.cause:
        events = events.filter(cause=asked.cause)
    if asked.on:
        events = events.filter(at__lt=midnight_after(asked.on))
    if asked.before:
        at, pk = asked.before
        events = events.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
    return events


def history_of(customer: Customer) -> list[IdentityEvent]:
    """What made a customer who they are, newest first: the last READ lines that name them or who joined them."""
    born = set(customer.identifiers.values_list("origin_id", flat=True)[:READ]) | {customer.pk}
    told = newest_of(born)
    others = {end for event in told for _, *ends in event.moved for end in ends} - born
    known = {event.pk: event for event in [*told, *(event for event in newest_of(others) if is_about(event, born))]}
    return sorted(known.values(), key=lambda event: (event.at, event.pk), reverse=True)


def newest_of(customers: Iterable[int]) -> list[IdentityEvent]:
    events = IdentityEvent.objects.filter(customer__in=list(customers)[:READ]).select_related("actor")
    return list(events.order_by("-pk")[:READ])


def is_about(event: IdentityEvent, customers: set[int]) -> bool:
    return event.customer_id in customers or any(not customers.isdisjoint(ends) for _, *ends in event.moved)


def lines_of(events: Sequence[IdentityEvent]) -> list[Line]:
    """Lines as they are shown, in a fixed number of queries."""
    left = undoable(event for event in events if event.cause.startswith(causes.STAFF))
    shown = {identifier for event in events for identifier, _, _ in event.moved[: 10 * SHOWN]}
    identifiers = Identifier.objects.in_bulk(list(shown))
    named = {event.customer_id for event in events} | {
        end for event in events for _, *ends in event.moved for end in ends
    }
    public = dict(Customer.objects.filter(pk__in=named).values_list("pk", "public_id"))
    shown_as = portraits({event.customer_id for event in events})
    first = {event.pk: event.links[0] for event in events if event.links}
    links = Link.objects.select_related("a", "b").in_bulk(list(set(first.values())))
    return [
        Line(
            event,
            passages(event, identifiers, public),
            shown_as.get(event.customer_id),
            links.get(first.get(event.pk, 0)),
            event.pk in left,
        )
        for event in events
    ]


def passages(event: IdentityEvent, identifiers: dict[int, Identifier], public: dict[int, UUID]) -> list[Passage]:
    """What moved, by where from and where to."""
    return [
        Passage(
            public[move.before],
            public[move.after],
            [identifiers[one] for one in move.identifiers[:SHOWN] if one in identifiers],
            len(move.identifiers),
        )
        for move in moves_of(event)
    ]
