"""Requests as each provider makes them: its fixture, signed or with basic auth, as it would arrive."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from integrations.adapter import Request, SourceFacts
from integrations.email.adapter import EMAIL_ADAPTERS, EmailAdapter

FIXTURES = Path(__file__).parent.parent / "fixtures"
ADAPTERS = {adapter.name: adapter for adapter in EMAIL_ADAPTERS}
RECEIVED_AT = datetime(2026, 11, 3, 9, 15, 30, tzinfo=UTC)
URL = "https://crm.bluelagoon.example/in/src_mail/"
SECRET = "s3cret-of-the-source"
BOUNDARY = "xYzZY"
PDF = b"%PDF-1.4\n"


def source(**settings: object) -> SourceFacts:
    return SourceFacts("src_mail", "mail", "postmark", "mail", "GB", "wk_mail", SECRET, settings)


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def mail(name: str) -> bytes:
    return (FIXTURES / "mails" / f"{name}.eml").read_bytes()


def request(body: bytes, kind: str, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", URL, "", "", {"content-type": kind, **named}, body, RECEIVED_AT)


def basic(secret: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"throughline:{secret}".encode()).decode()


def with_basic(asked: Request, secret: str = SECRET) -> Request:
    return replace(asked, headers={**asked.headers, "authorization": basic(secret)})


def form(fields: Mapping[str, str], file: str) -> bytes:
    """A multipart form of these fields and one PDF."""
    lines = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]  # fmt: skip
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{file}"; filename="invoice.pdf"\r\n'
    lines += [head.encode(), b"Content-Type: application/pdf\r\n\r\n", PDF, f"\r\n--{BOUNDARY}--\r\n".encode()]
    return b"".join(lines)


def hexmac(message: bytes, key: str) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


@cache
def postal_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def postal_public_key() -> str:
    """As Postal shows it: the PEM's inner lines."""
    shape = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = postal_key().public_key().public_bytes(serialization.Encoding.PEM, shape)
    return "".join(pem.decode().splitlines()[1:-1])


def source_of(name: str) -> SourceFacts:
    """A source of this provider, with the settings that it needs."""
    return source(signing_key=postal_public_key()) if name == "postal" else source()


def posted(name: str, told: Any = None) -> Request:
    """What this provider posts. told: instead of its fixture."""
    told = fixture(name) if told is None else told
    if name in SPECIAL:
        return SPECIAL[name](told)
    return with_basic(request(json.dumps(told).encode(), "application/json; charset=utf-8"))


def amazon_ses(told: Any) -> Request:
    headers = {"x_amz_sns_message_type": told["Type"], "x_amz_sns_message_id": told["MessageId"]}
    return with_basic(request(json.dumps(told).encode(), "text/plain; charset=UTF-8", **headers))


def mailersend(told: Any) -> Request:
    body = json.dumps(told).encode()
    return request(body, "application/json", signature=hexmac(body, SECRET))


def mailgun(told: Any) -> Request:
    signature = hexmac(f"{told['timestamp']}{told['token']}".encode(), SECRET)
    body = form({**told, "signature": signature}, "attachment-1")
    return request(body, f"multipart/form-data; boundary={BOUNDARY}")


def mandrill(told: Any) -> Request:
    events = json.dumps(told)
    signed = hmac.new(SECRET.encode(), f"{URL}mandrill_events{events}".encode(), hashlib.sha1).digest()
    body = urlencode({"mandrill_events": events}).encode()
    return request(body, "application/x-www-form-urlencoded", x_mandrill_signature=base64.b64encode(signed).decode())


def postal(told: Any) -> Request:
    body = json.dumps(told).encode()
    signature = postal_key().sign(body, padding.PKCS1v15(), hashes.SHA1())
    return request(body, "application/json", x_postal_signature=base64.b64encode(signature).decode())


def sendgrid(told: Any) -> Request:
    return with_basic(request(form(told, "attachment1"), f'multipart/form-data; boundary="{BOUNDARY}"'))


SPECIAL = {
    "amazon_ses": amazon_ses, "mailersend": mailersend, "mailgun": mailgun, "mandrill": mandrill, "postal": postal,
    "sendgrid": sendgrid,
}  # fmt: skip
HOLDING_A_MAIL = sorted(set(ADAPTERS) - {"mailtrap", "resend", "mailbox"})


def adapter(name: str) -> EmailAdapter:
    return ADAPTERS[name]
