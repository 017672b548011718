"""The providers that anymail receives mail from: the view that reads each, and how it is checked."""

import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, quote
from functools import partial
from typing import Any
from urllib.parse import urlencode

from anymail.webhooks.amazon_ses import AmazonSESInboundWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoInboundWebhookView
from anymail.webhooks.mailersend import MailerSendInboundWebhookView
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView
from anymail.webhooks.mailtrap import MailtrapInboundWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.resend import ResendInboundWebhookView
from anymail.webhooks.sendgrid import SendGridInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.http import HttpRequest

from integrations.adapter import Request, SourceFacts
from integrations.email.inbound import InboundMail
from integrations.email.posts import FORM, JSON
from integrations.errors import Rejected, Unreadable

USER = "throughline"  # of the basic auth that the webhook's address carries
SPECIALS = re.compile(r'[][\\()<>@,:;".]')  # what a name in a header must be quoted for (RFC 5322)
NOT_NEEDED = "not needed"  # anymail asks for keys to an API that we do not call
MOST = 1_000  # mails in one request: twice what any provider sends
VIEWS = (
    AmazonSESInboundWebhookView, BrevoInboundWebhookView, MailerSendInboundWebhookView, MailgunInboundWebhookView,
    MailjetInboundWebhookView, MailtrapInboundWebhookView, MandrillCombinedWebhookView, PostalInboundWebhookView,
    PostmarkInboundWebhookView, ResendInboundWebhookView, SendGridInboundWebhookView, SparkPostInboundWebhookView,
)  # fmt: skip
for view in VIEWS:  # the name by which each makes its mails
    vars(sys.modules[view.__module__])["AnymailInboundMessage"] = InboundMail

Check = Callable[[Request, str], None]


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    signing: what anymail calls the key that it checks signatures with; "" when only basic auth is checked.
    is_always_signed: its key is the source's secret unless the setting `signing_key` says otherwise; without this,
        basic auth is checked until `signing_key` is set. check: our own check of its signature, where anymail's cannot
        be had. apart: one request with several mails, taken apart. kind: the content type of those parts.
    """

    name: str
    view: Callable[..., Any]
    signing: str = ""
    is_always_signed: bool = False
    check: Check | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    apart: Callable[[HttpRequest], Sequence[bytes]] | None = None
    kind: str = ""

    def signing_key(self, source: SourceFacts) -> str:
        """The key of its signatures; "" when requests are not signed."""
        return str(source.settings.get("signing_key", "")) or (source.secret if self.is_always_signed else "")

    def made_view(self, source: SourceFacts, url: str = "") -> Any:
        """Anymail's view, set to check what this source's requests carry."""
        options = dict(self.options)
        if self.signing and self.signing_key(source):
            options[self.signing] = self.signing_key(source)
        else:
            options["webhook_secret"] = f"{USER}:{source.secret}"
        if self.name == "mandrill":
            options["webhook_url"] = url
        return self.view(**options)


# Views that would fetch from the provider's API: they say so, or make do with what the request holds.


def ses_view(**options: str) -> Any:
    """Amazon SES without boto3: what needs its API is refused, with the reason."""
    view = unprepared(AmazonSESInboundWebhookView, options)
    view.fetch_s3_chunks = mail_in_s3
    view.auto_confirm_sns_subscription = confirm_subscription
    return view


def sendgrid_view(**options: str) -> Any:
    """SendGrid without anymail's warning, on each request, that nobody there can try it any more."""
    return unprepared(SendGridInboundWebhookView, options)


def unprepared(view_class: Any, options: Mapping[str, str]) -> Any:
    """A view of which only the common part is set up."""
    view = view_class.__new__(view_class)
    AnymailBaseWebhookView.__init__(view, **options)
    return view


def mail_in_s3(*_: str) -> Any:
    raise Unreadable("amazon_ses: the mail is in S3 and not in the notification; use a receipt rule with an SNS action")


def confirm_subscription(message: Mapping[str, Any]) -> None:
    raise Unreadable(f"amazon_ses: open this address once to confirm the subscription: {message.get('SubscribeURL')}")


def mailtrap_view(**options: str) -> Any:
    view = MailtrapInboundWebhookView(**options)
    view.fetch_inbound_message = mail_at_mailtrap
    return view


def mail_at_mailtrap(*_: object) -> Any:
    raise Unreadable("mailtrap: the notification names a mail without holding it; have the inbox forward its mail")


def postmark_view(**options: str) -> Any:
    """Postmark without anymail's check of every address, for which it would refuse the whole mail."""
    view = PostmarkInboundWebhookView(**options)
    view._address = written_address
    view._addresses = written_addresses
    return view


def written_address(told: Mapping[str, Any] | None) -> str:
    """An address and its name, as a header would have them."""
    name, address = str((told or {}).get("Name") or ""), str((told or {}).get("Email") or "")
    shown = f'"{quote(name)}"' if SPECIALS.search(name) else name
    return f"{shown} <{address}>" if name else address


def written_addresses(told: Sequence[Mapping[str, Any]] | None) -> str | None:
    return None if told is None else ", ".join(map(written_address, told))


def brevo_view(**options: str) -> Any:
    """Brevo without its attachments, which it would have to be asked for one by one: they are listed."""
    view = BrevoInboundWebhookView(**options)
    view._fetch_attachment = unfetched_attachment
    return view


def unfetched_attachment(told: Mapping[str, Any]) -> Any:
    """An attachment of which only name and type are known."""
    return InboundMail.construct_attachment(
        content_type=told.get("ContentType") or told.get("content_type") or "application/octet-stream",
        content=b"",
        filename=told.get("Name") or told.get("filename"),
    )


def resend_view(**options: str) -> Any:
    """Resend's notification, which holds who, when and about what, but not the text."""
    view = ResendInboundWebhookView(**options)
    view.esp_to_anymail_event = resend_event
    return view


@dataclass(frozen=True, slots=True)
class EnvelopeEvent:
    """An inbound event whose mail has no text."""

    message: Any


def resend_event(event: Mapping[str, Any], _: HttpRequest) -> EnvelopeEvent:
    told = event["data"]
    message = InboundMail.construct(
        from_email=told["from"],
        to=", ".join(told.get("to") or []) or None,
        cc=", ".join(told.get("cc") or []) or None,
        subject=told.get("subject") or "",
        headers=[(name, value) for name, value in resend_headers(event) if value],
        attachments=[unfetched_attachment(attachment) for attachment in told.get("attachments") or []],
    )
    return EnvelopeEvent(message)


def resend_headers(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = event["data"]
    at = str(event.get("created_at") or "").replace("Z", "+00:00")
    sent = format_datetime(datetime.fromisoformat(at)) if at else ""
    return [("Message-ID", str(told.get("message_id") or "")), ("Date", sent)]


def check_svix(request: Request, key: str) -> None:
    """Resend's signature, as svix makes it: HMAC-SHA256 over id, timestamp and body. Raises Rejected."""
    told = [request.headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature")]
    try:
        secret = base64.b64decode(key.removeprefix("whsec_") + "==")
    except ValueError:
        raise Rejected(
            "resend: the setting signing_key is none of Resend's; copy it anew, from whsec_ on", 403
        ) from None
    signed = f"{told[0]}.{told[1]}.".encode() + request.body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest())
    offered = [signature.partition(",")[2].encode() for signature in told[2].split()]
    if not any(hmac.compare_digest(signature, expected) for signature in offered):
        raise Rejected("resend: the signature does not match; check the setting signing_key", 403)


# Requests with several mails


def listed_apart(post: HttpRequest, under: str = "") -> list[bytes]:
    """A JSON list (or the list under one name), one body each of the same shape."""
    found = json.loads(post.body)
    events = several(found[under] if under else found)
    return [json.dumps({under: [event]} if under else [event]).encode() for event in events]


def several(found: Any) -> list[Any]:
    """A list of mails. Raises TypeError for what is none (a text would be one mail a letter), ValueError past MOST."""
    if not isinstance(found, list):
        raise TypeError("no list of mails")
    if len(found) > MOST:
        raise ValueError(f"more than {MOST} mails at once")
    return found


def mandrill_apart(post: HttpRequest) -> list[bytes]:
    events = several(json.loads(post.POST["mandrill_events"]))
    return [urlencode({"mandrill_events": json.dumps([event])}).encode() for event in events]


PROVIDERS = (
    Provider("amazon_ses", ses_view),
    Provider(
        "brevo", brevo_view, options={"api_key": NOT_NEEDED}, apart=partial(listed_apart, under="items"), kind=JSON
    ),
    Provider("mailersend", MailerSendInboundWebhookView, "inbound_secret", is_always_signed=True),
    Provider("mailgun", MailgunInboundWebhookView, "webhook_signing_key", is_always_signed=True),
    Provider("mailjet", MailjetInboundWebhookView),
    Provider(
        "mailtrap", mailtrap_view, "inbound_secret", options={"api_token": NOT_NEEDED},
        apart=partial(listed_apart, under="events"), kind=JSON,
    ),
    Provider(
        "mandrill", MandrillCombinedWebhookView, "webhook_key", is_always_signed=True, apart=mandrill_apart, kind=FORM
    ),
    Provider("postal", PostalInboundWebhookView, "webhook_key", is_always_signed=True),
    Provider("postmark", postmark_view),
    Provider("resend", resend_view, check=check_svix, options={"api_key": NOT_NEEDED}),
    Provider("sendgrid", sendgrid_view),
    Provider("sparkpost", SparkPostInboundWebhookView, apart=listed_apart, kind=JSON),
)  # fmt: skip
