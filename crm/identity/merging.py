"""Staff's decisions about who is who: merge, unmerge, keep apart, and whether an identifier is shared.

Each is a link made or withdrawn, so each is exact, cheap, and safe in any order.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import MergeRefused
from crm.identity.kinds import RANK
from crm.identity.models import Customer, Identifier, Link
from crm.identity.regrouping import regroup


def spokesman(customer: Customer) -> Identifier:
    """The identifier that stands for a customer in a staff link: its most telling, then its oldest."""
    identifiers = Identifier.objects.filter(customer=customer, shared="")[:2000]
    found = min(identifiers, key=lambda i: (RANK[i.kind], i.pk), default=None)
    if found is None:
        raise MergeRefused("this customer has only shared identifiers; free one of them, or claim interactions")
    return found


@transaction.atomic
def merge(a: Customer, b: Customer, actor: User | None, note: str = "") -> Link:
    """Say that two customers are one person; what staff said earlier to the contrary is withdrawn.

    Raises MergeRefused when they are one already, or when the rules hold the link all the same.
    """
    if a.pk == b.pk:
        raise MergeRefused("these are one customer already")
    link = rule(spokesman(a), spokesman(b), Link.Verdict.SAME, actor, note)
    if link.held:
        raise MergeRefused(f"they stay apart: {link.get_held_display()}; withdraw that first")
    return link


@transaction.atomic
def keep_apart(a: Identifier, b: Identifier, actor: User | None, note: str = "") -> Link:
    """Say that two identifiers are different people's: nothing automatic joins them again."""
    return rule(a, b, Link.Verdict.DIFFERENT, actor, note)


def rule(a: Identifier, b: Identifier, verdict: str, actor: User | None, note: str) -> Link:
    """Write staff's verdict in place of their opposite one, and fold."""
    low, high = sorted((a, b), key=lambda identifier: identifier.pk)
    standing = Link.objects.standing().filter(a=low, b=high, basis=Link.Basis.STAFF)
    standing.exclude(verdict=verdict).update(withdrawn_at=timezone.now(), withdrawn_by=actor)
    link, _ = Link.objects.standing().get_or_create(
        a=low,
        b=high,
        basis=Link.Basis.STAFF,
        verdict=verdict,
        is_verified=False,
        withdrawn_at=None,
        defaults={"actor": actor, "evidence": {"note": note} if note else {}},
    )
    regroup([low.pk, high.pk], f"staff.{verdict}", actor.pk if actor else None, [link.pk])
    link.refresh_from_db()
    return link


@transaction.atomic
def withdraw(links: Sequence[Link], actor: User | None) -> None:
    """Take links back: what they joined is what it would have been without them."""
    standing = list(Link.objects.standing().select_for_update().filter(pk__in=[link.pk for link in links]))
    Link.objects.filter(pk__in=[link.pk for link in standing]).update(withdrawn_at=timezone.now(), withdrawn_by=actor)
    ends = {end for link in standing for end in (link.a_id, link.b_id)}
    regroup(ends, "staff.withdrawn", actor.pk if actor else None, [link.pk for link in standing])


@transaction.atomic
def rule_shared(identifier: Identifier, is_shared: bool | None, actor: User | None) -> None:
    """Say whether an identifier is shared; None leaves it to the facts again."""
    Identifier.objects.filter(pk=identifier.pk).update(ruled_shared=is_shared)
    regroup([identifier.pk], "staff.shared", actor.pk if actor else None)
