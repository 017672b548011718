"""The pages on which admins merge, split and undo: first what would happen, then it happens, then it can be undone."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.asked import number_of
from crm.errors import ThroughlineError
from crm.identity.comparing import compared
from crm.identity.logbook import lines_of
from crm.identity.merging import merge_all
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.pages import about, admins
from crm.identity.rehearsing import rehearse
from crm.identity.splitting import split, verdicts_between
from crm.identity.undoing import undo
from crm.privacy.access import signed_in, visible_customers, visible_or_404
from crm.profile.portraits import portraits
from crm.search.finding import find

MOST_MERGED = 10
IDENTIFIERS_SHOWN = 500
LONGEST_NOTE = 300
BOTH = ["GET", "POST"]


@admins
@require_http_methods(BOTH)
@never_cache
def merge_customers(request: HttpRequest) -> HttpResponse:
    """Merge two or more customers: pick them, see what would happen, and say yes."""
    customers = picked(request)
    if request.method == "POST":
        return carried_out(
            request, lambda: merge_all(customers, signed_in(request), note_of(request)), customers, "Merged."
        )
    context: dict[str, Any] = {"picked": list(portraits(one.pk for one in customers).values())}
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    if len(customers) < 2:
        chosen = {one.pk for one in customers}
        found = [one.portrait for one in find(query, request.user) if one.customer_id not in chosen] if query else []
        return render(request, "crm/identity/pick.html", context | {"query": query, "found": found})
    rehearsal = rehearse(lambda: merge_all(customers, signed_in(request)), customers)
    verdicts = verdicts_between([one.identifiers for one in context["picked"]]) if rehearsal.refused else []
    context |= {"rehearsal": rehearsal, "compared": compared(rehearsal), "verdicts": verdicts}
    return render(request, "crm/identity/merge.html", context)


def picked(request: HttpRequest) -> list[Customer]:
    """The customers that the address or the form names, as they stand now; each once."""
    asked = request.POST if request.method == "POST" else request.GET
    ids = [known for known in map(uuid_or_none, asked.getlist("customer")[:MOST_MERGED]) if known]
    found = visible_customers(request.user).filter(identifiers__origin__public_id__in=ids).distinct()
    return list(found.order_by("pk"))


def uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@admins
@require_http_methods(BOTH)
@never_cache
def split_customer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Split a customer: pick what belongs to somebody else, see who each would be, and say yes."""
    customer = visible_or_404(request, public_id)
    leaving = leaving_of(request)
    if request.method == "POST":
        return carried_out(
            request, lambda: split(customer, leaving, signed_in(request), note_of(request)), [customer], "Split."
        )
    identifiers = sorted(customer.identifiers.all()[:IDENTIFIERS_SHOWN], key=lambda one: one.telling)
    leaving = [one.pk for one in identifiers if one.pk in leaving]
    context: dict[str, Any] = {"identifiers": identifiers, "leaving": leaving, **about(customer)}
    if leaving:
        rehearsal = rehearse(lambda: split(customer, leaving, signed_in(request)), [customer])
        context |= {"rehearsal": rehearsal, "compared": compared(rehearsal)}
    return render(request, "crm/identity/split.html", context)


def leaving_of(request: HttpRequest) -> list[int]:
    """The identifiers (ids) that the address or the form names."""
    asked = request.POST if request.method == "POST" else request.GET
    return [one for text in asked.getlist("identifier") if (one := number_of(text)) is not None]


@admins
@require_http_methods(BOTH)
@never_cache
def undo_decision(request: HttpRequest, event_id: int) -> HttpResponse:
    """Undo one decision: see what would be, and say yes."""
    event = get_object_or_404(IdentityEvent.objects.select_related("actor"), pk=event_id)
    customers = concerned(event, request)
    if request.method == "POST":
        return carried_out(request, lambda: undo(event, signed_in(request)), customers, "Undone.")
    rehearsal = rehearse(lambda: undo(event, signed_in(request)), customers)
    context = {"line": lines_of([event])[0], "rehearsal": rehearsal, "compared": compared(rehearsal)}
    return render(request, "crm/identity/undo.html", context)


def concerned(event: IdentityEvent, request: HttpRequest) -> list[Customer]:
    """The customers whose identifiers a decision's links tie now."""
    ends = Link.objects.filter(pk__in=event.links).values_list("a_id", "b_id")
    identifiers = {end for pair in ends for end in pair}
    found = visible_customers(request.user).filter(
        Q(identifiers__in=identifiers) | Q(identifiers__origin=event.customer)
    )
    return list(found.distinct().order_by("pk")[:MOST_MERGED])


# What the pages share


def carried_out(
    request: HttpRequest, act: Callable[[], Iterable[Link]], customers: Sequence[Customer], done: str
) -> HttpResponse:
    """Do it, and lead to the history in which it can be undone; where it is refused, say why."""
    back = customers[0].public_id if customers else None
    try:
        act()
    except ThroughlineError as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"{done} It can be undone here.")
    if back is None:
        return redirect("customers")
    standing = Identifier.objects.select_related("customer").get(origin=customers[0]).customer
    return redirect("customer-history", standing.public_id)


def note_of(request: HttpRequest) -> str:
    return request.POST.get("note", "").replace("\0", "").strip()[:LONGEST_NOTE]
