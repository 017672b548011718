"""The admins' pages of routing: the rules in their order, each in words, and what others would have done last week."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import requires, roles_of, signed_in
from crm.privacy.disclosure import disclosing
from crm.privacy.roles import ADMINISTERS, LOOKS_AT_ROUTING, SUPERVISES
from crm.reading import read
from journeys.calls import ruling
from journeys.calls.conditions import said
from journeys.calls.models import Agent, Queue, RoutingChange, RoutingRule
from journeys.calls.rehearsing import Rehearsal, rehearse
from journeys.calls.rota import read_rota
from journeys.calls.routing import Rule, place_of
from journeys.calls.rule_forms import RoutingForm

CHANGES_SHOWN = 20
STEPS = {"up": -1, "down": 1}
admins = requires(*ADMINISTERS)
lookers, supervisors = requires(*LOOKS_AT_ROUTING), requires(*SUPERVISES)


@lookers
@require_GET
@never_cache
def routing(request: HttpRequest) -> HttpResponse:
    """The rules, in their order, and every change of them."""
    rota, rules = read_rota(), list(RoutingRule.objects.all())
    context = {
        "rules": [(rule, said(rule.conditions), place_of(rule.known, rota)) for rule in rules],
        "states": RoutingRule.State.choices,
        "has_shadow": any(rule.state == RoutingRule.State.SHADOW for rule in rules),
        "queues": Queue.objects.order_by("label"),
        "agents": Agent.objects.select_related("user").order_by("user__first_name", "user__username"),
        "default": rota.default,
        "changes": RoutingChange.objects.select_related("actor")[:CHANGES_SHOWN],
    }
    return render(request, "journeys/calls/routing.html", context)


@supervisors
@require_GET
@never_cache
def routing_shadow(request: HttpRequest) -> HttpResponse:
    """What the rules in shadow would have changed last week, as a part of the page."""
    rules = list(RoutingRule.objects.exclude(is_live=False, is_shadow=False))
    live, all_of_them = [one.known for one in rules if one.is_live], [one.known for one in rules]
    return render(request, "journeys/calls/parts/rehearsal.html", rehearsal(request, live, all_of_them))


def rehearsal(request: HttpRequest, before: Sequence[Rule], after: Sequence[Rule]) -> dict[str, Any]:
    """What the template of a rehearsal shows."""
    tact = read(disclosing(roles_of(request.user)))
    found: Rehearsal = rehearse(read_rota(), before, after, timezone.now(), tact)
    return {"tried": found}


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def change_routing(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule (0: add one). It is tried on last week's calls; `act=save` keeps it."""
    rule = get_object_or_404(RoutingRule, pk=rule_id) if rule_id else new_rule()
    form, context = RoutingForm(request.POST or None, rule=rule), dict[str, Any]()
    if form.is_valid():
        form.fill(rule)
        if request.POST.get("act") == "save":
            ruling.save(rule, signed_in(request))
            messages.success(request, f"{rule.name}: kept. It can be undone below.")
            return redirect("routing")
        before, after = live_rules(), with_rule(live_rules(), rule)
        context = rehearsal(request, [one.known for one in before], [one.known for one in after])
    return render(request, "journeys/calls/rule.html", {"form": form, "rule": rule, **context})


def new_rule() -> RoutingRule:
    """A rule to fill in, which decides nothing yet."""
    return RoutingRule(position=RoutingRule.objects.count() + 1, is_shadow=True, timeout=20)


def live_rules() -> list[RoutingRule]:
    return list(RoutingRule.objects.filter(is_live=True))


def with_rule(rules: Sequence[RoutingRule], edited: RoutingRule) -> list[RoutingRule]:
    """The rules with one as it is edited: in its place, unless it is switched off."""
    others = [one for one in rules if one.pk != edited.pk]
    if edited.state == RoutingRule.State.OFF:
        return others
    return sorted([*others, edited], key=lambda one: (one.position, one.pk or 0))


@admins
@require_POST
def move_routing(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Ask a rule one place earlier or later (`to`: up, down)."""
    step = STEPS.get(request.POST.get("to", ""))
    if step is None:
        return HttpResponseBadRequest("to is one of: up, down")
    ruling.move(rule_id, step, signed_in(request))
    return redirect("routing")


@admins
@require_POST
def switch_routing(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Switch a rule off, to shadow, or live (`state`)."""
    rule, state = get_object_or_404(RoutingRule, pk=rule_id), request.POST.get("state", "")
    if state not in RoutingRule.State.values:
        return HttpResponseBadRequest(f"state is one of: {', '.join(RoutingRule.State.values)}")
    if state != rule.state:
        ruling.switch(rule, state, signed_in(request))
    return redirect("routing")


@admins
@require_POST
def remove_routing(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Remove a rule."""
    rule = get_object_or_404(RoutingRule, pk=rule_id)
    name = rule.name
    ruling.remove(rule, signed_in(request))
    messages.success(request, f"{name}: removed. It can be undone below.")
    return redirect("routing")


@admins
@require_POST
def undo_routing(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(RoutingChange, pk=change_id)
    try:
        is_undone = ruling.undo(change, signed_in(request))
    except ruling.Gone as error:
        messages.error(request, f"It cannot be undone: {error}.")
        return redirect("routing")
    if is_undone:
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("routing")
