"""Google Analytics 4, by the Measurement Protocol: purchases and refunds of browsers that it knows.

https://developers.google.com/analytics/devguides/collection/protocol/ga4 (reference, sending-events, use-cases). It
answers 204 whatever comes; only its debug server says what is wrong, and that counts nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.uploads.parcels import TAKEN, Ask, Fate, Field, Later, Outcome, Parcel, Settings, What, micros

OLDEST = timedelta(hours=72)
SESSION = timedelta(hours=24)  # from the beginning of a session on
CLIENT = timedelta(days=63)  # since it last saw the browser
PURCHASE, REFUND = "purchase", "refund"


class GA4:
    """Conversions for Google Analytics."""

    key: str = "ga4"
    label: str = "Google Analytics 4"
    address: str = "https://www.google-analytics.com"
    fields: Mapping[str, Field] = {
        "measurement_id": Field("Measurement ID", "Of the web stream, such as G-12345.", r"G-[A-Z0-9]{4,20}"),
        "api_secret": Field("API secret", "Made in Admin, Data streams, Measurement Protocol API secrets."),
    }
    secrets: frozenset[str] = frozenset({"api_secret"})
    optional: frozenset[str] = frozenset()
    clicks: tuple[str, ...] = ("gclid", "gbraid", "wbraid", "dclid")
    window = 90
    has_calls = False
    tells_clicks = False
    at_once = 25
    pace = 0.0
    has_tokens = False
    click_is_enough = False
    is_retold = False
    later: Later | None = None
    remedy: str = (
        "A refund takes back the revenue, and deletes nothing. Have the browser deleted in Analytics itself: by its "
        "user explorer, or its User Deletion API."
    )

    def fault(self, parcel: Parcel, now: datetime) -> str:
        if not parcel.whose.client:
            return "no page told the browser’s client id (ga_client_id)"
        if parcel.what != What.MADE:
            return change_fault(parcel)
        if now - parcel.at > OLDEST:
            return "GA4 takes nothing older than 72 hours"
        seen_at = parcel.whose.session_at
        if seen_at and now - seen_at > CLIENT:
            return "GA4 has not seen the browser for 63 days"
        return ""

    def due(self, parcel: Parcel, now: datetime) -> datetime:
        return now

    def is_told_once(self, parcel: Parcel) -> bool:
        """A purchase is, by its transaction; a refund or another event counts as often as it comes."""
        return parcel.what == What.MADE and parcel.action == PURCHASE

    def asks(self, parcels: Sequence[Parcel], settings: Settings, token: str) -> list[Ask]:
        """One for each: a request is of one browser."""
        return [asked("/mp/collect", one, settings) for one in parcels]

    def trial(self, parcels: Sequence[Parcel], settings: Settings, token: str, now: datetime) -> list[Ask]:
        """To the server that says what is wrong."""
        return [asked("/debug/mp/collect", one, settings) for one in parcels]

    def outcomes(self, ask: Ask, status: int, answer: Any) -> list[Outcome]:
        told = answer.get("validationMessages", []) if isinstance(answer, dict) else []
        if not told:
            return [TAKEN] * len(ask.parcels)
        first = told[0] if isinstance(told[0], dict) else {}
        code, where = (str(first.get(name, ""))[:80] for name in ("validationCode", "fieldPath"))
        return [Outcome(Fate.REFUSED, code or "UNKNOWN", f"{code.replace('_', ' ').lower()}: {where}".strip(": "))]


def change_fault(parcel: Parcel) -> str:
    if parcel.action != PURCHASE:
        return "GA4 takes back nothing but purchases"
    return "GA4 adds nothing to a purchase" if parcel.value > parcel.before else ""


def asked(path: str, parcel: Parcel, settings: Settings) -> Ask:
    query = urlencode({"measurement_id": settings["measurement_id"], "api_secret": settings["api_secret"]})
    return Ask(f"{path}?{query}", {}, body_of(parcel), [parcel])


def body_of(parcel: Parcel) -> dict[str, Any]:
    personal = "GRANTED" if parcel.whose.is_personal else "DENIED"
    body: dict[str, Any] = {
        "client_id": parcel.whose.client,
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": personal},
        "events": [event(parcel)],
    }
    return {**body, "timestamp_micros": micros(parcel.at)} if parcel.what == What.MADE else body


def event(parcel: Parcel) -> dict[str, Any]:
    """What happened. A refund happens now, of as much as it is worth less."""
    is_made = parcel.what == What.MADE
    worth = parcel.value if is_made else parcel.before - parcel.value
    told: dict[str, Any] = {
        "transaction_id": parcel.told_as, "value": float(worth), "currency": parcel.currency,
        "engagement_time_msec": 1,
    }  # fmt: skip
    session_at = parcel.whose.session_at
    if is_made and parcel.whose.session and session_at and timedelta(0) <= parcel.at - session_at <= SESSION:
        told["session_id"] = parcel.whose.session
    return {"name": parcel.action if is_made else REFUND, "params": told}
