"""Finding interactions by their facets: pages by keyset, each of a bounded number of rows that were looked at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from django.db.models import Exists, OuterRef, Q

from crm.identity.models import Identifier
from crm.privacy.access import followable_customers, knows_customers, roles_of
from crm.privacy.actors import Actor
from crm.privacy.disclosure import disclosing
from crm.privacy.masking import Veil
from crm.privacy.permissions import Permission, permitting
from crm.privacy.revealing.acts import revealed_to
from crm.reading import each, read
from journeys.customers.tact import hidden_rows, is_hidden
from journeys.customers.veiling import veiled_interaction
from journeys.customers.veils import veils_of
from journeys.explore.facets import campaign_of, still_tells
from journeys.explore.lanes import Lane, Looked, Way, everything, look
from journeys.explore.orders import BY_CAMPAIGN, Group, groups_of
from journeys.explore.places import Place
from journeys.explore.wanted import Wanted
from journeys.interactions.drafts import Channel
from journeys.interactions.models import Interaction
from journeys.segments.models import Member
from journeys.timeline.lanes import BODY_READ

# Rows that a page looks at, one step after the other: then the next page does.
STEPS = (200, 400, 600, 800, 1_000, 1_000)
STEPS_BY_CUSTOMER = (200, 300, 500)  # of each of them it is asked whether an earlier page has the customer
PATIENCE = 0.03  # seconds after which a page begins no other step
AT_ONCE = 100  # rows that are read with their owners at once
GROUPS_AT_ONCE = 20  # parts of an order that a step may go through
ASKED_AT_ONCE = 200  # customers of whom it is asked at once whether a page before has them
SPARE = 5  # for rows that may not be shown


@dataclass(slots=True)
class Owned:
    """An interaction, veiled where it has to be, and whose it is. is_veiled: who that is may not be told."""

    said: Interaction
    identifier: Identifier
    is_veiled: bool

    @property
    def customer_id(self) -> int:
        return self.identifier.customer_id


@dataclass(slots=True)
class Found:
    """A page. next: where the next one begins, None at the end. looked_at: how many rows were. last: where its last
    row is.
    """

    rows: list[Owned] = field(default_factory=list)
    next: Place | None = None
    looked_at: int = 0
    last: Place | None = None


class Walk:
    """A way through what is looked for, group after group of its order, step by step."""

    def __init__(self, wanted: Wanted, start: Place | None) -> None:
        self.wanted, self.start = wanted, start
        self.groups = groups_of(wanted, start)
        self.group = next(self.groups, None)

    def step(self, size: int) -> Looked:
        """Look at about so many more rows."""
        looked = Looked([], 0, None)
        for _ in range(GROUPS_AT_ONCE):
            if self.group is None:
                break
            some = self.look(self.group, size - looked.count)
            looked = Looked(looked.found + some.found, looked.count + some.count, some.end)
            if some.end is None:
                self.group = next(self.groups, None)
                looked = replace(looked, end=self.group.begins if self.group else None)
            self.start = looked.end
            if looked.count >= size:
                break
        return looked

    def look(self, group: Group, size: int) -> Looked:
        way = Way(self.start, group.is_up(self.wanted))
        looked = look(group.lane(self.wanted), way, size, self.wanted.condition & group.condition)
        end = replace(looked.end, group=group.name) if looked.end else None
        return Looked([replace(place, group=group.name) for place in looked.found], looked.count, end)


def find(wanted: Wanted, actor: Actor, before: Place | None = None, limit: int = 50) -> Found:
    """A page of what is looked for, as somebody may see it."""
    if wanted.facets.get("journey"):
        wanted = wanted.without(hidden_rows(read(disclosing(roles_of(actor)))))
    found, walk, until = Found(), Walk(wanted, before), monotonic() + PATIENCE
    for size in STEPS_BY_CUSTOMER if wanted.by_customer else STEPS:
        looked = walk.step(size)
        found.looked_at += looked.count
        places = {place.id: place for place in looked.found}
        for one in seen(wanted, actor, list(places), before, limit - len(found.rows)):
            if is_new(wanted, found, one):
                if len(found.rows) == limit:
                    found.next = found.last
                    return found
                found.rows.append(one)
                found.last = places[one.said.pk]
        found.next = looked.end
        if looked.end is None or monotonic() > until:
            break
    return found


def is_new(wanted: Wanted, found: Found, one: Owned) -> bool:
    """Whether a row belongs on the page: where each customer stands once, only the first of them."""
    return not wanted.by_customer or all(one.customer_id != other.customer_id for other in found.rows)


def seen(wanted: Wanted, actor: Actor, matching: Sequence[int], before: Place | None, room: int) -> Iterator[Owned]:
    """Those of the interactions of these numbers, which have what is looked for, that somebody may see, in their order.

    room: how many of them are waited for.
    """
    size = AT_ONCE if wanted.is_choosy else min(room + SPARE, AT_ONCE)
    if wanted.by_customer:
        yield from seen_once(wanted, actor, matching, before, size)
        return
    for start in range(0, len(matching), size):
        some = matching[start : start + size]
        if wanted.is_choosy:
            whose = whose_are(some)
            customers = chosen(set(whose.values()), wanted.facets)
            some = [one for one in some if whose.get(one) in customers]
        yield from owned(some, actor, wanted)


def whose_are(numbers: Sequence[int]) -> dict[int, int]:
    """The customers (ids) of interactions, by their numbers."""
    return dict(everything().filter(pk__in=numbers).values_list("pk", "identifier__customer_id"))


def owned(numbers: Sequence[int], actor: Actor, wanted: Wanted) -> list[Owned]:
    """The interactions of these numbers that somebody may see, in this order: on their side of the walls, not hidden
    by the rules of disclosure; veiled, and left out where a veil hides what they were found by.
    """
    read_ones = {one.pk: one for one in everything().filter(pk__in=numbers)}
    tact = read(disclosing(roles_of(actor)))
    rows = [read_ones[one] for one in numbers if one in read_ones and not is_hidden(read_ones[one], tact)]
    owners = {one.pk: one for one in Identifier.objects.filter(pk__in={one.identifier_id for one in rows})}
    rows = [one for one in rows if one.identifier_id in owners and not is_withheld(one, owners[one.identifier_id])]
    customers = followed({one.customer_id for one in owners.values()}, actor)
    kept = [one for one in rows if owners[one.identifier_id].customer_id in customers]
    return list(under_veil(map(cut, kept), owners, actor, wanted))


def is_withheld(said: Interaction, owner: Identifier) -> bool:
    """Whether it is browsing that its customer does not want looked at."""
    return owner.is_withheld and said.channel == Channel.WEB


def cut(said: Interaction) -> Interaction:
    """An interaction as lists have it: its own page shows all of a long body."""
    said.body = said.body[:BODY_READ]
    said.data.pop("html", None)
    return said


def followed(customers: set[int], actor: Actor) -> set[int]:
    return set(followable_customers(actor).filter(pk__in=customers).values_list("pk", flat=True))


def under_veil(
    rows: Iterable[Interaction], owners: Mapping[int, Identifier], actor: Actor, wanted: Wanted
) -> Iterator[Owned]:
    """Each as somebody may see it; left out where it would only be found by what its veil hides."""
    listed = list(rows)
    customers = {owners[one.identifier_id].customer_id for one in listed}
    hidden = set() if knows_customers(actor) else customers - revealed_to(actor)
    veils = veils_of(hidden) if hidden else {}
    for one in listed:
        owner = owners[one.identifier_id]
        veil = veils.get(owner.customer_id)
        said = veiled_interaction(one, veil) if veil else one
        if veil is None or is_told(one, said, veil, wanted):
            yield Owned(said, owner, veil is not None)


def is_told(one: Interaction, said: Interaction, veil: Veil, wanted: Wanted) -> bool:
    """Whether what is left of an interaction under its veil tells what it was found by, and where it stands."""
    facets, course = dict(wanted.facets), wanted.facets.get("journey")
    if wanted.order == BY_CAMPAIGN and campaign_of(one.data):
        facets["campaign"] = campaign_of(one.data)
    return still_tells(said.data, facets) and not (course and course.names(veil))


# Segments and consent


def chosen(customers: set[int], facets: Mapping[str, Any]) -> set[int]:
    """Those of the customers (ids) who are in the segment, and have the consent, that are asked for."""
    return with_consent(in_segment(customers, facets.get("segment")), facets.get("consent"))


def in_segment(customers: set[int], asked: str | None) -> set[int]:
    """Those of the customers (ids) who are in the segment of this number."""
    if not asked:
        return customers
    members = Member.objects.filter(segment=int(asked), customer_id__in=customers)
    return set(members.values_list("customer_id", flat=True))


def with_consent(customers: set[int], asked: str | None) -> set[int]:
    """Those of the customers (ids) for whom what is asked of a consent holds: given:marketing, refused:marketing."""
    if not asked or not customers:
        return customers
    state, _, purpose = asked.partition(":")
    identifiers: dict[int, list[int]] = {one: [] for one in customers}
    for pk, customer in Identifier.objects.filter(customer__in=customers).values_list("pk", "customer_id"):
        identifiers[customer].append(pk)
    said = read(each([permitting(some) for some in identifiers.values()]))
    return {one for one, stands in zip(identifiers, said, strict=True) if is_so(state, purpose, stands)}


def is_so(state: str, purpose: str, said: Iterable[Permission]) -> bool:
    """Whether a purpose is given (on a channel at least), or refused (on one, and given on none)."""
    states = {one.is_given for one in said if one.purpose == purpose}
    return True in states if state == "given" else states == {False}


# Customers


def seen_once(
    wanted: Wanted, actor: Actor, matching: Sequence[int], before: Place | None, size: int
) -> Iterator[Owned]:
    """The same, of each customer only the first that somebody may see, but for those who stood on a page before."""
    whose = whose_are(matching)
    left = chosen(set(whose.values()), wanted.facets)
    for many in pieces([one for one in matching if whose.get(one) in left], whose, ASKED_AT_ONCE):
        if before:
            left = left - earlier(wanted, {whose[one] for one in many}, before)
        for piece in pieces([one for one in many if whose[one] in left], whose, size):
            yield from firsts_of(piece, whose, actor, wanted)


def firsts_of(piece: Sequence[int], whose: Mapping[int, int], actor: Actor, wanted: Wanted) -> list[Owned]:
    """Of each customer the first of these interactions that somebody may see; of whom it is not, all that they may."""
    firsts = {whose[one]: one for one in reversed(piece)}
    shown = owned(list(firsts.values()), actor, wanted)
    hidden = firsts.keys() - {one.customer_id for one in shown}
    others = [one for one in piece if whose[one] in hidden and one != firsts[whose[one]]]
    place = {one: number for number, one in enumerate(piece)}
    shown += owned(others, actor, wanted) if others else []
    return sorted(shown, key=lambda one: place[one.said.pk])


def pieces(matching: Iterable[int], whose: Mapping[int, int], size: int) -> Iterator[list[int]]:
    """The interactions (ids) as they come, cut where there are those of so many customers."""
    piece, customers = list[int](), set[int]()
    for one in matching:
        if whose[one] not in customers and len(customers) == size:
            yield piece
            piece, customers = [], set()
        piece.append(one)
        customers.add(whose[one])
    yield piece


def earlier(wanted: Wanted, customers: Iterable[int], before: Place) -> set[int]:
    """Those of the customers (ids) who stood on a page before this one: they have a match before its beginning."""
    group = next(groups_of(wanted, before), None)
    if group is None:
        return set()
    lane = Lane(everything(), is_by_worth=group.is_by_worth)
    in_group = Q(lane.beyond(before, is_up=not group.is_up(wanted), with_it=True)) & group.condition
    of_one = wanted.days.of(everything()).filter(
        group.before | in_group, identifier=OuterRef("pk"), channel__in=[channel.value for channel in Channel]
    )
    theirs = Identifier.objects.filter(customer__in=customers).filter(Exists(wanted.narrow(of_one)))
    return set(theirs.values_list("customer_id", flat=True))
