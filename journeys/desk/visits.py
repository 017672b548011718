"""The visit that a call came from: the caller's as good as certainly, so theirs once an agent says who it is."""

from django.contrib.auth.models import User
from django.db.models import Q

from crm.errors import MergeRefused
from crm.identity.kinds import Kind
from crm.identity.merging import merge, withdraw
from crm.identity.models import Customer, Identifier, Link
from journeys.calls.models import Call

NOTE = "their visit led to call {}, in which an agent was told who they are"


def visitor_of(call: Call) -> Identifier | None:
    """The browser whose visit a call is of; None where there is none, or where it tells of somebody already."""
    if not call.visitor:
        return None
    named = {"kind": Kind.COOKIE.value, "value": call.visitor, "namespace": call.visitor_namespace}
    found = Identifier.objects.select_related("customer").filter(**named).first()
    return found if found and is_nameless(found.customer) else None


def is_nameless(customer: Customer) -> bool:
    """Whether nothing but browsers and single calls is known of a customer."""
    return not customer.identifiers.exclude(kind__in=Kind.anonymous()).exists()


def give_visit(call: Call, customer: Customer, actor: User) -> Link | None:
    """Say that the visit was this customer's, as the call was; nothing where it was somebody's already."""
    visitor = visitor_of(call)
    if visitor is None or visitor.customer_id == customer.pk:
        return None
    try:
        return merge(customer, visitor.customer, actor, NOTE.format(call.pk))
    except MergeRefused:  # the rules hold it; the call is theirs all the same
        return None


def take_visit_back(call: Call, actor: User) -> None:
    """Take back that the visit was whose the call is said to be."""
    if call.visitor and call.claimed_for_id:
        said = Link.objects.standing().filter(evidence__note=NOTE.format(call.pk))
        withdraw(list(said.filter(Q(a=call.claimed_for_id) | Q(b=call.claimed_for_id))), actor)
