"""The whole of it, running: real client libraries send, and the API shows one customer."""

import hashlib
import hmac
import json
import time
import urllib.request
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

import pytest
from segment.analytics.client import Client
from twilio.request_validator import RequestValidator

from crm.stack.throwaway import Stack

PATIENCE = 60.0
CALLER = "+447700900142"


def add_source(stack: Stack, adapter: str, name: str, *options: str) -> dict[str, str]:
    return stack.told("add_source", adapter, name, "--namespace", "live", *options)


def add_key(stack: Stack, role: str) -> str:
    return str(stack.told("add_api_key", f"live-{role}", "--role", role)["key"])


def post(url: str, body: bytes, **headers: str) -> int:
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


def get(stack: Stack, path: str, key: str) -> Any:
    request = urllib.request.Request(stack.url + path, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def eventually(found: Any) -> Any:
    """What `found` returns once it is something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.2)
    raise AssertionError("it did not come true in time")


@pytest.mark.django_db
def test_four_channels_become_one_customer_whose_journey_the_api_tells(live_stack: Stack) -> None:
    web, calls = add_source(live_stack, "segment", "live-web"), add_source(live_stack, "twilio", "live-calls")
    mail, social = add_source(live_stack, "mailbox", "live-mail"), add_source(live_stack, "meta", "live-social")
    browse(live_stack, web)
    ring(live_stack, calls)
    write(live_stack, mail)
    message(live_stack, social)
    key = add_key(live_stack, "agent")

    def channels() -> set[str]:
        customers = get(live_stack, "/api/v1/customers/?identifier=email:anna.live@example.com", key)["results"]
        if len(customers) != 1:
            return set()
        timeline = get(live_stack, f"/api/v1/customers/{customers[0]['id']}/timeline/?limit=50", key)
        return {entry["channel"] for entry in timeline["results"]}

    eventually(lambda: channels() >= {"web", "call", "email", "social"})
    accounts = json.loads(live_stack.manage("reconcile", "--json").stdout)["sources"]
    assert all(account["difference"] == 0 for account in accounts)


def browse(stack: Stack, source: dict[str, str]) -> None:
    """A visitor looks, and leaves an address and a number, by Segment's own Python client."""
    client = Client(source["write_key"], host=stack.url, sync_mode=True, gzip=True)
    client.page(anonymous_id="live-1", name="Bahamas holidays", properties={"url": "https://shop.example/bahamas"})
    client.identify(
        anonymous_id="live-1", traits={"email": "anna.live@example.com", "phone": "07700 900142", "firstName": "Anna"}
    )
    client.track(anonymous_id="live-1", event="Quote viewed", properties={"value": 3180, "currency": "GBP"})


def ring(stack: Stack, source: dict[str, str]) -> None:
    """She rings, as Twilio tells it: its end comes before its beginning."""
    url = stack.url + source["endpoint"]
    for status in ("completed", "ringing"):
        form = {"CallSid": "CA" + "7" * 32, "From": CALLER, "To": "+442079460000", "CallStatus": status,
                "Direction": "inbound", "AccountSid": "AC" + "0" * 32, "CallDuration": "372"}  # fmt: skip
        signature = RequestValidator(source["secret"]).compute_signature(url, form)
        kind = "application/x-www-form-urlencoded"
        assert post(url, urlencode(form).encode(), Content_Type=kind, X_Twilio_Signature=signature) == 200


def write(stack: Stack, source: dict[str, str]) -> None:
    """She writes a mail."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Anna Whitfield <anna.live@example.com>", "hello@shop.example"
    mail["Subject"], mail["Message-ID"] = "Can the sea view be kept?", "<live-1@example.com>"
    mail["Date"] = "Tue, 17 Nov 2026 16:40:00 +0000"
    mail.set_content("I still do not know.")
    address = stack.url + source["endpoint"]
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    passwords.add_password(None, address, "throughline", source["secret"], is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    request = urllib.request.Request(address, bytes(mail), {"Content-Type": "message/rfc822"})
    with opener.open(request, timeout=20) as answer:
        assert answer.status == 200


def message(stack: Stack, source: dict[str, str]) -> None:
    """She sends a WhatsApp message, as Meta tells it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "442079460000", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Anna"}, "wa_id": CALLER[1:]}],
        "messages": [
            {"from": CALLER[1:], "id": "wamid.live1", "timestamp": str(int(time.time()) - 60), "type": "text",
             "text": {"body": "Is Atlantis good for a 40th?"}}
        ],
    }  # fmt: skip
    change = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [change]}).encode()
    signature = "sha256=" + hmac.new(source["secret"].encode(), body, hashlib.sha256).hexdigest()
    url = stack.url + source["endpoint"]
    assert post(url, body, Content_Type="application/json", X_Hub_Signature_256=signature) == 200
