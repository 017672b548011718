"""Google's Data Manager API as it documents itself: a request is refused as a whole or accepted, worked on later, and
what became of it is told in counts.

https://developers.google.com/data-manager/api (reference/rest/v1/events/ingest, ErrorReason, ProcessingErrorReason,
devguides/events/google-ads/conversion-adjustments, devguides/diagnostics)
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

Reply = tuple[int, Any]
HASH = re.compile(r"^[0-9a-f]{64}$")
ACCOUNT = re.compile(r"^\d{10}$")
WHEN = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")
REQUEST = {"destinations", "events", "consent", "validateOnly", "encoding", "encryptionInfo"}
EVENT = {
    "destinationReferences", "transactionId", "eventTimestamp", "lastUpdatedTimestamp", "userData", "consent",
    "adIdentifiers", "currency", "conversionValue", "eventSource",
}  # fmt: skip
SOURCES = {"WEB", "APP", "IN_STORE", "PHONE", "MESSAGE", "OTHER"}
CONSENTS = {"CONSENT_GRANTED", "CONSENT_DENIED"}
MOST, IDENTIFIERS, DESTINATIONS = 2_000, 10, 10
OLDEST = timedelta(days=90)
Wrong = tuple[str, str]  # the field's path, and why


class DataManagerApi:
    """What it keeps. counted: by action and transaction, each event as it stands, and how many conversions that is.

    busy: how many of the next questions are answered that it is still working. unknown, fresh: click ids that it has
    never seen, or only just.
    """

    def __init__(self) -> None:
        self.requests: dict[str, list[tuple[str, Any]]] = {}
        self.answers: dict[str, Any] = {}
        self.counted: dict[str, Any] = {}
        self.conversions: Counter[str] = Counter()
        self.busy = 0
        self.unknown: set[str] = set()
        self.fresh: set[str] = set()

    def ingest(self, body: Any) -> Reply:
        wrong = list(faults(body))
        if wrong:
            return 400, refusal(wrong)
        if body.get("validateOnly"):
            return 200, {}
        number = f"126365e1-16d0-4c81-9de9-{len(self.requests):012d}"
        action = body["destinations"][0]["productDestinationId"]
        self.requests[number] = [(action, one) for one in body["events"]]
        return 200, {"requestId": number}

    def status(self, number: str) -> Reply:
        if number not in self.requests:
            return 400, refusal([("request_id", "INVALID_REQUEST_ID")])
        if self.busy:
            self.busy -= 1
            return 200, {"requestStatusPerDestination": [{"requestStatus": "PROCESSING"}]}
        if number not in self.answers:
            self.answers[number] = self.work(self.requests[number])
        return 200, {"requestStatusPerDestination": [self.answers[number]]}

    def work(self, events: list[tuple[str, Any]]) -> Any:
        """What becomes of the events of a request."""
        reasons = Counter(reason for action, one in events if (reason := self.count(action, one)))
        failed = sum(reasons.values())
        status = "SUCCESS" if not failed else "FAILED" if failed == len(events) else "PARTIAL_SUCCESS"
        told = {"requestStatus": status, "eventsIngestionStatus": {"recordCount": str(len(events))}}
        counts = [{"reason": reason, "recordCount": str(count)} for reason, count in reasons.items()]
        return {**told, "errorInfo": {"errorCounts": counts}} if counts else told

    def count(self, action: str, one: Any) -> str:
        """Count an event; a known transaction takes the new value, and keeps the rest."""
        reason = self.hindrance(one)
        if reason:
            return f"PROCESSING_ERROR_REASON_{reason}"
        known = self.counted.get(one["transactionId"])
        if known:
            known |= {name: one[name] for name in ("conversionValue", "currency")}
        else:
            self.counted[one["transactionId"]] = {**one, "action": action}
            self.conversions[one["transactionId"]] += 1
        return ""

    def hindrance(self, one: Any) -> str:
        clicked = next(iter(one.get("adIdentifiers", {}).values()), "")
        if one.get("consent", {}).get("adUserData") != "CONSENT_GRANTED":
            return "DENIED_CONSENT" if one.get("consent") else "UNKNOWN_CONSENT"
        if timezone.now() - datetime.fromisoformat(one["eventTimestamp"]) > OLDEST:
            return "EVENT_TOO_OLD"
        return "CLICK_NOT_FOUND" if clicked in self.unknown else "TOO_RECENT_CLICK" if clicked in self.fresh else ""


def refusal(wrong: list[Wrong]) -> Any:
    fields = [{"field": path, "description": "of Cj0K", "reason": reason} for path, reason in wrong]
    details = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "INVALID_ARGUMENT",
         "domain": "datamanager.googleapis.com"},
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields},
    ]  # fmt: skip
    return {"error": {"code": 400, "message": "about Cj0K", "status": "INVALID_ARGUMENT", "details": details}}


# What is wrong with a request


def faults(body: Any) -> Iterator[Wrong]:
    if unknown := set(body) - REQUEST:
        yield unknown.pop(), "INVALID_ARGUMENT"
    destinations, events = body.get("destinations", []), body.get("events", [])
    if not 1 <= len(destinations) <= DESTINATIONS:
        yield "destinations", "TOO_MANY_DESTINATIONS" if destinations else "REQUIRED_FIELD_MISSING"
    for one in destinations:
        yield from destination_faults(one)
    if not 1 <= len(events) <= MOST:
        yield "events", "TOO_MANY_EVENTS" if events else "REQUIRED_FIELD_MISSING"
    for place, one in enumerate(events):
        yield from ((f"events.events[{place}].{path}", reason) for path, reason in event_faults(one))
    if body.get("encoding") not in ("HEX", "BASE64") and any("userData" in one for one in events):
        yield "encoding", "REQUIRED_FIELD_MISSING"


def destination_faults(one: Any) -> Iterator[Wrong]:
    for account in (one.get("operatingAccount", {}), one.get("loginAccount", one.get("operatingAccount", {}))):
        if account.get("accountType") != "GOOGLE_ADS" or not ACCOUNT.match(account.get("accountId", "")):
            yield "destinations.operating_account", "INVALID_DESTINATION"
    if not one.get("productDestinationId", "").isdigit():
        yield "destinations.product_destination_id", "INVALID_CONVERSION_ACTION_ID"


def event_faults(one: Any) -> Iterator[Wrong]:
    if unknown := set(one) - EVENT:
        yield unknown.pop(), "INVALID_ARGUMENT"
    if not WHEN.match(one.get("eventTimestamp", "")):
        yield "event_timestamp", "REQUIRED_FIELD_MISSING"
    elif datetime.fromisoformat(one["eventTimestamp"]) > timezone.now():
        yield "event_timestamp", "EVENT_TIME_INVALID"
    if one.get("eventSource") not in SOURCES:
        yield "event_source", "REQUIRED_FIELD_MISSING"
    if not re.fullmatch("[A-Z]{3}", one.get("currency", "")):
        yield "currency", "INVALID_CURRENCY_CODE"
    if not set(one.get("consent", {}).values()) <= CONSENTS:
        yield "consent", "INVALID_ENUM_VALUE"
    yield from identifier_faults(one)


def identifier_faults(one: Any) -> Iterator[Wrong]:
    told = one.get("userData", {}).get("userIdentifiers", [])
    if not told and not one.get("adIdentifiers"):
        yield "ad_identifiers", "NO_IDENTIFIERS_PROVIDED"
    if len(told) > IDENTIFIERS:
        yield "user_data", "TOO_MANY_USER_IDENTIFIERS"
    if not all(HASH.match(value) for each in told for value in each.values()):
        yield "user_data", "INVALID_SHA256_FORMAT"
