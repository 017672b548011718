"""Reading the queue of reviews: filtered, in pages by keyset, never counted past a cap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from crm.errors import ThroughlineError
from crm.identity.models import Customer
from crm.matching.models import TAKEN_BACK, Review
from crm.matching.verdicts import Reason

PAGE = 30
COUNTED = 99
IDENTIFIERS_READ = 500  # of one customer
REASONS: dict[str, tuple[str, Q]] = {
    "contradiction": ("A contradiction", Q(reason=Reason.CONTRADICTION, guard="")),
    "household": ("Perhaps a household", Q(reason=Reason.HOUSEHOLD, guard="")),
    "shared": ("A shared address or phone", Q(reason=Reason.SHARED, guard="")),
    "unsure": ("Not enough either way", Q(reason=Reason.UNSURE, guard="")),
    "held": ("Held by a guard", Q(guard=Review.Guard.HELD)),
    "cluster": ("Groups that hang together by little", Q(guard=Review.Guard.CLUSTER)),
    "withdrawn": ("Taken back before", Q(guard=Review.Guard.WITHDRAWN)),
}
STATES = {
    "waiting": "To decide",
    "later": "Put off",
    "open": "To decide or put off",
    "decided": "Decided",
    "same": "Decided: the same",
    "different": "Decided: different",
    TAKEN_BACK: "Decided, and taken back since",
    "settled": "No longer in question",
}
NOBODY = "nobody"


class LostPlace(ThroughlineError):
    """A place in the queue that is not there any more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which reviews. state: of STATES; reason: of REASONS or ""; assignee: a user's id, "nobody" or "".

    customer: only those about this one. after: the last review (id) seen; 0 at the beginning.
    """

    state: str = "waiting"
    reason: str = ""
    assignee: str = ""
    customer: Customer | None = None
    after: int = 0

    @property
    def is_of_open(self) -> bool:
        return self.state in ("waiting", "later", "open")


def read_queue(asked: Asked, now: datetime, limit: int = PAGE) -> tuple[list[Review], int]:
    """(a page of reviews, the review (id) that the next page goes on after; 0 at the end). Raises LostPlace."""
    found = list(following(filtered(asked, now), asked)[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else 0


def neighbours(review: Review, asked: Asked, now: datetime) -> tuple[Review | None, Review | None]:
    """The reviews before and after this one in the queue."""
    waiting = filtered(asked, now).select_related(None)
    after = Q(value__lt=review.value) | Q(value=review.value, pk__gt=review.pk)
    before = Q(value__gt=review.value) | Q(value=review.value, pk__lt=review.pk)
    later = waiting.filter(after, value__lte=review.value).order_by("-value", "pk").first()
    return waiting.filter(before, value__gte=review.value).order_by("value", "-pk").first(), later


def how_many(asked: Asked, now: datetime) -> str:
    """How many there are, as far as they are counted: 7, 99+."""
    count = filtered(asked, now)[: COUNTED + 1].count()
    return str(count) if count <= COUNTED else f"{COUNTED}+"


def filtered(asked: Asked, now: datetime) -> QuerySet[Review]:
    """The reviews that are asked for, with what a line of theirs shows."""
    found: QuerySet[Review] = Review.objects.select_related(
        "a__customer", "b__customer", "assignee", "decided_by", "link"
    )
    found = in_state(found, asked.state, now)
    if asked.reason:
        found = found.filter(REASONS[asked.reason][1])
    if asked.assignee:
        is_free = asked.assignee == NOBODY
        found = found.filter(assignee=None) if is_free else found.filter(assignee_id=int(asked.assignee))
    if asked.customer:
        mine = list(asked.customer.identifiers.values_list("pk", flat=True)[:IDENTIFIERS_READ])
        found = found.filter(Q(a__in=mine) | Q(b__in=mine))
    return found


def in_state(found: QuerySet[Review], state: str, now: datetime) -> QuerySet[Review]:
    if state == "later":
        return found.filter(state=Review.State.OPEN, later_until__gt=now)
    if state == "waiting":
        return found.filter(state=Review.State.OPEN).exclude(later_until__gt=now)
    if state in ("decided", TAKEN_BACK):
        decided = found.filter(decided_at__isnull=False, state__in=[Review.State.SAME, Review.State.DIFFERENT])
        return decided if state == "decided" else decided.filter(link__withdrawn_at__isnull=False)
    found = found.filter(state=state)
    return found if state in ("open", "settled") else found.filter(link__withdrawn_at=None)


def following(found: QuerySet[Review], asked: Asked) -> QuerySet[Review]:
    """Those after a place: open ones by their value, decided ones by when, the newest first; the rest by number."""
    place = place_of(asked)
    if asked.is_of_open:
        if place:
            after = Q(value__lt=place.value) | Q(value=place.value, pk__gt=place.pk)
            found = found.filter(after, value__lte=place.value)
        return found.order_by("-value", "pk")
    if asked.state == "settled":
        return (found.filter(pk__lt=place.pk) if place else found).order_by("-pk")
    if place:
        at = place.decided_at
        found = found.filter(Q(decided_at__lt=at) | Q(decided_at=at, pk__lt=place.pk), decided_at__lte=at)
    return found.filter(decided_at__isnull=False).order_by("-decided_at", "-pk")


def place_of(asked: Asked) -> Review | None:
    """The review that a page goes on after. Raises LostPlace where it is not there, or has no place in this order."""
    if not asked.after:
        return None
    found = Review.objects.filter(pk=asked.after).first()
    by_time = not asked.is_of_open and asked.state != "settled"
    if found is None or (by_time and found.decided_at is None):
        raise LostPlace(f"review {asked.after} is not in this list any more; begin at its first page")
    return found


def of_identifiers(identifiers: Sequence[int], now: datetime) -> list[Review]:
    """The reviews that wait about whoever has these identifiers (ids), the most worth deciding first."""
    mine = list(identifiers[:IDENTIFIERS_READ])
    waiting = Review.objects.waiting(now).select_related("a", "b")
    # Two queries: each has an index of its own, and one over both would read the whole table.
    found = {one.pk: one for ends in (Q(a__in=mine), Q(b__in=mine)) for one in waiting.filter(ends)[: COUNTED + 1]}
    return sorted((one for one in found.values() if not one.is_one), key=lambda one: (-one.value, one.pk))
