"""A link at the end of a mail by which its reader takes a consent back (RFC 2369, and RFC 8058 for one click).

The link is signed and holds numbers of identifiers and a purpose: it proves nothing else, reads nothing, and is good
for as long as THROUGHLINE_SECRET_KEY stands. Taking back twice is taking back once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from crm.errors import ConsentRefused
from crm.identity.kinds import Kind
from crm.identity.models import Identifier
from crm.identity.normalise import email
from crm.live import notify
from crm.privacy.access import visible_customers
from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.models import Consent
from crm.privacy.permissions import permissions
from crm.privacy.purposes import standing
from crm.privacy.withholding import reconsider

SALT = "crm.privacy.unsubscribing"
MARKETING, BY_MAIL = "marketing", "email"
EVIDENCE = "the link in a mail (List-Unsubscribe)"
MOST = 20  # identifiers of one address: one for each wall between brands


@dataclass(frozen=True, slots=True)
class Link:
    """What a mail carries: the link for its text, and its headers by name."""

    url: str
    headers: dict[str, str]


def link_for(address: str, actor: Actor, purpose: str = MARKETING) -> Link:
    """The link for mails to an address. actor: who sends; they know the customers whom they may see.

    Raises ConsentRefused where there is nobody of that address: then nothing allows to write to it either.
    """
    value = email(address)
    seen = Identifier.objects.filter(kind=Kind.EMAIL, value=value or "", customer__in=visible_customers(actor))
    found = list(seen.order_by("pk").values_list("pk", flat=True)[:MOST])
    if not found:
        raise ConsentRefused("nobody is known by this e-mail address, so nothing says that they may be written to")
    token = signing.dumps([found, purpose], salt=SALT)
    url = f"{settings.PUBLIC_URL or 'http://localhost:8000'}{reverse('unsubscribe', args=[token])}"
    return Link(url, headers_of(url))


def headers_of(url: str) -> dict[str, str]:
    ways = [f"<{url}>"]
    if settings.UNSUBSCRIBE_ADDRESS:  # an inbox that comes in here: mails with such a subject take back by themselves
        ways.append(f"<mailto:{quote(settings.UNSUBSCRIBE_ADDRESS, safe='@')}?subject=unsubscribe>")
    return {"List-Unsubscribe": ", ".join(ways), "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def meant(token: str) -> tuple[list[int], str] | None:
    """The identifiers and the purpose of a link; None where it is none of ours."""
    try:
        identifiers, purpose = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return identifiers, purpose


@transaction.atomic
def take_back(identifiers: Iterable[int], purpose: str) -> None:
    """Take a consent to mails back for these identifiers; those that are gone, or took it back, stay as they are."""
    known = Identifier.objects.filter(pk__in=list(identifiers)).select_for_update(no_key=True).order_by("pk")
    standing_ones = [one for one in known if not is_taken_back(one.pk, purpose)]
    at, version = timezone.now(), standing().version
    Consent.objects.bulk_create(
        Consent(
            identifier=one, purpose=purpose, channel=BY_MAIL, state=Consent.State.WITHDRAWN, occurred_at=at,
            wording=version, evidence=EVIDENCE,
        )
        for one in standing_ones
    )  # fmt: skip
    customers = sorted({one.customer_id for one in standing_ones})
    reconsider(customers)
    notify(customers)
    for customer in customers:
        note(None, Act.CONSENTED, customer=customer, subject=f"{BY_MAIL}: {purpose} withdrawn by {EVIDENCE}")


def is_taken_back(identifier: int, purpose: str) -> bool:
    """Whether the last that was said of mails, for this identifier alone, is that it is taken back."""
    said = [one for one in permissions([identifier]) if one.purpose == purpose and one.channel in ("", BY_MAIL)]
    return bool(said) and max(said, key=lambda one: (one.at, one.is_withdrawn)).is_withdrawn
