"""The admins' pages of the desk: the rules of the next best action, and the words that calls are wrapped up with."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import requires
from crm.privacy.permissions import permitting
from crm.privacy.roles import ADMINISTERS, INSPECTS
from crm.reading import both, read
from journeys.calls.condition_rows import Asking, ConditionForm, Said
from journeys.customers.listing import latest_customers
from journeys.desk.acting import ASKED, MUST_ASK_FOR, TESTS, Rule, best, closed_channels, known_of
from journeys.desk.gathering import gathering
from journeys.desk.models import ActionRule
from journeys.timeline.reading import identifiers_of
from journeys.work.models import WrapChoice

TRIED_ON = 20  # customers
NEEDS = [("", "in any case"), *((one, one) for one in sorted(MUST_ASK_FOR))]
OF_RULE = ("name", "says", "needs", "days", "position", "is_live")


def fault_of(said: Said) -> str:
    """What is wrong with a condition; empty when nothing is."""
    test, value, (label, kind) = said["is"], said["value"], ASKED[said["fact"]]
    if kind not in TESTS[test]:
        fitting = ", ".join(one for one, kinds in TESTS.items() if kind in kinds)
        return f"“{label}” takes: {fitting}."
    if kind == "number" and not value.strip().isdecimal():
        return "Give a whole number."
    return "Give a value." if kind == "text" and not value.strip() else ""


class ActionForm(ConditionForm):
    """A rule: its conditions, and what it proposes."""

    asking = Asking([(name, label) for name, (label, _) in ASKED.items()], [(test, test) for test in TESTS], fault_of)
    name = forms.CharField(label="Name", max_length=80)
    says = forms.CharField(label="What to do", max_length=200)
    needs = forms.ChoiceField(label="Only where we may", required=False, choices=NEEDS)
    days = forms.IntegerField(label="Within days", min_value=0, max_value=365)
    position = forms.IntegerField(label="Place", min_value=0, max_value=1_000)
    is_live = forms.BooleanField(label="In force", required=False)

    def __init__(self, *args: Any, rule: ActionRule, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {name: getattr(rule, name) for name in OF_RULE}
        self.add_rows(rule.conditions or [])

    def fill(self, rule: ActionRule) -> None:
        """Set a rule to what is filled in."""
        for name in OF_RULE:
            setattr(rule, name, self.cleaned_data[name])
        rule.conditions = self.conditions


@requires(*INSPECTS)
@require_GET
@never_cache
def actions(request: HttpRequest) -> HttpResponse:
    """The rules of the next best action, in their order, and the words of wrapping up."""
    context = {"rules": [(rule, said(rule.conditions)) for rule in ActionRule.objects.all()],
               "words": WrapChoice.objects.all(), "kinds": WrapChoice.Kind.choices}  # fmt: skip
    return render(request, "journeys/desk/actions.html", context)


def said(conditions: list[dict[str, str]]) -> str:
    """Conditions in words."""
    told = [condition_said(one) for one in conditions if one["fact"] in ASKED]
    return ", and ".join(told) or "always"


def condition_said(one: dict[str, str]) -> str:
    label, kind = ASKED[one["fact"]]
    if kind == "flag":
        return label if one["is"] == "yes" else f"it is not so that {label}"
    return f"{label}: {one['is']} {one['value']}"


@requires(*ADMINISTERS)
@require_http_methods(["GET", "POST"])
@never_cache
def change_action(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule (0: add one). It is tried on the customers who were in touch last; `act=save` keeps it."""
    rule = get_object_or_404(ActionRule, pk=rule_id) if rule_id else ActionRule(position=ActionRule.objects.count())
    form = ActionForm(request.POST or None, rule=rule)
    tried = None
    if form.is_valid():
        form.fill(rule)
        if request.POST.get("act") == "save":
            rule.save()
            messages.success(request, f"{rule.name}: kept.")
            return redirect("actions")
        tried = tried_on(request, rule)
    context = {"form": form, "rule": rule, "tried": tried, "looked_at": TRIED_ON}
    return render(request, "journeys/desk/action.html", context)


def tried_on(request: HttpRequest, rule: ActionRule) -> list[tuple[Any, tuple[str, ...]]]:
    """The customers who were in touch last for whom a rule holds, and why."""
    now, found = timezone.now(), []
    trial = Rule(0, rule.name, rule.conditions, rule.says, rule.needs, rule.days)
    for row in latest_customers(request.user, limit=TRIED_ON).rows:
        ids = identifiers_of(row.portrait.customer_id)
        gathered, may = read(both(gathering(ids, now), permitting(ids)))
        action = best([trial], known_of(gathered, now), closed_channels(may))
        if action:
            found.append((row.portrait, action.why))
    return found


@requires(*ADMINISTERS)
@require_POST
def remove_action(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Put a rule out of force; what agents answered to it stays."""
    ActionRule.objects.filter(pk=rule_id).update(is_live=False)
    messages.success(request, "It is out of force; change it to put it back.")
    return redirect("actions")


@requires(*ADMINISTERS)
@require_POST
@transaction.atomic
def change_words(request: HttpRequest) -> HttpResponse:
    """Add a word, or take one out of what is offered, and put it back."""
    label, kind = request.POST.get("label", "").replace("\0", "").strip()[:60], request.POST.get("kind", "")
    if switched := request.POST.get("switch", ""):
        word = get_object_or_404(WrapChoice, pk=switched if switched.isdecimal() else 0)
        word.is_offered = not word.is_offered
        word.save(update_fields=["is_offered"])
        messages.success(request, f"{word.label}: {'offered' if word.is_offered else 'no longer offered'}.")
    elif slugify(label) and kind in WrapChoice.Kind.values:
        told = {"label": label, "is_offered": True, "is_sale": bool(request.POST.get("is_sale"))}
        told["position"] = WrapChoice.objects.filter(kind=kind).count()
        WrapChoice.objects.update_or_create(kind=kind, word=slugify(label)[:40], defaults=told)
        messages.success(request, f"{label}: offered from now on.")
    else:
        messages.error(request, "Give the words, and say what they are for.")
    return redirect("actions")
