"""Staff's decisions about who is who: merge, keep apart, take back, put back, and whether an identifier is shared.

Each makes links or withdraws them, and nothing else, so each is exact, cheap, and safe in any order. A `different`
verdict overrules what joins the two by standing beside it; once it is withdrawn, that is in force again.
"""

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import MergeRefused
from crm.identity import causes
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.regrouping import regroup
from crm.live import notify
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note as note_act

LINKS_NOTED = 20


def spokesman(customer: Customer) -> Identifier:
    """The identifier that stands for a customer in a staff link. Raises MergeRefused where there is none."""
    found = customer.spokesman()
    if found is None:
        raise MergeRefused("this customer has only shared identifiers; free one of them, or claim interactions")
    return found


def merge(a: Customer, b: Customer, actor: User | None, note: str = "") -> Link:
    """Say that two customers are one person.

    Raises MergeRefused when they are one already, or when the rules hold the link all the same.
    """
    return merge_all([a, b], actor, note)[0]


@transaction.atomic
def merge_all(customers: Sequence[Customer], actor: User | None, note: str = "") -> list[Link]:
    """Say that customers are one person: the first is linked to each of the others. Raises as merge does."""
    if len({customer.pk for customer in customers}) < max(2, len(customers)):
        raise MergeRefused("these are one customer already")
    if len({customer.brand for customer in customers}) > 1:
        raise MergeRefused("they are customers of different brands, and there is a wall between them")
    first, *others = (spokesman(customer) for customer in customers)
    links = [made(first, other, Link.Verdict.SAME, actor, note)[0] for other in others]
    settle(links, causes.SAME, actor)
    for link in links:
        link.refresh_from_db()
        if link.held:
            raise MergeRefused(f"they stay apart: {link.get_held_display()}; withdraw that first")
    return links


@transaction.atomic
def keep_apart(a: Identifier, b: Identifier, actor: User | None, note: str = "") -> Link:
    """Say that two identifiers are different people's: nothing automatic joins them again, nor do staff by mistake."""
    link, is_new = made(a, b, Link.Verdict.DIFFERENT, actor, note)
    if is_new:
        settle([link], causes.DIFFERENT, actor)
    return link


def made(a: Identifier, b: Identifier, verdict: str, actor: User | None, note: str = "") -> tuple[Link, bool]:
    """(staff's verdict on two identifiers, whether it is new). The caller settles it."""
    low, high = sorted((a, b), key=lambda identifier: identifier.pk)
    return Link.objects.standing().get_or_create(
        a=low,
        b=high,
        basis=Link.Basis.STAFF,
        verdict=verdict,
        is_verified=False,
        withdrawn_at=None,
        defaults={"actor": actor, "evidence": {"note": note} if note else {}},
    )


def settle(links: Iterable[Link], cause: str, actor: User | None) -> None:
    """Fold what these links tie, log the decision even where nobody moves, and tell the open screens."""
    links = list(links)
    if not links:
        return
    actor_id, numbers = actor.pk if actor else None, sorted(link.pk for link in links)
    moved = regroup({end for link in links for end in (link.a_id, link.b_id)}, cause, actor_id, numbers)
    owner = Identifier.objects.get(pk=links[0].a_id).customer_id
    if not moved:
        IdentityEvent.objects.create(cause=cause, actor_id=actor_id, customer_id=owner, moved=[], links=numbers)
    note_act(actor, Act.DECIDED, customer=owner, subject=causes.said(cause), detail={"links": numbers[:LINKS_NOTED]})
    notify(moved)


@transaction.atomic
def withdraw(links: Sequence[Link], actor: User | None) -> list[Link]:
    """Take links back: what they joined is what it would have been without them. Returns those that stood."""
    standing = list(Link.objects.standing().select_for_update().filter(pk__in=[link.pk for link in links]))
    Link.objects.filter(pk__in=[link.pk for link in standing]).update(withdrawn_at=timezone.now(), withdrawn_by=actor)
    settle(standing, causes.WITHDRAWN, actor)
    return standing


@transaction.atomic
def restore(links: Sequence[Link], actor: User | None) -> list[Link]:
    """Put withdrawn links back, except where the same stands again by now. Returns those that came back."""
    asked = Link.objects.select_for_update().filter(pk__in=[link.pk for link in links], withdrawn_at__isnull=False)
    back = [link for link in asked if not link.has_twin]
    Link.objects.filter(pk__in=[link.pk for link in back]).update(withdrawn_at=None, withdrawn_by=None)
    settle(back, causes.RESTORED, actor)
    return back


@transaction.atomic
def rule_shared(identifier: Identifier, is_shared: bool | None, actor: User | None) -> None:
    """Say whether an identifier is shared; None leaves it to the facts again."""
    Identifier.objects.filter(pk=identifier.pk).update(ruled_shared=is_shared)
    note_act(actor, Act.DECIDED, customer=identifier.customer_id, subject=causes.said(causes.SHARED))
    notify(regroup([identifier.pk], causes.SHARED, actor.pk if actor else None))
