"""What was done for a customer since they asked, as the register shows it."""

from crm.identity.models import Identifier
from crm.privacy.marking.acts import marks_on
from crm.privacy.models import Basis, Consent
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.restricting.models import Restriction
from crm.profile.models import Correction

SHOWN = 20
Kind = RightsRequest.Kind


def done_since(request: RightsRequest) -> list[str]:
    """What was corrected, withdrawn or restricted since it was noted; in words."""
    shown = {Kind.RESTRICT: restricted, Kind.RECTIFY: corrected, Kind.OBJECT: withdrawn}.get(Kind(request.kind))
    standing = Identifier.objects.filter(origin=request.customer_id).values("customer_id")
    parts = list(Identifier.objects.filter(customer__in=standing).values_list("pk", flat=True))
    return shown(request, parts) if shown else []


def restricted(request: RightsRequest, _parts: list[int]) -> list[str]:
    found = marks_on(Restriction, request.customer_id).filter(put_at__gte=request.noted_at)[:SHOWN]
    return [f"Restricted by {one.put_by}, {one.put_at:%-d %b %Y}" for one in found]


def corrected(request: RightsRequest, parts: list[int]) -> list[str]:
    made = Correction.objects.filter(identifier__in=parts, at__gte=request.noted_at).select_related("actor")
    return [
        f"{one.name.replace('_', ' ').capitalize()} corrected by {one.actor}, {one.at:%-d %b %Y}"
        + (", taken back" if one.withdrawn_at else "")
        for one in made.order_by("pk")[:SHOWN]
    ]


def withdrawn(request: RightsRequest, parts: list[int]) -> list[str]:
    said = Consent.objects.filter(
        identifier__in=parts, recorded_at__gte=request.noted_at, basis=Basis.INTEREST, state=Consent.State.WITHDRAWN
    )
    told = said.order_by("purpose", "channel").values_list("purpose", "channel").distinct()[:SHOWN]
    return [
        f"{purpose.capitalize()} withdrawn {f'by {channel}' if channel else 'on every channel'}"
        for purpose, channel in told
    ]
