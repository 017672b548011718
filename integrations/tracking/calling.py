"""Calls to tracking numbers: whose visit each is of, told as an interaction of the site's own."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from crm.identity.normalise import phone
from crm.sources.models import Source
from integrations.tracking.holders import Match, Visit, match, visits_of
from integrations.tracking.models import TrackedCall, TrackingNumber
from integrations.tracking.rates import rates_of
from journeys.interactions.drafts import Channel, Direction, Draft, Seen
from journeys.interactions.recording import Arrival

CALLERS = ("phone", "once")  # what a call is from: a number, or, withheld, this one call


class Dialled(NamedTuple):
    """A call as it came in, to a number that may be one of ours. number: E.164."""

    source: Source
    draft: Draft
    number: str
    at: datetime


def dialled_by_visitors(arrivals: Iterable[Arrival]) -> list[tuple[Arrival, Arrival]]:
    """What follows from these incoming calls: (the call, that a visitor dialled) for each that is as good as certainly
    of one visit. It is the site's claim, not the phone company's, so it joins no customers known apart.
    """
    calls = [(arrival, call) for arrival in arrivals if (call := call_of(arrival))]
    if not calls:
        return []
    ours = TrackingNumber.objects.filter(number__in={call.number for _, call in calls}).select_related("pool__source")
    known = {number.number: number for number in ours}
    pairs = [(arrival, told(call, known[call.number])) for arrival, call in calls if call.number in known]
    return [(arrival, dialled) for arrival, dialled in pairs if dialled]


def is_incoming_call(arrival: Arrival) -> bool:
    """Whether it tells of an incoming call that just began. A later part does not: the visit was looked for before."""
    draft = arrival.draft
    if draft.channel != Channel.CALL or draft.direction != Direction.IN or not draft.data.get("dialled"):
        return False
    return not draft.part or "started_at" in draft.data


def call_of(arrival: Arrival) -> Dialled | None:
    """A call by its dialled number; None where that is no number."""
    draft = arrival.draft
    number = phone(str(draft.data["dialled"]), arrival.source.country)
    return Dialled(arrival.source, draft, number, draft.occurred_at) if number else None


def told(call: Dialled, number: TrackingNumber) -> Arrival | None:
    """Weigh who held the number, keep it, and say whose visit the call is of where that is as good as certain."""
    site = number.pool.source
    line = next((seen.value for seen in call.draft.identifiers if seen.kind == "phone"), "")
    line = phone(line, call.source.country) or "" if line else ""
    found = match(visits_of(call.number, line, site.namespace, call.at), call.at, rates_of(number.pool))
    keep(call, number, found)
    return Arrival(site, draft_of(call, found.linked, found.candidates[0][1], site)) if found.linked else None


def keep(call: Dialled, number: TrackingNumber, found: Match) -> None:
    """Keep what was found out, so that it can be shown, and learned from where the caller's phone settled it."""
    best = found.candidates[0] if found.candidates else None
    TrackedCall.objects.update_or_create(
        source=call.source,
        key=call.draft.key,
        defaults={
            "number": number,
            "at": call.at,
            "lease_id": found.linked.lease if found.linked else None,
            "probability": best[1] if best else 0.0,
            "is_confirmed": bool(best and best[0].holder.is_caller),
            "candidates": listed(found.candidates),
        },
    )


def listed(candidates: Sequence[tuple[Visit, float]]) -> list[dict[str, Any]]:
    return [{"lease": visit.lease, "probability": round(share, 4)} for visit, share in candidates]


def draft_of(call: Dialled, visit: Visit, probability: float, site: Source) -> Draft:
    """That a visitor dialled the number they were shown."""
    callers = (seen for seen in call.draft.identifiers if seen.kind in CALLERS)
    from_call = tuple(Seen(seen.kind, seen.value, seen.namespace or call.source.namespace) for seen in callers)
    return Draft(
        key=f"dialled:{call.source.public_id}:{call.draft.key}"[:200],
        channel=Channel.WEB,
        kind="dialled",
        direction=Direction.IN,
        occurred_at=call.at,
        title="Dialled the number on the page",
        identifiers=(Seen("cookie", visit.visitor), *from_call),
        data={"number": call.number, "probability": round(probability, 4), **visit.landed},
    )
