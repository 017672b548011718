"""Cases: opened, handed on, closed and opened again; what happened to one are its deeds."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.search.indexing import add_references
from journeys.work.deeds import Hand, WorkRefused, log, plain_text
from journeys.work.models import LONGEST_SUBJECT, Case, Deed

LONGEST_ORDER = 120


@transaction.atomic
def open_case(
    identifier_id: int,
    subject: str,
    hand: Hand,
    *,
    owner: User | None = None,
    order: str = "",
    call_id: int | None = None,
) -> Case:
    """Open a case. order: the number of the order that it is about; the customer is found by it. Raises WorkRefused."""
    said, number = plain_text(subject, LONGEST_SUBJECT, "a subject"), order.strip()[:LONGEST_ORDER]
    made = Case.objects.create(
        identifier_id=identifier_id, subject=said, order=number, owner=owner or hand.user, call_id=call_id,
        opened_by=hand.user, opened_at=timezone.now(),
    )  # fmt: skip
    if number:
        add_references([(identifier_id, "order", number)])
    about = f", order {number}" if number else ""
    log(identifier_id, Deed.Kind.CASE, made.pk, f"Opened a case: {said}{about}", hand, made.opened_at)
    return made


@transaction.atomic
def move_case(case: Case, state: str, hand: Hand, *, said: str = "") -> bool:
    """Set a case's state; False when it is in it already. said: why, in words."""
    if state not in Case.State.values:
        raise WorkRefused(f"give one of these states: {', '.join(Case.State.values)}")
    now = timezone.now()
    standing = Case.objects.select_for_update().get(pk=case.pk)
    if standing.state == state:
        return False
    word = "Opened again" if standing.state == Case.State.CLOSED else f"Set to {Case.State(state).label.lower()}"
    if state == Case.State.CLOSED:
        word = "Closed"
    standing.state, standing.closed_at = state, now if state == Case.State.CLOSED else None
    standing.save(update_fields=["state", "closed_at"])
    why = f" ({said.strip()[:LONGEST_SUBJECT]})" if said.strip() else ""
    log(standing.identifier_id, Deed.Kind.CASE, case.pk, f"{word}: {standing.subject}{why}", hand, now)
    return True


@transaction.atomic
def hand_case(case: Case, owner: User | None, hand: Hand) -> bool:
    """Give a case to somebody else, or to nobody; False when it is theirs already."""
    if not Case.objects.filter(pk=case.pk).exclude(owner=owner).update(owner=owner):
        return False
    whom = (owner.get_full_name() or owner.get_username()) if owner else "nobody"
    log(case.identifier_id, Deed.Kind.CASE, case.pk, f"Handed to {whom}: {case.subject}", hand)
    return True
