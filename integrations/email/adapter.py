"""E-mail: the inbound webhooks of every provider that anymail knows, and plain mails."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailError, AnymailWebhookValidationFailure
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from django.core.exceptions import SuspiciousOperation

from integrations.adapter import Answer, Draft, Event, Request, SourceFacts
from integrations.email.headers import MALFORMED, values
from integrations.email.inbound import InboundMail
from integrations.email.message import drafts, mail_key
from integrations.email.posts import as_django, as_post, content_type
from integrations.email.providers import PROVIDERS, Provider
from integrations.errors import Rejected, Unreadable
from integrations.setting import Setting, domains, text
from journeys.interactions.plain import plain_text

MIB = 1024 * 1024
RAW = "message/rfc822"  # the kind of a mail as it is, without a provider's wrapping
TELLING = ("From", "To", "Subject", "Date", "Message-ID", "Received", "Return-Path")
NO_MAIL = (*MALFORMED, AnymailError, AnymailConfigurationError, SuspiciousOperation, OverflowError)

OWN_DOMAINS = Setting(
    "own_domains",
    "Our own domains",
    "Domains that your own side writes from, one to a line: mail from them is outbound, and no customer's.",
    domains,
    lines=3,
)
SIGNING_KEY = Setting(
    "signing_key",
    "Signing key",
    "The provider's key for its signatures, where it is not the source's secret.",
    text,
    is_secret=True,
)


class EmailAdapter:
    """The inbound webhook of one provider."""

    channel = "email"
    is_trusted = True
    max_body = 40 * MIB  # the largest mail that any of them takes is 35 MB
    cors = False

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.name = provider.name
        self.settings = (OWN_DOMAINS, SIGNING_KEY) if provider.signing or provider.check else (OWN_DOMAINS,)

    def verify(self, request: Request, source: SourceFacts) -> None:
        if request.method not in ("POST", "HEAD"):
            raise Rejected(f"{self.name}: this address takes POST", 405)
        if request.method == "HEAD":  # Mandrill looks whether the address is there
            return
        key = self.provider.signing_key(source)
        if self.provider.check and key:
            self.provider.check(request, key)
            return
        check(self.provider.made_view(source, request.url), request, self.name, bool(self.provider.signing and key))

    def split(self, request: Request, source: SourceFacts) -> Sequence[Event]:
        """One event per mail. One that cannot be read fails alone when it has neighbours."""
        if request.method == "HEAD":
            return []
        kind = f"{request.received_at.isoformat()} {self.provider.kind or content_type(request)}"
        bodies = self.bodies(request)
        return [event for body in bodies for event in self.events(body, kind, source, len(bodies) > 1)]

    def bodies(self, request: Request) -> Sequence[bytes]:
        """The request's body, once for each mail in it. Raises Rejected when it is not the provider's."""
        if self.provider.apart is None:
            return [request.body]
        try:
            return self.provider.apart(as_django(request))
        except NO_MAIL as error:
            raise not_a_mail(self.name, error) from error

    def events(self, body: bytes, kind: str, source: SourceFacts, has_neighbours: bool) -> Iterator[Event]:
        """The event of one body; none for a provider's mere greeting."""
        try:
            yield from (Event(mail_key(found.message), kind, body) for found in self.mails(body, kind, source))
        except Unreadable as error:
            yield refused(body, kind, str(error))
        except NO_MAIL as error:
            refusal = not_a_mail(self.name, error)
            if not has_neighbours:
                raise refusal from error
            yield refused(body, kind, refusal.reason)

    def mails(self, body: bytes, kind: str, source: SourceFacts) -> Sequence[Any]:
        """Anymail's inbound events in one body (one, or none), each with its message."""
        events = self.provider.made_view(source).parse_events(as_post(body, kind.partition(" ")[2]))
        found = [event for event in events if event is not None]
        if not all(is_mail(getattr(event, "message", None)) for event in found):
            raise ValueError("an event that is no received mail")
        return found[:1]

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        """The drafts of one mail; `event.kind` is when it came and its content type."""
        received, _, kind = event.kind.partition(" ")
        try:
            received_at = datetime.fromisoformat(received).astimezone(UTC)
            if kind == RAW:
                return drafts(InboundMail.read(event.body), source, received_at, {})
            mails = self.mails(event.body, event.kind, source)
            return [draft for mail in mails for draft in drafts(mail.message, source, received_at, extras(mail))]
        except NO_MAIL as error:
            raise Unreadable(not_a_mail(self.name, error).reason) from error

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        return Answer()


class Mailbox(EmailAdapter):
    """Mails as they are, posted by a mail server or a script as message/rfc822, or imported from files."""

    def __init__(self) -> None:
        super().__init__(Provider("mailbox", PostmarkInboundWebhookView))  # a view that checks basic auth

    def split(self, request: Request, source: SourceFacts) -> Sequence[Event]:
        if not request.body.strip():
            raise Rejected("mailbox: the body is empty; post one mail as message/rfc822")
        return [raw_event(request.body, request.received_at)]


def check(view: Any, request: Request, name: str, is_signed: bool) -> None:
    """Have anymail's view check a request. Raises Rejected with the remedy."""
    remedy = "check the setting signing_key" if is_signed else "put throughline:<the source's secret>@ into its address"
    try:
        view.run_validators(as_django(request))
    except AnymailWebhookValidationFailure as error:
        is_unasked = not is_signed and "authorization" not in request.headers
        found = "the signature is missing or does not match" if is_signed else "the basic auth is missing or wrong"
        raise Rejected(f"{name}: {found}; {remedy}", 401 if is_unasked else 403) from error
    except NO_MAIL as error:
        raise Rejected(f"{name}: the request could not be checked ({type(error).__name__}); {remedy}", 403) from error


def not_a_mail(name: str, error: Exception) -> Rejected:
    """Why something is not a received mail; anymail says itself where another kind of webhook is connected."""
    if isinstance(error, AnymailConfigurationError):
        return Rejected(plain_text(f"{name}: {error}")[:500])
    return Rejected(f"{name}: this is not a received mail as {name} sends it ({type(error).__name__})")


def refused(body: bytes, kind: str, reason: str) -> Event:
    return Event("sha256:" + hashlib.sha256(body).hexdigest(), kind, body, plain_text(reason))


def is_mail(message: object) -> bool:
    """Whether something is a mail that can be told from another."""
    return isinstance(message, InboundMail) and any(values(message.head, name) for name in TELLING)


def raw_event(body: bytes, received_at: datetime) -> Event:
    """One mail as it is. Its key is the same as if a provider had sent it."""
    kind = f"{received_at.isoformat()} {RAW}"
    try:
        mail = InboundMail.parse_raw_mime_bytes(body)
        if is_mail(mail):
            return Event(mail_key(mail), kind, body)
        return refused(body, kind, "it is no mail: it has no header")
    except NO_MAIL as error:
        return refused(body, kind, f"the mail could not be read ({type(error).__name__})")


def extras(mail: Any) -> dict[str, Any]:
    """What a provider knows beside the mail itself."""
    envelope = getattr(mail.message, "envelope_recipient", None)
    return {
        "delivered_to": str(envelope)[:320] if envelope else "",
        "is_spam": getattr(mail.message, "spam_detected", None) is True,
    }


EMAIL_ADAPTERS = (*(EmailAdapter(provider) for provider in PROVIDERS), Mailbox())
