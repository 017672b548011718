"""The bodies of messages: what happened, by ids and links to the API. No name, no address, no number of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.urls import reverse

from crm.identity.models import Customer, IdentityEvent
from integrations.webhooks.events import CALL_ENDED, CONVERTED, ENTERED, LEFT, WITHDRAWN
from journeys.attribution.models import Conversion
from journeys.calls.models import Call
from journeys.segments.models import Passage


@dataclass(frozen=True, slots=True)
class Told:
    """Something that endpoints are told. key: which event of ours; brand: on whose side of the walls it happened."""

    event: str
    key: str
    at: datetime
    data: Mapping[str, Any]
    brand: str = ""
    customer: int | None = None
    former: int | None = None

    @property
    def body(self) -> str:
        return body_of(self.event, self.at, self.data)


def of_move(event: str, line: IdentityEvent, customer: Customer, former: Customer) -> Told:
    """Merged: what was `former` leads to `customer` now. Unmerged: `customer` was parted from `former` again."""
    data = about(customer) | {"former": str(former.public_id), "cause": line.cause}
    return Told(
        event, f"identity:{line.pk}:{former.pk}:{customer.pk}", line.at, data, customer.brand, customer.pk, former.pk
    )


def body_of(event: str, at: datetime, data: Mapping[str, Any]) -> str:
    return orjson.dumps({"type": event, "timestamp": at.isoformat(), "data": dict(data)}).decode()


def of_call(call: Call, customer: Customer | None, brand: str) -> Told:
    """customer: whose it is believed to be, with the confidence."""
    at = call.ended_at or call.rang_at
    data = {
        **(about(customer) if customer else {"customer": None}),
        "call": str(call.public_id), "confidence": 1.0 if call.claimed_for_id else round(call.confidence, 3),
        "queue": call.queue.name if call.queue else None, "rang_at": call.rang_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else None, "ended_at": at.isoformat(),
        "seconds": call.seconds(at), "outcome": call.outcome or None,
    }  # fmt: skip
    side = customer.brand if customer else brand
    return Told(CALL_ENDED, f"call:{call.pk}", at, data, side, customer.pk if customer else None)


def of_conversion(made: Conversion, customer: Customer, happening: int, at: datetime) -> Told:
    """happening: the number of what happened to it; at: when."""
    data = about(customer) | {
        "conversion": made.pk, "kind": made.kind, "role": made.role or None, "value": str(made.value),
        "currency": made.currency, "channel": made.channel or None, "at": made.at.isoformat(),
        "definition": made.definition.name if made.definition else None,
    }  # fmt: skip
    event = WITHDRAWN if made.withdrawn_at else CONVERTED
    return Told(event, f"conversion:{made.pk}:{happening}", at, data, customer.brand, customer.pk)


def of_passage(passage: Passage, customer: Customer) -> Told:
    data = about(customer) | {"segment": passage.segment_id, "name": passage.segment.name}
    event = ENTERED if passage.has_entered else LEFT
    return Told(event, f"passage:{passage.pk}", passage.at, data, customer.brand, customer.pk)


def about(customer: Customer) -> dict[str, Any]:
    """A customer by their id, and where the API tells of them what its caller may know."""
    address = settings.PUBLIC_URL + reverse("api-customer", args=[customer.public_id])
    return {"customer": str(customer.public_id), "links": {"customer": address}}
