"""Revealing who a customer is: for a reason, for minutes, in the audit log."""

from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth.models import User
from django.utils import timezone

from crm.errors import RevealRefused
from crm.identity.models import Customer, Identifier
from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.revealing.models import Reveal
from crm.reading import Reading, Statement, read

OPEN_FOR = timedelta(minutes=15)
SHORTEST_REASON = 8  # characters
READ_OPEN = """
    SELECT max(r.until) FROM crm_reveal r
    WHERE r.user_id = %s AND r.until > %s
      AND r.customer_id IN (SELECT origin_id FROM crm_identifier WHERE customer_id = %s)
"""
MOST_OPEN = 20  # customers at a time: a list of them is not looked through one by one


def reveal(customer: Customer, actor: User, reason: str) -> datetime:
    """Show somebody who a customer is for a while, and return until when. Raises RevealRefused without a reason."""
    said = " ".join(reason.replace("\0", "").split())
    if len(said) < SHORTEST_REASON:
        raise RevealRefused("say what you need it for, in a few words: it is kept, and the privacy officer reads it")
    if customer.pk not in (opened := revealed_to(actor)) and len(opened) >= MOST_OPEN:
        raise RevealRefused(f"{MOST_OPEN} customers are open to you already; hide some of them first")
    until = timezone.now() + OPEN_FOR
    Reveal.objects.create(user=actor, customer=customer, until=until)
    note(actor, Act.REVEALED, customer=customer.pk, reason=said, detail={"minutes": OPEN_FOR.seconds // 60})
    return until


def hide(customer: Customer, actor: User) -> None:
    """End somebody's reveals of a customer."""
    born = Identifier.objects.filter(customer=customer).values("origin")
    Reveal.objects.filter(user=actor, customer__in=born, until__gt=timezone.now()).update(until=timezone.now())


def revealed_to(actor: Actor) -> frozenset[int]:
    """The customers (ids) whom somebody sees as they are, since they said why; those that they are now."""
    if not isinstance(actor, User):
        return frozenset()
    opened = Reveal.objects.filter(user=actor, until__gt=timezone.now()).values("customer")
    return frozenset(Identifier.objects.filter(origin__in=opened).values_list("customer", flat=True))


def open_until(customer: Customer, actor: Actor) -> datetime | None:
    """Until when somebody sees a customer as they are, since they said why; None where they did not."""
    return read(opening(customer.pk, actor))


def opening(customer: int, actor: Actor) -> Reading[datetime | None]:
    """As `open_until`, of a customer's number, in one step."""
    if not isinstance(actor, User):
        return None
    [[(until,)]] = yield [Statement(READ_OPEN, [actor.pk, timezone.now(), customer])]
    return cast("datetime | None", until)
