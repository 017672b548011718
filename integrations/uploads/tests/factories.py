"""Destinations, and people whom advertisements led to buy."""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.models import Consent
from integrations.uploads.models import Destination, Upload, UploadAnswer
from integrations.uploads.planning import plan
from integrations.uploads.sending import send
from journeys.attribution.models import Conversion, ConversionDefinition
from journeys.attribution.working import work
from journeys.interactions.drafts import Seen
from journeys.tests.factories import call, customer_of, identify, page, recorded, source

GOOGLE = {
    "customer_id": "1234567890", "developer_token": "dev-token", "client_id": "client", "client_secret": "shh",
    "refresh_token": "refresh-me", "login_customer_id": "", "version": "",
}  # fmt: skip
GA4 = {"measurement_id": "G-12345", "api_secret": "secret-of-ga"}
META = {"pixel_id": "555", "access_token": "token-of-meta", "test_event_code": "TEST1", "limited": "", "version": ""}
DATA_MANAGER = {name: GOOGLE[name] for name in GOOGLE if name not in ("developer_token", "version")}
SETTINGS = {"google_ads": GOOGLE, "data_manager": DATA_MANAGER, "ga4": GA4, "meta": META}
ACTIONS = {"google_ads": "987654", "data_manager": "987654", "ga4": "purchase", "meta": "Purchase"}
NUMBERS = itertools.count(1)
HOUR = timedelta(hours=1)


def definition(name: str = "Booked by phone", **told: Any) -> ConversionDefinition:
    options = {"channel": "web", "events": ["Order Completed"], "currency": "GBP", "recounts_from": None, **told}
    return ConversionDefinition.objects.create(name=name, **options)


def destination(vendor: str = "google_ads", base: str = "https://93.184.216.34", **told: Any) -> Destination:
    """One that is told of what staff and `definition` call a sale, of the last month."""
    kinds = ["sale", *map(str, ConversionDefinition.objects.values_list("pk", flat=True))]
    options = {
        "name": f"{vendor} account", "settings": SETTINGS[vendor], "actions": dict.fromkeys(kinds, ACTIONS[vendor]),
        "purpose": "advertising", "since": timezone.now() - timedelta(days=60), "base": base, **told,
    }  # fmt: skip
    return Destination.objects.create(vendor=vendor, **options)


def buyer(
    clicked: str = "gclid", hours: float = 30, *, agrees: bool = True, line: str = "+44791112", login: str = ""
) -> Customer:
    """Somebody who clicked on an advertisement so long ago, rang a minute later, and is known since then."""
    count = next(NUMBERS)
    number, line = login or f"b{count}", f"{line}{3456 + count}" if line == "+44791112" else line
    at, cookie, who = ago(hours), Seen("cookie", f"c-{number}"), Seen("login", number)
    clicks: Any = {"click_ids": {clicked: f"{clicked.upper()}-{number}-secret"}} if clicked else {}
    told: Any = {"properties": {"ga_client_id": f"11.{number}", "ga_session_id": "77", "fbp": f"fb.1.9.{number}"}}
    recorded([page(at, "Bahamas holidays", cookie, **clicks, **told)])
    phones = source("phone line", "twilio", is_trusted=True)
    mail = Seen("email", f"{number}@Mail-of.test")
    recorded([identify(at + HOUR / 60, cookie, who, mail, Seen("phone", line))])
    if line:
        recorded([call(at + HOUR / 30, Seen("phone", line), key=f"CA-{number}")], phones)
    if agrees:
        consents(customer_of("login", number))
    while work(5):
        pass
    return customer_of("login", number)


def consents(customer: Customer, *, given: bool = True, purpose: str = "advertising", channel: str = "") -> None:
    """What they say now."""
    Consent.objects.create(
        identifier=whose(customer), source=source(), purpose=purpose, channel=channel, occurred_at=timezone.now(),
        state="given" if given else "withdrawn",
    )  # fmt: skip


def whose(customer: Customer) -> Identifier:
    """The identifier that stands for somebody."""
    found = customer.spokesman()
    assert found
    return found


def sale(customer: Customer, hours: float = 20, value: str = "3180.00", **told: Any) -> Conversion:
    """What they bought so long ago."""
    options = {"currency": "GBP", "channel": "call", "kind": "sale", **told}
    return Conversion.objects.create(identifier=whose(customer), value=Decimal(value), at=ago(hours), **options)


def destination_with_uploads(customer: Customer) -> tuple[Destination, Upload]:
    """One that failed of late and was told, refused, waits and left out; and one removed."""
    made = destination(failing_since=ago(3))
    one: Any = {"identifier": whose(customer), "at": ago(20), "value": Decimal("3180.00"), "currency": "GBP"}
    one |= {"destination": made, "told_as": "throughline-1", "action": "987654", "click_kind": "gclid"}
    shown = {"gclid": "Cj0K… (91 signs)", "conversionValue": 3180.0}
    sent = Upload.objects.create(conversion=1, state="sent", attempts=2, sent_at=ago(19), shown=shown, **one)
    UploadAnswer.objects.create(upload=sent, status=None, milliseconds=15_000, fate="again", said="no answer")
    UploadAnswer.objects.create(upload=sent, status=200, milliseconds=84, fate="taken")
    back: Any = {"what": "taken back", "number": 1, "why": "it does not count any more", "before": Decimal("3180.00")}
    Upload.objects.create(conversion=1, state="waiting", due_at=ago(-1), **back, **one)
    Upload.objects.create(conversion=2, state="refused", why="click not found", attempts=1, **one)
    Upload.objects.create(conversion=3, state="left out", why="no consent", **one)
    later = destination("data_manager", name="the newer one")
    pending: Any = {"state": "pending", "request": "126365e1-16d0", "attempts": 1, "sent_at": ago(1), "due_at": ago(-1)}
    Upload.objects.create(conversion=1, shown=shown, **pending, **one | {"destination": later})
    destination("meta", removed_at=ago(1), name="an old one")
    destination("ga4", paused_at=ago(1), paused_for="access", said="403: PERMISSION_DENIED", name="another")
    return made, sent


def ago(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def turn(rounds: int = 4) -> None:
    """Plan and send as the beat would, until nothing more is to be done."""
    for _ in range(rounds):
        while plan():
            pass
        send(20)
