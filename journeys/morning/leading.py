"""Where a figure leads: what it is made of, with the same days asked for."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from journeys.explore.facets import UNANSWERED

EXPLORED = {
    "journeys": {"tab": "customers"}, "visits": {"channel": "web"}, "calls": {"channel": "call"},
    "missed": {"channel": "call", "outcome": UNANSWERED},
}  # fmt: skip


def address_of(key: str, currency: str, since: date, until: date) -> str:
    """The page of what a figure counts."""
    days = {"since": since, "until": until}
    if key in EXPLORED:
        return f"{reverse('explore')}?{urlencode({**EXPLORED[key], **days})}"
    asked = {**days, "currency": currency} if currency else days
    return f"{reverse('attribution')}?{urlencode(asked)}"


def addresses_of(dimension: str, name: str, since: date, until: date) -> list[tuple[str, str]]:
    """(what is there, its page) of a channel group or a campaign."""
    days = {"since": since, "until": until}
    found = [("Attribution", f"{reverse('attribution')}?{urlencode({'dimension': dimension, **days})}")]
    if dimension == "campaign":
        found.append(("Explore", f"{reverse('explore')}?{urlencode({'campaign': name, **days})}"))
    return found
