"""Twilio's signature, with Twilio's own library as the oracle."""

from dataclasses import replace

import pytest
from twilio.request_validator import RequestValidator

from integrations.adapter import Request
from integrations.errors import Rejected
from integrations.twilio.signing import signature
from integrations.twilio.tests.requests import ADAPTER, SOURCE, URL, fixture, post, source


def refused(request: Request, match: str, status: int = 403) -> None:
    with pytest.raises(Rejected, match=match) as refusal:
        ADAPTER.verify(request, SOURCE)
    assert refusal.value.status == status


@pytest.mark.parametrize("name", ["incoming.form", "completed.form", "recording.form", "live_transcription.form"])
def test_a_form_signed_by_twilios_library_is_taken(name: str) -> None:
    ADAPTER.verify(post(fixture(name)), SOURCE)


@pytest.mark.parametrize("body", [b"", b"b=2&a=1&a=0&a=1", b"CallSid=CA1&Empty=&Name=J%C3%B8rgen+%2B", b"a=%ff"])
def test_odd_forms_are_signed_as_twilio_does(body: bytes) -> None:
    ADAPTER.verify(post(body), SOURCE)


def test_a_json_body_is_taken_by_its_hash() -> None:
    body = fixture("event_streams.json")
    ADAPTER.verify(post(body, content_type="application/json; charset=utf-8"), SOURCE)
    changed = replace(post(body, content_type="application/json"), body=body.replace(b"192", b"999"))
    refused(changed, "bodySHA256")


def test_a_body_that_no_signature_covers_is_refused() -> None:
    signed = {"x-twilio-signature": signature(SOURCE.secret, URL), "content-type": "application/json"}
    refused(Request("POST", URL, "", "", signed, b'{"CallSid":"CA1"}'), "bodySHA256")
    refused(Request("POST", URL, "", "", signed | {"content-type": ""}, b'{"CallSid":"CA1"}'), "bodySHA256")


def test_a_wrong_signature_is_refused_with_the_remedy() -> None:
    refused(post(fixture("incoming.form"), token="another token"), r"does not match https://in\.example/in/src_calls/")
    request = post(fixture("incoming.form"))
    refused(replace(request, body=request.body + b"&Injected=1"), "THROUGHLINE_PUBLIC_URL")
    refused(replace(request, url="https://elsewhere.example/in/src_calls/"), "elsewhere")
    refused(replace(request, headers={**request.headers, "x-twilio-signature": "né\udc80"}), "does not match")


def test_a_request_without_a_signature_is_refused() -> None:
    refused(replace(post(fixture("incoming.form")), headers={}), "no X-Twilio-Signature")


@pytest.mark.parametrize(
    ("signed", "seen"),
    [("https://in.example:443/in/x/", "https://in.example/in/x/"), ("https://in.example/in/x/", "https://in.example:443/in/x/"),
     ("http://in.example:80/in/x/", "http://in.example/in/x/"), ("http://in.example/in/x/", "http://in.example:8000/in/x/"),
     ("https://in.example/in/x/?a=1&b=%20", "https://in.example:443/in/x/?a=1&b=%20")],
)  # fmt: skip
def test_the_port_may_be_signed_or_not(signed: str, seen: str) -> None:
    body = fixture("incoming.form")
    ADAPTER.verify(replace(post(body, signed), url=seen), SOURCE)


@pytest.mark.parametrize("url", ["https://[bad/in/", "https://in.example:port/", "", "no url"])
def test_odd_addresses_are_refused_and_do_no_harm(url: str) -> None:
    refused(replace(post(fixture("incoming.form")), url=url), "does not match")


def test_the_auth_token_of_the_settings_goes_before_the_secret() -> None:
    request = post(fixture("incoming.form"), token="token of the settings")
    ADAPTER.verify(request, source(auth_token="token of the settings"))
    refused(request, "does not match")


def test_a_shared_key_signs_with_sha256() -> None:
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    request = post(b"", x_twilio_webhooks_signature_settings=settings)
    right = RequestValidator(SOURCE.secret).compute_signature(URL, {}, "HMAC_SHA256")
    ADAPTER.verify(replace(request, headers={**request.headers, "x-twilio-signature": right}), SOURCE)
    refused(request, "does not match")


def test_a_webhook_set_to_get_is_told_to_post() -> None:
    refused(replace(post(b""), method="GET"), "HTTP POST", 405)
