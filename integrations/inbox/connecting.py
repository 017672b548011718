"""How a source is connected: what its page says, with its own address and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.http import HttpRequest

from crm.sources.models import Source
from integrations.adapter import Adapter
from integrations.setting import typed_as
from integrations.sources import SOURCES

CHANNELS = {"web": "Web and apps", "call": "Calls", "email": "E-mail", "social": "Social", "record": "Records"}
NAMES = {
    "segment": "Segment API",
    "records": "Records and spreadsheets",
    "amazon_ses": "Amazon SES",
    "mailersend": "MailerSend",
    "sendgrid": "SendGrid",
    "sparkpost": "SparkPost",
    "telephony": "Any phone system: Asterisk, FreeSWITCH, Kamailio",
    "meta": "Meta: Messenger, Instagram, WhatsApp",
}
SECRETS = {
    "twilio": "The auth token of your Twilio account: Twilio signs with it.",
    "meta": "The app secret of your Meta app: Meta signs with it.",
    "mailgun": "Mailgun's HTTP webhook signing key.",
    "mandrill": "Mandrill's webhook key.",
    "mailersend": "The secret of the inbound route at MailerSend.",
    "postal": "Postal's public key for webhooks.",
}
MADE_UP = "Left empty, one is made up; you will see it once, on the next page."
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider to choose from."""

    adapter: str
    name: str


def choices() -> list[tuple[str, list[Choice]]]:
    """The providers under their channels' names."""
    order = list(CHANNELS)
    ranked = sorted(SOURCES.values(), key=lambda adapter: (order.index(adapter.channel), title_of(adapter.name)))
    return [
        (CHANNELS[channel], [Choice(adapter.name, title_of(adapter.name)) for adapter in group])
        for channel, group in groupby(ranked, key=lambda adapter: str(adapter.channel))
    ]


def title_of(adapter: str) -> str:
    """What people call a provider."""
    return NAMES.get(adapter, adapter.replace("_", " ").title())


def secret_hint(adapter: str) -> str:
    """What the secret of a new source is."""
    vendors = SECRETS.get(adapter)
    return f"{vendors} It can be filled in later." if vendors else MADE_UP


def guides(adapter: Adapter | None, name: str) -> Sequence[str]:
    """The templates that say how to connect, the most particular first."""
    channel = [f"integrations/connect/{adapter.channel}.html"] if adapter else []
    return [f"integrations/connect/{name}.html", *channel, "integrations/connect/webhook.html"]


def settings_shown(source: Source) -> list[tuple[str, str]]:
    """A source's settings as its page shows them: label and value. Of a secret only whether it is there."""
    adapter = SOURCES.get(source.adapter)
    kept = [(setting, source.settings.get(setting.name)) for setting in (adapter.settings if adapter else ())]
    return [
        (setting.label, ("set" if setting.is_secret else typed_as(value)) if value else "not set")
        for setting, value in kept
    ]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source's sender sends to. secret: empty when it is not to be shown."""

    source: Source
    base: str
    secret: str

    @property
    def endpoint(self) -> str:
        return self.base + self.source.endpoint

    @property
    def host(self) -> str:
        return self.base.partition("://")[2]

    @property
    def protocol(self) -> str:
        return self.base.partition("://")[0]

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host.partition(":")[0] in LOCAL_HOSTS

    @property
    def with_password(self) -> str:
        """The endpoint with the basic auth that mail providers send."""
        return f"{self.protocol}://throughline:{self.secret or 'SECRET'}@{self.host}{self.source.endpoint}"

    @property
    def verify_token(self) -> str:
        """What a handshake is checked against; it allows nothing but to connect."""
        return str(self.source.settings.get("verify_token") or "")


def address_of(source: Source, request: HttpRequest, *, with_secret: bool) -> Address:
    base = str(settings.PUBLIC_URL) or f"{request.scheme}://{request.get_host()}"
    return Address(source, base, source.secret if with_secret else "")
