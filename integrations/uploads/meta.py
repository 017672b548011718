"""Meta's Conversions API: events with hashed identifiers.

https://developers.facebook.com/documentation/ads-commerce/conversions-api (parameters, using-the-api). One event
that is older than seven days has it refuse all of a request, so none is ever put into one. It takes nothing back.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.uploads.parcels import TAKEN, Ask, Field, Later, Outcome, Parcel, Settings, What, micros
from integrations.uploads.telephone import telephone_fault

OLDEST = timedelta(days=7) - timedelta(minutes=10)  # so that it is not too old when it comes there
MANY = 5  # addresses, numbers
SOURCES = {"call": "phone_call", "email": "email", "social": "chat"}
SAMPLE = "somebody@throughline.example"


class Meta:
    """Conversions for Meta (Facebook, Instagram)."""

    key: str = "meta"
    label: str = "Meta Conversions API"
    address: str = "https://graph.facebook.com"
    fields: Mapping[str, Field] = {
        "pixel_id": Field("Dataset (pixel)", "Its number, from Events Manager.", r"\d{1,30}"),
        "access_token": Field("Access token", "Made in Events Manager, Settings, Conversions API."),
        "test_event_code": Field("Test event code", "From Test Events; a dry run sends one made-up event with it."),
        "limited": Field("Limited data use", "Write yes, and Meta is told to process as little as US laws ask.", "yes"),
        "version": Field("API version", "v25.0 unless you need another.", r"v\d{1,3}\.\d"),
    }
    secrets: frozenset[str] = frozenset({"access_token"})
    optional: frozenset[str] = frozenset({"test_event_code", "limited", "version"})
    clicks: tuple[str, ...] = ("fbclid",)
    window = 28
    has_calls = False
    tells_clicks = True
    at_once = 200  # 1,000 may be
    pace = 0.0
    has_tokens = False
    click_is_enough = False
    is_retold = False
    later: Later | None = None
    remedy: str = (
        "Meta’s Conversions API takes nothing back and deletes nobody. What was sent was hashed. Ask Meta, by the "
        "number of the dataset."
    )

    def fault(self, parcel: Parcel, now: datetime) -> str:
        if parcel.what != What.MADE:
            return "Meta takes nothing back"
        if now - parcel.at > OLDEST:
            return "Meta takes nothing older than 7 days"
        if not (parcel.click or emails_of(parcel) or phones_of(parcel)):
            return "no click of Meta’s, no e-mail address and no phone number is known"
        return "it is from before the click" if parcel.click and parcel.at < parcel.click.at else ""

    def due(self, parcel: Parcel, now: datetime) -> datetime:
        return now

    def is_told_once(self, parcel: Parcel) -> bool:
        """By event_id and name, within 48 hours: longer than the attempts that are made of one."""
        return True

    def asks(self, parcels: Sequence[Parcel], settings: Settings, token: str) -> list[Ask]:
        return [asked(parcels, [event(one, settings) for one in parcels], settings)] if parcels else []

    def trial(self, parcels: Sequence[Parcel], settings: Settings, token: str, now: datetime) -> list[Ask]:
        """Of nobody: an event with a test code counts all the same, so one is made up."""
        code = settings.get("test_event_code", "")
        if not code:
            return []
        made_up = {
            "event_name": "TestEvent", "event_time": micros(now) // 1_000_000, "action_source": "other",
            "event_id": f"throughline-test-{micros(now)}", "user_data": {"em": [hashed(SAMPLE)]},
        }  # fmt: skip
        ask = asked([], [made_up], settings)
        return [ask._replace(body={**ask.body, "test_event_code": code})]

    def outcomes(self, ask: Ask, status: int, answer: Any) -> list[Outcome]:
        """All of a request is taken, or nothing is."""
        return [TAKEN] * len(ask.parcels)


def asked(parcels: Sequence[Parcel], events: list[dict[str, Any]], settings: Settings) -> Ask:
    path = f"/{settings.get('version') or 'v25.0'}/{settings['pixel_id']}/events"
    return Ask(path, {"Authorization": f"Bearer {settings['access_token']}"}, {"data": events}, parcels)


def event(parcel: Parcel, settings: Settings) -> dict[str, Any]:
    """What happened. Pages need the browser’s own words to be told as such, which nobody keeps here."""
    channel = "call" if parcel.is_by_phone else parcel.channel
    found: dict[str, Any] = {
        "event_name": parcel.action, "event_time": micros(parcel.at) // 1_000_000, "event_id": parcel.told_as,
        "action_source": SOURCES.get(channel, "other"), "user_data": user_data(parcel),
        "custom_data": {"value": float(parcel.value), "currency": parcel.currency, "order_id": parcel.told_as},
        "opt_out": not parcel.whose.is_personal,
    }  # fmt: skip
    if settings.get("limited"):
        found |= {
            "data_processing_options": ["LDU"], "data_processing_options_country": 0,
            "data_processing_options_state": 0,
        }  # fmt: skip
    return found


def user_data(parcel: Parcel) -> dict[str, Any]:
    found: dict[str, Any] = {"em": emails_of(parcel), "ph": phones_of(parcel), "fbp": parcel.whose.fbp}
    if parcel.click:
        found["fbc"] = f"fb.1.{micros(parcel.click.at) // 1_000}.{parcel.click.value}"
    return {name: one for name, one in found.items() if one}


def emails_of(parcel: Parcel) -> list[str]:
    return [hashed(one) for one in map(email, parcel.whose.emails[:MANY]) if one]


def phones_of(parcel: Parcel) -> list[str]:
    fit = (one for one in parcel.whose.phones if not telephone_fault(one))
    return [hashed(one) for one in first(map(phone, fit)) if one]


def first(some: Iterable[str]) -> list[str]:
    return [one for _, one in zip(range(MANY), some, strict=False)]


def email(told: str) -> str:
    """An address as Meta wants it hashed: trimmed, in small letters."""
    return told.strip().lower()


def phone(told: str) -> str:
    """A number as Meta wants it hashed: digits with the country's, no leading noughts."""
    return "".join(sign for sign in told if sign.isascii() and sign.isdigit()).lstrip("0")


def hashed(normal: str) -> str:
    return hashlib.sha256(normal.encode()).hexdigest()
