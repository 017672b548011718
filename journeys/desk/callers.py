"""Whom a call is from, as far as it is known: somebody, one of several, a number that nobody knows, or withheld."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from crm.identity.kinds import brand_of, nameless
from crm.identity.models import Customer, Identifier
from crm.identity.resolving import enrol, lock, lock_number
from crm.identity.sharing import finding_sharers
from crm.privacy.access import visible_customers
from crm.profile.portraits import Portrait, portraits
from crm.profile.record import standing_customer
from crm.reading import read
from journeys.calls.keeping import SHARES_LINE
from journeys.calls.models import Call
from journeys.calls.ringing import SURE_FROM
from journeys.desk.visits import give_visit, is_nameless, take_visit_back, visitor_of
from journeys.interactions import claiming
from journeys.interactions.models import Claim
from journeys.listening.noticing import note_due
from journeys.work.deeds import Hand, WorkRefused, log
from journeys.work.models import Deed

USES_LINE = "uses this line"
MOST_OFFERED = 20


class Known(StrEnum):
    """How much is known of a caller. BEYOND: they are known, behind a wall, to the people of another brand."""

    ONE = "one"
    SEVERAL = "several"
    NOBODY = "nobody"
    BEYOND = "beyond"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Offered:
    """A customer whom a call may be from: only what it takes to ask. share: how likely, 0 to 1, where it is known."""

    portrait: Portrait
    why: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a call is from. customer: who they are, or the nameless customer of a number that nobody knows.

    offered: whom it may be from, the likeliest first. claimed: an agent said so. is_visitor: all that is known of them
    is their visit.
    """

    known: Known
    customer: Customer | None = None
    offered: list[Offered] = field(default_factory=list)
    claimed: bool = False
    is_visitor: bool = False


def caller_of(call: Call, actor: User) -> Caller:
    """Whom a call is from, as far as the actor may see."""
    customer = customer_of(call)
    if customer is not None:
        found = visible_customers(actor).filter(pk=customer.pk).first()
        if found is None:
            return Caller(Known.BEYOND)
        named = found.identifiers.exclude(pk=call.identifier_id or 0).exists()
        is_visitor = bool(call.visitor) and is_nameless(customer)
        is_open = not call.claimed_for_id and (call.confidence < SURE_FROM or is_visitor)
        offered = offers(call, actor) if is_open else []
        others = [one for one in offered if one.portrait.customer_id != customer.pk]
        known = Known.ONE if named or call.claimed_for_id else unnamed(call)
        return Caller(known, found, others, bool(call.claimed_for_id), is_visitor)
    offered = offers(call, actor)
    return Caller(Known.SEVERAL if offered else unnamed(call), None, offered)


def unnamed(call: Call) -> Known:
    return Known.NOBODY if call.line else Known.WITHHELD


def customer_of(call: Call) -> Customer | None:
    """The customer that a call is from by now: claimed, believed, or the one whose line it is; None where it is
    shared, or nothing is known.
    """
    if call.claimed_for:
        return Customer.objects.get(pk=call.claimed_for.customer_id)
    if call.customer:
        return standing_customer(call.customer)
    line = call.identifier
    return Customer.objects.get(pk=line.customer_id) if line and not line.is_shared else None


def offers(call: Call, actor: User) -> list[Offered]:
    """Whom a call may be from: those whom the routing found, else those who share its line."""
    given: list[dict[str, Any]] = [one for one in call.candidates if one.get("customer")][:MOST_OFFERED]
    if given:
        ids = [UUID(str(one["customer"])) for one in given]
        owners = visible_customers(actor).filter(identifiers__origin__public_id__in=ids)
        born = dict(owners.values_list("identifiers__origin__public_id", "pk"))
        said = {born[key]: one for key, one in zip(reversed(ids), reversed(given), strict=True) if key in born}
    elif call.identifier and call.identifier.is_shared:
        sharers = read(finding_sharers(call.identifier.customer_id, [call.identifier.pk]))
        may = visible_customers(actor).filter(pk__in={one.customer_id for one in sharers})
        said = {pk: {} for pk in may.values_list("pk", flat=True)}
    else:
        return []
    shown = portraits(said)
    found = [offered(shown[pk], one) for pk, one in said.items() if pk in shown]
    return sorted(found, key=lambda one: (-(one.share or 0), one.portrait.name))


def offered(portrait: Portrait, said: dict[str, Any]) -> Offered:
    share, why = said.get("probability"), str(said.get("why") or USES_LINE)
    is_known = isinstance(share, int | float) and why != SHARES_LINE  # that they share it says nothing of who rings
    return Offered(portrait, why, share if is_known else None)


# Saying who it is


def about(call: Call) -> int:
    """The identifier that what is said of a call hangs off: its caller's most telling one, else its line."""
    if call.claimed_for_id:
        return int(call.claimed_for_id)
    customer = customer_of(call)
    spokesman = customer.spokesman() if customer else None
    if spokesman is not None:
        return spokesman.pk
    return int(call.identifier_id or stranger(call).pk)


def stranger(call: Call) -> Identifier:
    """An identifier of the call's own: somebody whom nothing else names."""
    key = nameless(call.source.public_id, call.call_id, call.source.namespace)
    lock([lock_number(*key)])
    return Identifier.objects.get(pk=enrol({key})[key].id)


@transaction.atomic
def say_who(call: Call, customer: Customer | None, actor: User) -> Claim:
    """The call, not its line, is this customer's, and so is the visit that it came from; None: somebody new.

    Raises WorkRefused.
    """
    whose = customer.spokesman() if customer else visitor_of(call) or stranger(call)
    if whose is None:
        raise WorkRefused("several people share everything that is known of this one; pick one of them")
    if brand_of(whose.namespace) != brand_of(call.source.namespace):
        raise WorkRefused("this call came in for another brand, and there is a wall between the two")
    take_visit_back(call, actor)
    claimed = claiming.claim(call.source, call.call_id, whose, actor)
    if customer:
        give_visit(call, customer, actor)
    note_due([(call.source_id, call.call_id)])
    Call.objects.filter(pk=call.pk).update(claimed_for=whose)
    log(whose.pk, Deed.Kind.CALL, call.pk, "Said who is calling", Hand(actor))
    return claimed


@transaction.atomic
def unsay_who(call: Call, actor: User) -> bool:
    """Take back who is calling; False when nobody said."""
    standing = Claim.objects.filter(source=call.source, key=call.call_id, withdrawn_at=None).first()
    take_visit_back(call, actor)
    Call.objects.filter(pk=call.pk).update(claimed_for=None)
    if standing is None or not claiming.take_back(standing, actor):
        return False
    note_due([(call.source_id, call.call_id)])
    log(standing.identifier_id, Deed.Kind.CALL, call.pk, "Took back who was calling", Hand(actor))
    return True
