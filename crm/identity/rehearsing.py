"""What a decision would change: it is carried out for real, looked at, and rolled back. Nothing is written."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from crm.errors import ThroughlineError
from crm.identity import causes
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.privacy.roles import SETS_TACT
from crm.profile.record import Record, record_of

LINKS_READ = 2_000
MOST_CUSTOMERS = 20


@dataclass(frozen=True, slots=True)
class Move:
    """Identifiers (ids) that go from one customer (id) to another."""

    before: int
    after: int
    identifiers: tuple[int, ...]


@dataclass(slots=True)
class Rehearsal:
    """A decision's outcome. refused: why it cannot be done, in words; empty when it can.

    held, freed: links whose standing changes. moves: what the identity log will say to the rooms above.
    """

    before: list[Record]
    after: list[Record] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    made: list[Link] = field(default_factory=list)
    held: list[Link] = field(default_factory=list)
    freed: list[Link] = field(default_factory=list)
    refused: str = ""

    @property
    def moving(self) -> int:
        """How many identifiers change hands."""
        return sum(len(move.identifiers) for move in self.moves)


def rehearse(act: Callable[[], Iterable[Link]], customers: Collection[Customer]) -> Rehearsal:
    """What an act would do to these customers (and whoever else it touches). The caller may see them all."""
    return watched(act, customers, is_kept=False)


def watched(act: Callable[[], Iterable[Link]], customers: Collection[Customer], *, is_kept: bool = True) -> Rehearsal:
    """What an act does to these customers; without is_kept, it is rolled back."""
    found = Rehearsal([record_of(customer, SETS_TACT) for customer in customers])
    try:
        with transaction.atomic():
            watch(act, found, {customer.pk for customer in customers})
            transaction.set_rollback(not is_kept)
    except ThroughlineError as error:
        found.refused = str(error)
    return found


def watch(act: Callable[[], Iterable[Link]], found: Rehearsal, customers: set[int]) -> None:
    """Carry an act out and note what came of it."""
    last = IdentityEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    held = {link.pk: link.held for link in links_of(customers)}
    numbers = {link.pk for link in act()}
    found.made = list(Link.objects.filter(pk__in=numbers).select_related("a", "b", "source", "actor").order_by("pk"))
    events = IdentityEvent.objects.filter(pk__gt=last, cause__startswith=causes.STAFF).order_by("pk")
    found.moves = [move for event in events if numbers & set(event.links) for move in moves_of(event)]
    touched = customers | {move.after for move in found.moves} | {move.before for move in found.moves}
    standing = Customer.objects.filter(pk__in=touched, identifiers__isnull=False).distinct().order_by("pk")
    found.after = [record_of(customer, SETS_TACT) for customer in standing[:MOST_CUSTOMERS]]
    now = links_of(touched)
    found.held = [link for link in now if link.held and held.get(link.pk, "") != link.held]
    found.freed = [link for link in now if not link.held and held.get(link.pk, "")]


def moves_of(event: IdentityEvent) -> list[Move]:
    """What one line of the identity log says, by where the identifiers came from."""
    came: dict[tuple[int, int], list[int]] = {}
    for identifier, before, after in event.moved:
        came.setdefault((before, after), []).append(identifier)
    return [Move(before, after, tuple(identifiers)) for (before, after), identifiers in came.items()]


def links_of(customers: Collection[int]) -> list[Link]:
    """The standing links that tie these customers' (ids) identifiers: the first LINKS_READ."""
    mine = list(Identifier.objects.filter(customer__in=customers).values_list("pk", flat=True)[:LINKS_READ])
    tied = Link.objects.standing().filter(Q(a__in=mine) | Q(b__in=mine))
    return list(tied.select_related("a", "b").order_by("pk")[:LINKS_READ])
