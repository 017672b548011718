"""Meta: Messenger, Instagram messaging and the WhatsApp Cloud API, which share one webhook."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from urllib.parse import parse_qs

from integrations.adapter import Answer, Draft, Event, Request, SourceFacts
from integrations.errors import Rejected, Unreadable
from integrations.meta import messenger, whatsapp
from integrations.meta.items import Item, read_item, split_entries
from integrations.setting import Setting, text
from journeys.interactions.plain import plain

WHATSAPP = "whatsapp_business_account"
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError)


class Meta:
    """The webhook of one Meta app."""

    name = "meta"
    channel = "social"
    is_trusted = True
    max_body = 4 * 1024 * 1024
    cors = False
    settings = (
        Setting(
            "verify_token",
            "Verify token",
            "A word of your own, typed at Meta too when the webhook is connected. Left empty: the source's secret.",
            text,
        ),
        Setting(
            "app_secret",
            "App secret",
            "Only where it is not the source's secret already: Meta signs with it.",
            text,
            is_secret=True,
        ),
    )

    def verify(self, request: Request, source: SourceFacts) -> None:
        if request.method == "GET":
            check_handshake(request, source)
        else:
            check_signature(request, source)

    def split(self, request: Request, source: SourceFacts) -> Sequence[Event]:
        """One event for each message, postback, reaction, receipt or change."""
        try:
            told = json.loads(request.body)
            return split_entries(told, request.received_at)
        except UNREADABLE as error:
            raise Rejected(f"meta: the body is not a webhook notification ({type(error).__name__})") from error

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        try:
            item = read_item(plain(json.loads(event.body)))
            return drafts(item)
        except UNREADABLE as error:
            raise Unreadable(f"meta: the event is not as Meta documents it ({type(error).__name__})") from error

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        """The challenge, to the handshake; nothing that Meta would read, to a notification."""
        if request.method == "GET":
            return Answer(body=asked(request)["hub.challenge"].encode(), content_type="text/plain")
        return Answer()


def drafts(item: Item) -> list[Draft]:
    return whatsapp.drafts(item) if item.product == WHATSAPP else messenger.drafts(item)


def check_handshake(request: Request, source: SourceFacts) -> None:
    """Raises Rejected when the verify token is not ours."""
    told = asked(request)
    token = str(source.settings.get("verify_token") or source.secret)
    is_ours = hmac.compare_digest(told["hub.verify_token"].encode(), token.encode())
    if told["hub.mode"] != "subscribe" or not is_ours:
        raise Rejected("meta: the verify token does not match; copy it from the source's page", 403)


def asked(request: Request) -> dict[str, str]:
    """The handshake's parameters; empty ones for those that are missing."""
    found = parse_qs(request.query, keep_blank_values=True)
    return {name: found.get(name, [""])[0] for name in ("hub.mode", "hub.verify_token", "hub.challenge")}


def check_signature(request: Request, source: SourceFacts) -> None:
    """Raises Rejected when the raw body was not signed with the app's secret."""
    secret = str(source.settings.get("app_secret") or source.secret)
    expected = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    offered = request.headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(offered.encode(), expected.encode()):
        raise Rejected("meta: X-Hub-Signature-256 does not match the body; check the setting app_secret", 403)
