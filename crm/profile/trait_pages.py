"""A customer's traits: everything that was said, by whom and when, what shows and why, and staff's word on it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.errors import CorrectionRefused
from crm.identity.models import Customer, Identifier
from crm.privacy.access import requires, roles_of, signed_in, visible_or_404
from crm.privacy.disclosure import disclosing
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.revealing.acts import open_until
from crm.privacy.roles import CORRECTS, HANDLES_REQUESTS, SEES_CUSTOMERS
from crm.profile.correcting import CONTACTS, correct, take_back
from crm.profile.fields import FIRST_FIELDS, Field, FieldType
from crm.profile.forms import label_of
from crm.profile.golden import Assertion, GoldenField, display_name, heard, survive
from crm.profile.models import Correction
from crm.profile.reading import hearing
from crm.profile.record import in_usual_order, masked_assertion, most_telling_first, seemly
from crm.profile.rules import Rules
from crm.reading import both, read

CORRECTIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Said:
    """An assertion, and the identifier that it was made about."""

    one: Assertion
    about: Identifier | None
    is_shown: bool


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a customer: what shows (None where no value fits), and everything that was said of it."""

    field: Field
    label: str
    golden: GoldenField | None
    said: list[Said]
    is_masked: bool = False

    @property
    def can_change(self) -> bool:
        return self.field.name not in CONTACTS and not self.is_masked

    @property
    def is_choice(self) -> bool:
        return self.field.type == FieldType.CHOICE

    @property
    def is_date(self) -> bool:
        return self.field.type == FieldType.DATE


@requires(*SEES_CUSTOMERS)
@require_GET
@never_cache
def traits(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Every trait of a customer with its history."""
    found = visible_or_404(request, public_id)
    if found.public_id != public_id:
        return redirect("traits", found.public_id)
    identifiers = {one.pk: one for one in most_telling_first(found)}
    (said, rules), tact = read(both(hearing(identifiers), disclosing(roles_of(request.user))))
    hidden = frozenset() if open_until(found, request.user) else tact.masked
    said = seemly(said, tact)
    golden = survive(said, rules)
    contacts = [(one.kind, one.value) for one in identifiers.values()]
    fields = [
        masked_field(one) if one.field.name in hidden else one for one in shown_fields(said, golden, identifiers, rules)
    ]
    made = Correction.objects.filter(identifier__in=identifiers, withdrawn_at=None).select_related("actor")
    corrected = [
        one for one in made.order_by("-pk")[:CORRECTIONS_SHOWN]
        if one.name not in hidden and not tact.hides(one.name, one.value)
    ]  # fmt: skip
    context = {
        "customer": found, "name": display_name(golden, contacts, found.public_id), "fields": fields,
        "corrections": [(one, label_of(rules, one.name)) for one in corrected],
        "missing": missing(fields, rules), "may_correct": bool(roles_of(request.user) & CORRECTS),
        "asked_by_right": asked_by_right(request, found),
    }  # fmt: skip
    return render(request, "crm/traits.html", context)


def asked_by_right(request: HttpRequest, customer: Customer) -> RightsRequest | None:
    """The request to have something corrected that is open, for those who handle it."""
    if HANDLES_REQUESTS.isdisjoint(roles_of(request.user)):
        return None
    born = Identifier.objects.filter(customer=customer).values("origin_id")
    asked = RightsRequest.objects.filter(customer_id__in=born, kind=RightsRequest.Kind.RECTIFY)
    return asked.filter(state=RightsRequest.State.OPEN).order_by("due_on").first()


def shown_fields(
    said: Iterable[Assertion], golden: Mapping[str, GoldenField], about: Mapping[int, Identifier], rules: Rules
) -> list[FieldShown]:
    """The fields that something was said of, the usual ones first; the latest word of each first."""
    by_field: dict[str, list[Assertion]] = {}
    for one in sorted(said, key=lambda one: (one.at, one.value, one.source, one.identifier_id), reverse=True):
        by_field.setdefault(one.name, []).append(heard(one, rules))
    return [
        FieldShown(rules.field(name), label_of(rules, name), golden.get(name), [
            Said(one, about.get(one.identifier_id), is_shown(one, golden.get(name))) for one in by_field[name]
        ])
        for name in in_usual_order(by_field)
    ]  # fmt: skip


def masked_field(shown: FieldShown) -> FieldShown:
    """A field with the end only of what was said of it."""
    golden = shown.golden and replace(shown.golden, shown=masked_assertion(shown.golden.shown), agreeing=(), others=())
    said = [replace(one, one=masked_assertion(one.one)) for one in shown.said]
    return replace(shown, golden=golden, said=said, is_masked=True)


def is_shown(one: Assertion, golden: GoldenField | None) -> bool:
    return golden is not None and (one == golden.shown or one in golden.agreeing)


def missing(fields: Iterable[FieldShown], rules: Rules) -> list[tuple[str, str]]:
    """(name, label) of the fields that nothing was said of yet."""
    known = {one.field.name for one in fields}
    return [(name, label_of(rules, name)) for name in (*FIRST_FIELDS, *sorted(rules.fields)) if name not in known]


@requires(*CORRECTS)
@require_POST
def correct_trait(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say what a trait of a customer is."""
    found, name = visible_or_404(request, public_id), request.POST.get("name", "").replace("\0", "")
    try:
        is_verified = request.POST.get("is_verified") == "yes"
        made = correct(found, name, request.POST.get("value", ""), signed_in(request), is_verified=is_verified)
        messages.success(request, f"Kept as your word: “{made.value}”. It can be undone below.")
    except CorrectionRefused as error:
        messages.error(request, f"Nothing was changed: {error}.")
    return redirect(f"{reverse('traits', args=[found.public_id])}#field-{name}")


@requires(*CORRECTS)
@require_POST
def undo_correction(request: HttpRequest, public_id: uuid.UUID, correction_id: int) -> HttpResponse:
    """Take back what staff said."""
    found = visible_or_404(request, public_id)
    made = get_object_or_404(Correction, pk=correction_id, identifier__customer=found)
    if take_back(made, signed_in(request)):
        messages.success(request, f"Taken back: “{made.value}”.")
    else:
        messages.warning(request, "This was taken back already.")
    return redirect("traits", found.public_id)
