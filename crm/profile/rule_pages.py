"""The admins' pages of survivorship: what decides, with a preview on real customers, custom fields, and the history."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS, INSPECTS
from crm.profile.fields import FIRST_FIELDS
from crm.profile.forms import FieldForm, OrderForm, RulesForm, SourcesForm, label_of
from crm.profile.models import RuleChange
from crm.profile.previewing import preview
from crm.profile.rules import SAID, Rule, Rules
from crm.profile.ruling import set_rules, standing_rules, undo_last
from crm.sources.models import Source

FORMS: dict[str, type[RulesForm]] = {"order": OrderForm, "sources": SourcesForm, "field": FieldForm}
CHANGES_SHOWN = 30


@requires(*INSPECTS)
@require_GET
@never_cache
def rules(request: HttpRequest) -> HttpResponse:
    """What decides now, and every change of it."""
    standing = standing_rules()
    sources = {one.public_id: one.name for one in Source.objects.connected()}
    context = {
        "order": said_order(standing.order),
        "fields": field_rows(standing),
        "ranked": [sources[one] for one in standing.sources if one in sources],
        "has_sources": bool(sources),
        "custom": sorted(standing.fields.values(), key=lambda one: one.label.casefold()),
        "changes": RuleChange.objects.select_related("actor")[:CHANGES_SHOWN],
    }
    return render(request, "crm/rules.html", context)


def said_order(order: tuple[Rule, ...]) -> str:
    return ", then ".join(SAID[rule] for rule in order)


def field_rows(standing: Rules) -> list[tuple[str, str, str]]:
    """(name, label, order of its own or "") of every field that an order can be given to."""
    names = dict.fromkeys((*FIRST_FIELDS, *sorted(standing.fields), *sorted(standing.orders)))
    return [
        (name, label_of(standing, name), said_order(standing.orders[name]) if name in standing.orders else "")
        for name in names
    ]


@requires(*ADMINISTERS)
@require_http_methods(["GET", "POST"])
@never_cache
def change_rules(request: HttpRequest, what: str) -> HttpResponse:
    """Change what decides. Whatever is filled in is tried on real customers first; `act=save` keeps it."""
    if what not in FORMS:
        raise Http404("There is no such rule.")
    name = request.GET.get("field", "").replace("\0", "")[:60]
    standing = standing_rules()
    form = FORMS[what](request.POST or None, rules=standing, name=name)
    if form.is_valid() and request.POST.get("act") == "save":
        set_rules(form.proposed(), signed_in(request), form.said())
        messages.success(request, f"{form.said()}. It holds from now on, and can be undone below.")
        return redirect("rules")
    tried = preview(standing, form.proposed(), form.names, request.user) if form.is_valid() else None
    context: dict[str, Any] = {"form": form, "tried": tried, "what": what, "name": name}
    context["is_defined"] = what == "field" and name in standing.fields
    return render(request, "crm/rule.html", context)


@requires(*ADMINISTERS)
@require_POST
def remove_field(request: HttpRequest) -> HttpResponse:
    """Forget that a field was defined; what was said of it stays, as text."""
    standing, name = standing_rules(), request.POST.get("field", "")
    if name not in standing.fields:
        raise Http404("There is no such field.")
    label = standing.fields[name].label
    set_rules(standing.without_field(name), signed_in(request), f"Removed the field {label}")
    messages.success(request, f"The field {label} is no longer defined. What was said of it stays.")
    return redirect("rules")


@requires(*ADMINISTERS)
@require_POST
def undo_rules(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(RuleChange, pk=change_id)
    if undo_last(change, signed_in(request)):
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("rules")
