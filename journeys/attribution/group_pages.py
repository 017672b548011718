"""The pages of channel groups: the rules in their order, each tried on the last month before it holds."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.asked import number_of
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import GROUPS_CHANNELS
from journeys.attribution import group_changes as changing
from journeys.attribution.deriving import how_far
from journeys.attribution.group_forms import GroupForm, words_of
from journeys.attribution.group_rehearsing import rehearse
from journeys.attribution.groups import standing_rules
from journeys.attribution.models import GroupingChange
from journeys.attribution.regrouping import progress
from journeys.attribution.tasks import announce

CHANGES_SHOWN = 20
STEPS = {"up": -1, "down": 1}
TOO_LATE = "Somebody changed the rules meanwhile. They stand below as they are now; do it once more."
marketers = requires(*GROUPS_CHANNELS)


@marketers
@require_GET
@never_cache
def channel_groups(request: HttpRequest) -> HttpResponse:
    """The rules, in their order, and every change of them."""
    context = {
        "rules": [(place, rule, words_of(rule)) for place, rule in enumerate(standing_rules(), 1)],
        "base": changing.last_change(),
        "changes": GroupingChange.objects.select_related("actor")[:CHANGES_SHOWN],
        **now_of(),
    }
    return render(request, "journeys/marketing/groups.html", context)


@marketers
@require_GET
@never_cache
def channel_groups_now(request: HttpRequest) -> HttpResponse:
    """How far touchpoints are in the groups of the rules that stand, as a part of the page."""
    return render(request, "journeys/marketing/parts/regrouping.html", now_of())


def now_of() -> dict[str, Any]:
    upto, last = how_far()
    return {"regrouping": progress(), "behind": max(last - upto, 0)}


@marketers
@require_http_methods(["GET", "POST"])
@never_cache
def change_channel_group(request: HttpRequest, place: int) -> HttpResponse:
    """Change the rule at a place (0: add one). It is tried on the last month; `act=save` keeps it."""
    rules, base = standing_rules(), base_of(request)
    if place > len(rules):
        raise Http404("There is no such rule.")
    form = GroupForm(request.POST or None, rule=rules[place - 1] if place else None)
    tried = None
    if form.is_valid():
        if request.POST.get("act") == "save":
            said = f"{'Changed' if place else 'Added'} a rule of {form.rule.group}"
            return kept(request, place, form, said, base)
        tried = rehearse(rules, changing.put(rules, place, form.rule), request.user, timezone.now())
    context = {"form": form, "place": place, "base": base, "tried": tried, "groups": groups_of()}
    return render(request, "journeys/marketing/group.html", context)


def kept(request: HttpRequest, place: int, form: GroupForm, said: str, base: int) -> HttpResponse:
    is_made = changing.change(lambda rules: changing.put(rules, place, form.rule), said, signed_in(request), base)
    return told(request, is_made, f"{said}. Touchpoints move in the background; it can be undone below.")


def told(request: HttpRequest, is_made: bool, said: str) -> HttpResponse:
    """Lead back to the rules, and have touchpoints regrouped."""
    if is_made:
        announce()
        messages.success(request, said)
    else:
        messages.error(request, TOO_LATE)
    return redirect("channel-groups")


def base_of(request: HttpRequest) -> int:
    """The change after which the rules are that the request speaks of."""
    said = number_of(request.POST.get("base", ""))
    return changing.last_change() if said is None else said


def groups_of() -> list[str]:
    return sorted({rule.group for rule in standing_rules()})


@marketers
@require_POST
def move_channel_group(request: HttpRequest, place: int) -> HttpResponse:
    """Ask a rule one place earlier or later (`to`: up, down)."""
    step = STEPS.get(request.POST.get("to", ""))
    if step is None:
        return HttpResponseBadRequest("to is one of: up, down")
    rules = standing_rules()
    group = rules[place - 1].group if 1 <= place <= len(rules) else ""
    said = f"Moved a rule of {group} {'up' if step < 0 else 'down'}"
    is_made = changing.change(
        lambda rules: changing.moved(rules, place, step), said, signed_in(request), base_of(request)
    )
    return told(request, is_made, f"{said}.")


@marketers
@require_POST
def remove_channel_group(request: HttpRequest, place: int) -> HttpResponse:
    """Remove a rule."""
    rules = standing_rules()
    if not 1 <= place <= len(rules):
        raise Http404("There is no such rule.")
    said = f"Removed a rule of {rules[place - 1].group}"
    is_made = changing.change(lambda rules: changing.removed(rules, place), said, signed_in(request), base_of(request))
    return told(request, is_made, f"{said}. It can be undone below.")


@marketers
@require_POST
def undo_channel_groups(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(GroupingChange, pk=change_id)
    if changing.undo(change, signed_in(request)):
        announce()
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("channel-groups")
