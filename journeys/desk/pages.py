"""The desk of a customer and of a call: the three columns, who it is, what is written, and who else is looking."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import push_url

from crm.identity.models import Customer
from crm.privacy.access import requires, roles_of, signed_in, visible_or_404
from crm.privacy.disclosure import disclosing
from crm.privacy.roles import WORKS
from crm.reading import read
from crm.search.finding import find
from journeys.calls.ending import end, may_end
from journeys.calls.models import Call
from journeys.calls.popping import reason_for
from journeys.customers.asking import Request, asked, asked_day, asked_position
from journeys.desk.callers import Caller, Known, about, caller_of, say_who, unsay_who
from journeys.desk.columns import columns, desk_journey, desk_page
from journeys.desk.forms import WorkForm, WrapForm, faults
from journeys.desk.jotting import jotted
from journeys.desk.looking import look, lookers
from journeys.desk.wrapping import save_work, wrap_up
from journeys.listening.showing import conversation_of, player_alone
from journeys.timeline.reading import identifiers_of
from journeys.work.deeds import Hand, WorkRefused, log
from journeys.work.models import Deed

at_the_desk = requires(*WORKS)
COMES_WITHIN = timedelta(hours=1)  # after a call, its recording and transcript
MOST_SOUGHT = 8
NEUTRAL = "May I ask who I am speaking to, please?"


@at_the_desk
@require_GET
@never_cache
def desk_customer(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """A customer at the desk, without a call."""
    found = visible_or_404(request, public_id)
    if found.public_id != public_id:
        return redirect("desk-customer", found.public_id)
    wanted = asked(request)
    if request.htmx.target == "journey":
        page, names, tact = desk_page(identifiers_of(found.pk), wanted, roles_of(request.user))
        context = desk_journey(found, wanted, page, names, tact)
        address = f"{request.path}?{wanted.address}" if wanted.address else request.path
        return push_url(render(request, "journeys/parts/journey.html", context), address)
    form = WorkForm(initial=jotted(signed_in(request), key_of(found)))
    return render(request, "journeys/desk/desk.html", customer_context(request, found) | {"form": form})


@at_the_desk
@require_GET
@never_cache
def desk_entries(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """More of the journey at the desk."""
    found = visible_or_404(request, public_id)
    wanted, after = asked(request), asked_position(request.GET, "after")
    page, names, tact = desk_page(identifiers_of(found.pk), wanted, roles_of(request.user), after)
    context = desk_journey(found, wanted, page, names, tact)
    under = asked_day(request.GET, "under")
    context["days"] = [(day, day != under, items) for day, _, items in context["days"]]
    return render(request, "journeys/parts/entries.html", context)


@at_the_desk
@require_GET
@never_cache
def desk_call(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """A call at the desk: who it is, or may be, and all there is to know before one says hello."""
    call = call_or_404(public_id)
    caller = caller_of(call, signed_in(request))
    form = WrapForm(
        initial={"reason": call.wrap_code, "outcome": call.outcome} | jotted(signed_in(request), key_of(call))
    )
    context = call_context(request, call, caller) | {"form": form} | sought(request)
    return render(request, "journeys/desk/desk.html", context)


@at_the_desk
@require_GET
@never_cache
def heard_call(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """The call's recording and transcript; no content until there is either."""
    call = call_or_404(public_id)
    found = conversation_of(request.user, call.source_id, call.call_id)
    return player_alone(request, found) if found else HttpResponse(status=204)


@at_the_desk
@require_POST
def claim_call(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The agent has asked, and says who is calling."""
    call, chosen = call_or_404(public_id), request.POST.get("customer", "")
    try:
        customer = None if chosen == "new" else visible_or_404(request, uuid.UUID(chosen))
        say_who(call, customer, signed_in(request))
    except ValueError:
        messages.error(request, "Pick one of them, or somebody new.")
    except WorkRefused as error:
        messages.error(request, f"That cannot be: {error}.")
    return redirect("desk-call", call.public_id)


@at_the_desk
@require_POST
def unclaim_call(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """It was somebody else."""
    call = call_or_404(public_id)
    if unsay_who(call, signed_in(request)):
        messages.success(request, "Taken back: the call is its line's again.")
    return redirect("desk-call", call.public_id)


@at_the_desk
@require_POST
def end_call(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The call is over, though its phone system never said so."""
    call = call_or_404(public_id)
    if may_end(call, signed_in(request)):
        end(call, timezone.now())
        log(about(call), Deed.Kind.CALL, call.pk, "Said that the call is over", Hand(signed_in(request)))
        messages.success(request, "The call is over. Wrap it up, and it stands on the journey.")
    elif call.state != Call.State.ENDED:
        messages.error(request, f"It is {call.agent}’s call: only they, or an admin, say that it is over.")
    return redirect("desk-call", call.public_id)


@at_the_desk
@require_POST
def wrap_call(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """Wrap a call up."""
    call = call_or_404(public_id)
    form = WrapForm(request.POST)
    if form.is_valid():
        wrap_up(call, form, Hand(signed_in(request)), key_of(call))
        messages.success(request, "Wrapped up. It stands on the journey.")
        return redirect("desk")
    caller = caller_of(call, signed_in(request))
    context = call_context(request, call, caller) | {"form": form, "faults": faults(form)}
    return render(request, "journeys/desk/desk.html", context, status=422)


@at_the_desk
@require_POST
def work_for_customer(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """Keep a note of a customer, and what is to follow."""
    found = visible_or_404(request, public_id)
    form = WorkForm(request.POST)
    whose = found.spokesman()
    if form.is_valid() and not form.is_empty and whose:
        save_work(whose.pk, form, Hand(signed_in(request)), key_of(found))
        messages.success(request, "Kept. It stands on the journey.")
        return redirect("desk-customer", found.public_id)
    missing = [] if whose else ["Several people share this line: open one of them, or say in a call who it is."]
    told = [*faults(form), *(["Write something first."] if form.is_valid() and form.is_empty else []), *missing]
    context = customer_context(request, found) | {"form": form, "faults": told}
    return render(request, "journeys/desk/desk.html", context, status=422)


@at_the_desk
@require_POST
def looking(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """This customer is still open here; who else is looking?"""
    found = visible_or_404(request, public_id)
    look(signed_in(request), found.pk)
    return render(request, "journeys/desk/parts/lookers.html", {"lookers": lookers(signed_in(request), found.pk)})


# What the pages share


def call_or_404(public_id: uuid.UUID) -> Call:
    related = ("queue", "agent__user", "source", "identifier", "customer", "claimed_for")
    return get_object_or_404(Call.objects.select_related(*related), public_id=public_id)


def key_of(about: Customer | Call) -> str:
    """What a jotting is about."""
    return f"{'call' if isinstance(about, Call) else 'customer'}:{about.public_id}"


def customer_context(request: Request, found: Customer) -> dict[str, Any]:
    look(signed_in(request), found.pk)
    shown = columns(found, asked(request), signed_in(request), timezone.now())
    return shown | {
        "lookers": lookers(signed_in(request), found.pk),
        "save_address": reverse("desk-work", args=[found.public_id]),
        "jotting": key_of(found),
    }


def call_context(request: Request, call: Call, caller: Caller) -> dict[str, Any]:
    shown: dict[str, Any] = {"now": timezone.now(), "hearing": hearing(request, call, timezone.now())}
    if caller.customer:
        shown |= customer_context(request, caller.customer)
    return shown | {
        "call": call, "caller": caller, "seconds": call.seconds(timezone.now()), "neutral": NEUTRAL,
        "save_address": reverse("desk-wrap", args=[call.public_id]), "jotting": key_of(call),
        "is_known": caller.known == Known.ONE, "may_end": may_end(call, signed_in(request)),
        "reason": reason_for(call, shown.get("tact") or read(disclosing(roles_of(request.user)))),
    }  # fmt: skip


def sought(request: Request) -> dict[str, Any]:
    """Customers whom the agent looks for, to say that it is one of them who is calling."""
    words = request.GET.get("who", "").replace("\0", "").strip()[:200]
    return {"sought": words, "found": find(words, request.user, MOST_SOUGHT) if words else []}


def hearing(request: Request, call: Call, now: datetime) -> str:
    """When the page asks for what there is to hear and to read of a call; empty for never."""
    if call.state != Call.State.ENDED:
        return ""
    is_there = conversation_of(request.user, call.source_id, call.call_id)
    if is_there:
        return "load"
    return "every 15s" if now - (call.ended_at or call.rang_at) < COMES_WITHIN else ""
