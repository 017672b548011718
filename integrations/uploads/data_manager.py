"""Google Ads, by the Data Manager API: how Google takes conversions from whoever is new to it since June 2026.

https://developers.google.com/data-manager/api (devguides/events/google-ads/offline and conversion-adjustments,
devguides/diagnostics, devguides/concepts/formatting). What is wrong with one event has it refuse the whole request;
what it accepts it works on for up to a day, and says of a request how many events failed and why, not which. So each
event is a request of its own. A change is the event once more, under its number: another value replaces the one that
stands, and nothing makes a conversion count no more.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from integrations.uploads.google_ads import ADJUST_DAYS, CLICK_DAYS, RESTS, click_fault, said_of
from integrations.uploads.parcels import TAKEN, Ask, Fate, Field, Later, Outcome, Parcel, Settings, What
from integrations.uploads.telephone import telephone_fault

FIRST, LONGEST, GROWTH = timedelta(minutes=30), timedelta(hours=1), 0.3  # between questions, as Google proposes
MANY = 5  # addresses, numbers; ten of both may be
NUMBER = re.compile(r"\A[!-~]{1,80}\Z")  # of a request, as they give it
GOOGLE_MAIL = frozenset({"gmail.com", "googlemail.com"})
WORD = re.compile(r"\APROCESSING_ERROR_(?:REASON_)?")
ALREADY = frozenset({"DUPLICATE_TRANSACTION_ID", "DUPLICATE_GCLID"})
LATER = {"TOO_RECENT_CLICK": timedelta(hours=6), "INTERNAL_ERROR": timedelta(minutes=30)}


class Diagnostics:
    """What became of a request. It takes up to a day; they can be asked for about 50."""

    patience, kept = timedelta(days=7), timedelta(days=50)

    def pause(self, elapsed: timedelta) -> timedelta:
        return min(FIRST + elapsed * GROWTH, LONGEST)

    def question(self, number: str, settings: Settings, token: str) -> Ask:
        path = f"/v1/requestStatus:retrieve?{urlencode({'requestId': number})}"
        return Ask(path, {"Authorization": f"Bearer {token}"}, {}, [], "GET")

    def verdict(self, what: What, answer: Any) -> Outcome:
        """There is one event and one destination in each request of ours, so what failed is that event."""
        told = answer.get("requestStatusPerDestination") if isinstance(answer, dict) else None
        one = told[0] if isinstance(told, list) and told and isinstance(told[0], dict) else {}
        if one.get("requestStatus") == "SUCCESS":
            return TAKEN
        if one.get("requestStatus") in ("FAILED", "PARTIAL_SUCCESS"):
            return failed(reason_of(one.get("errorInfo")), what)
        return Outcome(Fate.PENDING)


class DataManager:
    """Conversions for Google Ads, by the API that succeeds its own for that."""

    key: str = "data_manager"
    label: str = "Google Ads (Data Manager)"
    address: str = "https://datamanager.googleapis.com"
    fields: Mapping[str, Field] = {
        "customer_id": Field(
            "Account", "The number of the Google Ads account that owns the conversion actions, without hyphens.",
            r"\d{10}",
        ),
        "login_customer_id": Field(
            "Manager account", "Its number, where you reach the account through one.", r"\d{10}"
        ),
        "client_id": Field("OAuth client", "The client id of your project in Google Cloud, with this API enabled."),
        "client_secret": Field("OAuth secret", "Of that client."),
        "refresh_token": Field("Refresh token", "Granted for the scope datamanager; one for adwords does not do."),
    }  # fmt: skip
    secrets: frozenset[str] = frozenset({"client_secret", "refresh_token"})
    optional: frozenset[str] = frozenset({"login_customer_id"})
    clicks: tuple[str, ...] = ("gclid", "gbraid", "wbraid")
    window = CLICK_DAYS
    has_calls = False
    tells_clicks = True
    at_once = 8  # requests, one after the other, within one lease
    pace = 0.25  # 300 a minute may be, for all of a project
    has_tokens = True
    click_is_enough = True
    is_retold = True
    later: Later | None = Diagnostics()
    remedy: str = (
        "Google’s Data Manager takes nothing back, and whoever is erased agrees to nothing any more. The conversion "
        "stays under a number that leads to nobody here. Ask Google where it has to go."
    )

    def fault(self, parcel: Parcel, now: datetime) -> str:
        if parcel.what != What.MADE:
            return change_fault(parcel, now)
        if parcel.click:
            return click_fault(parcel, now)
        if not contacts(parcel):
            return "no click of Google’s, no e-mail address and no phone number is known"
        return f"it is older than {CLICK_DAYS} days" if now - parcel.at > timedelta(days=CLICK_DAYS) else ""

    def due(self, parcel: Parcel, now: datetime) -> datetime:
        return max(now, parcel.click.at + RESTS) if parcel.what == What.MADE and parcel.click else now

    def is_told_once(self, parcel: Parcel) -> bool:
        """By transaction: once more under its number is a change, to what it is already."""
        return True

    def asks(self, parcels: Sequence[Parcel], settings: Settings, token: str) -> list[Ask]:
        return [asked(one, settings, token) for one in parcels]

    def trial(self, parcels: Sequence[Parcel], settings: Settings, token: str, now: datetime) -> list[Ask]:
        """With validateOnly."""
        return [one._replace(body={**one.body, "validateOnly": True}) for one in self.asks(parcels, settings, token)]

    def outcomes(self, ask: Ask, status: int, answer: Any) -> list[Outcome]:
        """It is accepted, under a number to ask by; where it was only to be validated, there is none."""
        if ask.body.get("validateOnly"):
            return [TAKEN] * len(ask.parcels)
        number = answer.get("requestId") if isinstance(answer, dict) else None
        if not isinstance(number, str) or not NUMBER.match(number):
            return [Outcome(Fate.AGAIN, "", "they gave no number to ask by")] * len(ask.parcels)
        return [Outcome(Fate.PENDING, number, "what became of it is asked for later", FIRST)] * len(ask.parcels)


def change_fault(parcel: Parcel, now: datetime) -> str:
    """Why a change is not told: it needs all that the event did."""
    if now - parcel.at > timedelta(days=ADJUST_DAYS):
        return f"Google Ads changes nothing older than {ADJUST_DAYS} days"
    if not (parcel.click and parcel.click.value) and not contacts(parcel):
        return "Google’s Data Manager changes nothing without the click, which is not known here any more"
    return ""


# The request


def asked(parcel: Parcel, settings: Settings, token: str) -> Ask:
    body = {"destinations": [destination(parcel, settings)], "encoding": "HEX", "events": [event(parcel)]}
    return Ask("/v1/events:ingest", {"Authorization": f"Bearer {token}"}, body, [parcel])


def destination(parcel: Parcel, settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {"operatingAccount": account(settings["customer_id"])}
    if manager := settings.get("login_customer_id", ""):
        found["loginAccount"] = account(manager)
    return {**found, "productDestinationId": parcel.action}


def account(number: str) -> dict[str, str]:
    return {"accountType": "GOOGLE_ADS", "accountId": number}


def event(parcel: Parcel) -> dict[str, Any]:
    """What happened. Of what counts no more, the value is nought: the API has no way to say more."""
    personal = "CONSENT_GRANTED" if parcel.whose.is_personal else "CONSENT_DENIED"
    value = Decimal(0) if parcel.what == What.TAKEN_BACK else parcel.value
    found: dict[str, Any] = {
        "transactionId": parcel.told_as, "eventTimestamp": written(parcel.at), "eventSource": "WEB",
        "conversionValue": float(value), "currency": parcel.currency,
        "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": personal},
    }  # fmt: skip
    if parcel.click and parcel.click.value:
        found["adIdentifiers"] = {parcel.click.kind: parcel.click.value}
    if told := contacts(parcel):
        found["userData"] = {"userIdentifiers": told}
    if parcel.what != What.MADE:
        found["lastUpdatedTimestamp"] = written(parcel.since or parcel.at)
    return found


def contacts(parcel: Parcel) -> list[dict[str, str]]:
    mails = [{"emailAddress": hashed(email(one))} for one in parcel.whose.emails[:MANY]]
    fit = [one.strip() for one in parcel.whose.phones if not telephone_fault(one.strip())]
    return mails + [{"phoneNumber": hashed(one)} for one in fit[:MANY]]


def email(told: str) -> str:
    """An address as Google wants it hashed: in small letters, no spaces; its own without dots and what follows a +."""
    name, _, domain = "".join(told.lower().split()).rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain}" if domain in GOOGLE_MAIL else f"{name}@{domain}"


def hashed(normal: str) -> str:
    return hashlib.sha256(normal.encode()).hexdigest()


def written(at: datetime) -> str:
    """A time as RFC 3339 has it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


# What became of it


def reason_of(told: Any) -> str:
    """Why it failed, in their word; "" where they do not say."""
    counts = told.get("errorCounts") if isinstance(told, dict) else None
    reasons = [one.get("reason") for one in counts if isinstance(one, dict)] if isinstance(counts, list) else []
    return next((WORD.sub("", one) for one in reasons if isinstance(one, str)), "")


def failed(reason: str, what: What) -> Outcome:
    if reason in ALREADY and what == What.MADE:
        return Outcome(Fate.TAKEN, reason, "they had it already")
    if reason in LATER:
        return Outcome(Fate.AGAIN, reason, said_of(reason), LATER[reason])
    return Outcome(Fate.REFUSED, reason or "FAILED", said_of(reason) if reason else "it failed there")
