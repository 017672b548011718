"""The page of one conversion: what led to it. By pseudonym for whoever may not know whose it is."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.privacy.access import followed_or_404, requires
from crm.privacy.actors import Actor
from crm.privacy.roles import GROUPS_CHANNELS
from crm.profile.portraits import Portrait, portraits_for
from journeys.attribution.conversion_finding import asked_of, find, following
from journeys.attribution.crediting import MODELS, MOST, Step, lookback_of, steps_to
from journeys.attribution.models import Conversion
from journeys.attribution.report_asking import outcomes
from journeys.attribution.unmarketed import WAYS

LATEST = 20
Latest = list[tuple[Conversion, str, Portrait]]


@requires(*GROUPS_CHANNELS)
@require_GET
@never_cache
def conversion(request: HttpRequest, conversion_id: int) -> HttpResponse:
    """What led to a conversion, and each touchpoint's share by each model."""
    found = get_object_or_404(Conversion.objects.select_related("identifier", "definition"), pk=conversion_id)
    customer = followed_or_404(request.user, pk=found.identifier.customer_id)
    steps, portrait = steps_to(found), portraits_for(request.user, [customer.pk])[customer.pk]
    context = {
        "conversion": found, "what": what_of(found), "portrait": portrait,
        "stands": found.withdrawn_at is None, "days": lookback_of(found).days, "models": list(MODELS.values()),
        "steps": [(one, labelled(one)) for one in steps], "is_cut": len(steps) == MOST,
    }  # fmt: skip
    return render(request, "journeys/marketing/path.html", context)


@requires(*GROUPS_CHANNELS)
@require_GET
@never_cache
def conversion_list(request: HttpRequest) -> HttpResponse:
    """The conversions that count, by what is asked of them."""
    known = outcomes()
    asked = asked_of(request.GET.dict(), known)
    found = find(asked, request.user)
    context = {
        "asked": asked, "known": known.items(), "ways": WAYS.items(), "found": found,
        "rows": owned(found.rows, request.user),
        "next": following(asked, found.next) if found.next else "", "is_asked": bool(asked.told or asked.before),
    }  # fmt: skip
    return render(request, "journeys/marketing/conversion_list.html", context)


def labelled(step: Step) -> list[tuple[str, float]]:
    """(model, percent) of a touchpoint."""
    return [(label, 100 * share) for label, share in zip(MODELS.values(), step.shares, strict=True)]


def what_of(one: Conversion) -> str:
    return one.definition.name if one.definition else str(one.get_kind_display())


def latest(actor: Actor) -> Latest:
    """(conversion, what it is, whose) of the latest that count, of customers whom somebody may follow."""
    counted = Conversion.objects.counted().select_related("identifier", "definition").order_by("-at", "-pk")
    return owned(counted[:LATEST], actor)


def owned(found: Iterable[Conversion], actor: Actor) -> Latest:
    """(conversion, what it is, whose) of those whose customers somebody may follow."""
    rows = list(found)
    whose = portraits_for(actor, {one.identifier.customer_id for one in rows})
    owners = [(one, whose.get(one.identifier.customer_id)) for one in rows]
    return [(one, what_of(one), owner) for one, owner in owners if owner]
