"""A dry run: what a destination would be told of the latest conversions, what not and why, and what the vendor thinks.

Nothing is written and nothing is counted. Google Ads validates, GA4's debug server looks; Meta has nothing of the kind
for real events, so it is sent one that is made up.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from integrations.uploads.answering import codes_of, json_of, judged
from integrations.uploads.authorising import token_of
from integrations.uploads.deciding import Facts, Rule, Told, Wish, parcel_of, told_as
from integrations.uploads.errors import NoAccess, NotNow
from integrations.uploads.models import Destination
from integrations.uploads.parcels import Fate, Outcome, Parcel, Vendor
from integrations.uploads.planning import rule_of, sample
from integrations.uploads.sending import posted_to
from integrations.uploads.showing import masked_body
from integrations.uploads.vendors import VENDORS

MOST = 25


class Line(NamedTuple):
    """A conversion in a dry run. why: why it would not be told; shown: what would be; said: what the vendor thinks."""

    facts: Facts
    why: str
    shown: Any
    said: str = ""


class Rehearsal(NamedTuple):
    """A dry run. said: what the vendor says of all of it, where it was asked."""

    lines: Sequence[Line]
    said: str = ""


def rehearse(destination: Destination, now: datetime, *, is_asked: bool = False) -> Rehearsal:
    vendor, rule = VENDORS[destination.vendor], rule_of(destination)
    found = sample(destination, MOST)
    parcels = {pk: pretended(rule, facts, wish) for pk, (facts, wish) in found.items() if not wish.why}
    faults = {pk: vendor.fault(parcel, now) for pk, parcel in parcels.items()}
    fit = [parcel for pk, parcel in parcels.items() if not faults[pk]]
    shown = shown_of(vendor, destination, fit)
    thought, said = asked(destination, vendor, fit, now) if is_asked else ({}, "")
    lines = [
        Line(facts, wish.why or faults[pk], shown.get(pk), thought.get(pk, "")) for pk, (facts, wish) in found.items()
    ]
    return Rehearsal(lines, said)


def pretended(rule: Rule, facts: Facts, wish: Wish) -> Parcel:
    """What would be sent, as if it were the first time. Numbered by the conversion."""
    told = Told(
        facts.pk, 1, 0, "made", "waiting", told_as(rule, facts, 1), wish.action, wish.click, wish.call, wish.value,
        Decimal(0),
    )  # fmt: skip
    return parcel_of(rule, facts, told)


def shown_of(vendor: Vendor, destination: Destination, parcels: Sequence[Parcel]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for ask in vendor.asks(parcels, destination.settings, ""):
        found |= masked_body(ask)
    return found


def asked(
    destination: Destination, vendor: Vendor, parcels: Sequence[Parcel], now: datetime
) -> tuple[Mapping[int, str], str]:
    """(by conversion, what the vendor thinks of it; what it says of all)."""
    found: dict[int, str] = {}
    try:
        asks = vendor.trial(parcels, destination.settings, token_of(destination, vendor), now)
        for ask in asks:
            posted = posted_to(destination, vendor, ask)
            if not ask.parcels:
                codes = codes_of(json_of(posted.answer)) or posted.reason
                return {}, f"{vendor.label} answered {posted.status or 'nothing'} to the made-up event. {codes}".strip()
            outcomes = judged(vendor, ask, posted)
            found |= {one.number: opinion(outcome) for one, outcome in zip(ask.parcels, outcomes, strict=True)}
    except NoAccess as error:
        return {}, f"{vendor.label} lets us not in: {error}"
    except NotNow as error:
        return {}, f"{vendor.label} cannot be asked at the moment: {error}"
    return found, "" if asks else f"{vendor.label} was not asked: there is nothing to ask it about."


def opinion(outcome: Outcome) -> str:
    return "it would be taken" if outcome.fate == Fate.TAKEN and not outcome.code else outcome.said
