"""Google Ads: conversions by click and by call, and what becomes of them. The REST form of the Google Ads API.

https://developers.google.com/google-ads/api/docs/conversions/upload-offline (and upload-calls, upload-adjustments).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.uploads.parcels import TAKEN, Ask, Fate, Field, Later, Outcome, Parcel, Settings, What
from integrations.uploads.telephone import telephone_fault

CLICK_DAYS, CALL_DAYS, ADJUST_DAYS = 90, 60, 54
RESTS = timedelta(hours=6)  # after a click, before Google knows of it
ALREADY = frozenset(
    {"CLICK_CONVERSION_ALREADY_EXISTS", "CALL_CONVERSION_ALREADY_EXISTS", "DUPLICATE_ORDER_ID",
     "DUPLICATE_CLICK_CONVERSION_IN_REQUEST", "DUPLICATE_CALL_CONVERSION_IN_REQUEST", "ORDER_ID_ALREADY_IN_USE",
     "CONVERSION_ALREADY_RETRACTED", "RESTATEMENT_ALREADY_EXISTS"}
)  # fmt: skip
LATER = {
    "TOO_RECENT_EVENT": timedelta(hours=6), "TOO_RECENT_CALL": timedelta(hours=6),
    "TOO_RECENT_CLICK": timedelta(hours=6), "TOO_RECENT_CONVERSION_ACTION": timedelta(hours=6),
    "TOO_RECENT_CONVERSION": timedelta(hours=24), "INTERNAL_ERROR": timedelta(minutes=5),
}  # fmt: skip
CLICKS, CALLS, CHANGES = "uploadClickConversions", "uploadCallConversions", "uploadConversionAdjustments"
LISTS = {CLICKS: "conversions", CALLS: "conversions", CHANGES: "conversionAdjustments"}


class GoogleAds:
    """Conversions for Google Ads."""

    key: str = "google_ads"
    label: str = "Google Ads"
    address: str = "https://googleads.googleapis.com"
    fields: Mapping[str, Field] = {
        "customer_id": Field("Account", "The number of the Google Ads account, without hyphens.", r"\d{10}"),
        "login_customer_id": Field(
            "Manager account", "Its number, where you reach the account through one.", r"\d{10}"
        ),
        "developer_token": Field("Developer token", "From the API Centre of your manager account."),
        "client_id": Field("OAuth client", "The client id of your project in Google Cloud."),
        "client_secret": Field("OAuth secret", "Of that client."),
        "refresh_token": Field("Refresh token", "Granted for the scope adwords."),
        "version": Field("API version", "v26 unless you need another.", r"v\d{1,3}"),
    }
    secrets: frozenset[str] = frozenset({"developer_token", "client_secret", "refresh_token"})
    optional: frozenset[str] = frozenset({"login_customer_id", "version"})
    clicks: tuple[str, ...] = ("gclid", "gbraid", "wbraid")
    window = CLICK_DAYS
    has_calls = True
    tells_clicks = True
    at_once = 200  # 2,000 may be
    pace = 0.0
    has_tokens = True
    click_is_enough = False
    is_retold = False
    later: Later | None = None
    remedy: str = (
        "What is taken back counts no more there. Google Ads has no way to delete one conversion: it stays under a "
        "number that leads to nobody here. Ask Google where it has to go."
    )

    def fault(self, parcel: Parcel, now: datetime) -> str:
        if parcel.what != What.MADE:
            return change_fault(parcel, now)
        if parcel.click:
            return click_fault(parcel, now)
        return call_fault(parcel, now)

    def due(self, parcel: Parcel, now: datetime) -> datetime:
        return max(now, parcel.click.at + RESTS) if parcel.what == What.MADE and parcel.click else now

    def is_told_once(self, parcel: Parcel) -> bool:
        """By order id, by click and time, by call and time."""
        return True

    def asks(self, parcels: Sequence[Parcel], settings: Settings, token: str) -> list[Ask]:
        return [asked(act, some, settings, token) for act, some in by_act(parcels).items()]

    def trial(self, parcels: Sequence[Parcel], settings: Settings, token: str, now: datetime) -> list[Ask]:
        """With validateOnly."""
        return [one._replace(body={**one.body, "validateOnly": True}) for one in self.asks(parcels, settings, token)]

    def outcomes(self, ask: Ask, status: int, answer: Any) -> list[Outcome]:
        """Of those that are not among the partial failures, it was taken."""
        found = failures(answer.get("partialFailureError") if isinstance(answer, dict) else None)
        return [found.get(place, TAKEN) for place in range(len(ask.parcels))]


def by_act(parcels: Sequence[Parcel]) -> dict[str, list[Parcel]]:
    found: dict[str, list[Parcel]] = {}
    for one in parcels:
        found.setdefault(CHANGES if one.what != What.MADE else CLICKS if one.click else CALLS, []).append(one)
    return found


# What is not sent


def click_fault(parcel: Parcel, now: datetime) -> str:
    click = parcel.click
    if click is None:
        return "there is no click"
    if parcel.at < click.at:
        return "it is from before the click"
    if now - click.at > timedelta(days=CLICK_DAYS):
        return f"the click is older than {CLICK_DAYS} days"
    return ""


def call_fault(parcel: Parcel, now: datetime) -> str:
    call = parcel.call
    if call is None:
        return "there is no click of Google’s and no call"
    if parcel.at < call.at:
        return "it is from before the call began"
    if now - call.at > timedelta(days=CALL_DAYS):
        return f"the call is older than {CALL_DAYS} days"
    return telephone_fault(call.line)


def change_fault(parcel: Parcel, now: datetime) -> str:
    if parcel.click is None:
        return "Google Ads takes back nothing that was told by a call"
    if parcel.click.kind == "wbraid":
        return "Google Ads takes back nothing that was told by wbraid"
    if now - parcel.at > timedelta(days=ADJUST_DAYS):
        return f"Google Ads changes nothing older than {ADJUST_DAYS} days"
    return ""


# The requests


def asked(act: str, parcels: Sequence[Parcel], settings: Settings, token: str) -> Ask:
    account = settings["customer_id"]
    make = {CLICKS: by_click, CALLS: by_call, CHANGES: change}[act]
    body = {LISTS[act]: [make(one, account) for one in parcels], "partialFailure": True}
    return Ask(
        f"/{settings.get('version') or 'v26'}/customers/{account}:{act}", headers(settings, token), body, parcels
    )


def headers(settings: Settings, token: str) -> dict[str, str]:
    found = {"Authorization": f"Bearer {token}", "developer-token": settings["developer_token"]}
    manager = settings.get("login_customer_id", "")
    return {**found, "login-customer-id": manager} if manager else found


def by_click(parcel: Parcel, account: str) -> dict[str, Any]:
    click = parcel.click
    assert click is not None
    return {
        **shared(parcel, account),
        click.kind: click.value,
        "orderId": parcel.told_as,
        "conversionEnvironment": "WEB",
    }


def by_call(parcel: Parcel, account: str) -> dict[str, Any]:
    call = parcel.call
    assert call is not None
    return {**shared(parcel, account), "callerId": call.line, "callStartDateTime": written(call.at)}


def shared(parcel: Parcel, account: str) -> dict[str, Any]:
    return {
        "conversionAction": f"customers/{account}/conversionActions/{parcel.action}",
        "conversionDateTime": written(parcel.at), "conversionValue": float(parcel.value),
        "currencyCode": parcel.currency,
        "consent": {"adUserData": "GRANTED", "adPersonalization": "GRANTED" if parcel.whose.is_personal else "DENIED"},
    }  # fmt: skip


def change(parcel: Parcel, account: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "conversionAction": f"customers/{account}/conversionActions/{parcel.action}", "orderId": parcel.told_as,
        "adjustmentDateTime": written(parcel.since or parcel.at),
        "adjustmentType": "RETRACTION" if parcel.what == What.TAKEN_BACK else "RESTATEMENT",
    }  # fmt: skip
    if parcel.what == What.RESTATED:
        found["restatementValue"] = {"adjustedValue": float(parcel.value), "currencyCode": parcel.currency}
    return found


def written(at: datetime) -> str:
    """A time as Google Ads reads it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00:00"


# The answers


def failures(told: Any) -> dict[int, Outcome]:
    """What is wrong, by the place in the request, out of a partialFailureError."""
    details = told.get("details", []) if isinstance(told, dict) else []
    errors = [error for one in details if isinstance(one, dict) for error in one.get("errors", [])]
    found = [(place_of(error), outcome(error)) for error in errors if isinstance(error, dict)]
    return {place: one for place, one in reversed(found) if place is not None}


def place_of(error: Mapping[str, Any]) -> int | None:
    path = error.get("location", {}).get("fieldPathElements", [])
    return next((int(one.get("index", 0)) for one in path if one.get("fieldName") in TOLD_LISTS), None)


TOLD_LISTS = frozenset({"conversions", "conversion_adjustments", "conversionAdjustments", "operations"})


def outcome(error: Mapping[str, Any]) -> Outcome:
    """What an error means. Its message is not kept: it may say the click id."""
    code = next(iter(error.get("errorCode", {}).values()), "UNKNOWN")
    if code in ALREADY:
        return Outcome(Fate.TAKEN, code, "they had it already")
    if code in LATER:
        return Outcome(Fate.AGAIN, code, said_of(code), LATER[code])
    return Outcome(Fate.REFUSED, code, said_of(code))


def said_of(code: str) -> str:
    """A code of theirs in words."""
    return code.replace("_", " ").lower()[:200]
