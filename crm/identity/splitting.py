"""Splitting a customer: the identifiers that belong to somebody else leave, and nothing joins the two again by itself.

A split withdraws nothing. It sets a `different` verdict beside every link that crosses the cut, one between each
identifier and whoever speaks for the other side (so that none changes sides on a later sighting), and a `same` one
where the cut would leave either side in pieces; so undoing it only withdraws those.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from crm.errors import SplitRefused
from crm.identity import causes
from crm.identity.fold import Forest
from crm.identity.merging import made, settle
from crm.identity.models import Customer, Identifier, Link

IDENTIFIERS_READ = 2_000
MOST_VERDICTS = 1_000
Pair = tuple[int, int]


@transaction.atomic
def split(customer: Customer, leaving: Collection[int], actor: User | None, note: str = "") -> list[Link]:
    """Say that some of a customer's identifiers (ids) are another person's. Returns the verdicts that are new.

    Raises SplitRefused when there is nothing to cut, or when the cut would take too many verdicts.
    """
    known = {one.pk: one for one in Identifier.objects.filter(customer=customer)[:IDENTIFIERS_READ]}
    gone, rest = sides(known, leaving)
    ties = list(Link.objects.standing().filter(verdict=Link.Verdict.SAME, a__in=known, b__in=known))
    apart = {(min(pair), max(pair)) for pair in crossing(ties, gone) | facing(gone, rest)}
    whole = [pair for side in (gone, rest) for pair in mending(side, ties)]
    if len(apart) + len(whole) > MOST_VERDICTS:
        raise SplitRefused(f"this cut takes more than {MOST_VERDICTS} verdicts; split off fewer identifiers at a time")
    verdicts = [made(known[a], known[b], Link.Verdict.DIFFERENT, actor, note) for a, b in sorted(apart)]
    verdicts += [made(known[a], known[b], Link.Verdict.SAME, actor, note) for a, b in sorted(whole)]
    links = [link for link, is_new in verdicts if is_new]
    settle(links, causes.SPLIT, actor)
    for link in links:
        link.refresh_from_db()
    return links


def sides(
    known: Mapping[int, Identifier], leaving: Collection[int]
) -> tuple[dict[int, Identifier], dict[int, Identifier]]:
    """(who leaves, who stays), by id."""
    if strange := sorted(set(leaving) - known.keys()):
        raise SplitRefused(f"identifier {strange[0]} is not one of this customer's; reload the page and pick again")
    gone = {pk: one for pk, one in known.items() if pk in leaving}
    rest = {pk: one for pk, one in known.items() if pk not in leaving}
    if not gone:
        raise SplitRefused("pick the identifiers that belong to somebody else")
    if not rest:
        raise SplitRefused("these are all the customer's identifiers; leave those that stay unpicked")
    return gone, rest


def spokesman_of(side: Mapping[int, Identifier]) -> Identifier:
    """The identifier that stands for a side: its most telling, then its oldest."""
    return min(side.values(), key=lambda one: one.telling)


def facing(gone: Mapping[int, Identifier], rest: Mapping[int, Identifier]) -> set[Pair]:
    """Each identifier with whoever speaks for the other side."""
    leaves, stays = spokesman_of(gone).pk, spokesman_of(rest).pk
    return {(one, stays) for one in gone} | {(leaves, one) for one in rest}


def crossing(ties: Iterable[Link], gone: Collection[int]) -> set[Pair]:
    """The pairs that a link ties across the cut."""
    return {(tie.a_id, tie.b_id) for tie in ties if (tie.a_id in gone) != (tie.b_id in gone)}


def mending(side: Mapping[int, Identifier], ties: Iterable[Link]) -> list[Pair]:
    """The pairs to call the same, so that a side stays one once what crosses the cut no longer joins it."""
    forest = Forest(side)
    for tie in ties:
        if not tie.held and tie.a_id in side and tie.b_id in side:
            a, b = forest.root(tie.a_id), forest.root(tie.b_id)
            if a != b:
                forest.join(a, b)
    pieces: dict[int, dict[int, Identifier]] = {}
    for pk, one in side.items():
        pieces.setdefault(forest.root(pk), {})[pk] = one
    speakers = sorted((spokesman_of(piece) for piece in pieces.values()), key=lambda one: one.telling)
    return [(speakers[0].pk, other.pk) for other in speakers[1:]]


def verdicts_between(groups: Sequence[Collection[int]]) -> list[Link]:
    """The standing `different` verdicts between some customers' identifiers (ids): why staff may not merge them."""
    everyone = [pk for group in groups for pk in group]
    side = {pk: number for number, group in enumerate(groups) for pk in group}
    found = Link.objects.standing().filter(Q(a__in=everyone, b__in=everyone), verdict=Link.Verdict.DIFFERENT)
    return [link for link in found.select_related("a", "b", "actor") if side[link.a_id] != side[link.b_id]]
