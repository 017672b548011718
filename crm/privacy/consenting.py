"""Writing consent events: as they come in, bulk and idempotent; and as staff are told of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import ConsentRefused
from crm.identity.models import UNSHARED_READ, Customer, Identifier
from crm.live import notify
from crm.privacy.actors import Actor, Program
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.models import Basis, Consent
from crm.privacy.permissions import Permission, permissions
from crm.privacy.purposes import standing
from crm.privacy.withholding import ANALYTICS, reconsider, reconsider_said
from crm.sql import cursor, recordset

NOTE = """
    INSERT INTO crm_consent (identifier_id, source_id, purpose, channel, state, occurred_at, recorded_at)
    SELECT n.*, now()
    FROM json_to_recordset(%s) AS n
        (identifier bigint, source bigint, purpose text, channel text, state text, at timestamptz)
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class ConsentNoted:
    """Permission given or withdrawn at a time (aware), for one identifier. channel: "" for every channel."""

    identifier_id: int
    source_id: int
    purpose: str
    channel: str
    is_given: bool
    at: datetime


def note_consents(noted: Iterable[ConsentNoted]) -> None:
    """Append consent events; one that is there already stays as it is."""
    said = list(noted)
    rows = [
        (c.identifier_id, c.source_id, c.purpose[:40], c.channel, "given" if c.is_given else "withdrawn", c.at)
        for c in said
    ]
    if rows:
        with cursor() as sql:
            sql.execute(NOTE, [recordset("identifier source purpose channel state at", rows)])
    if about := {c.identifier_id: c.is_given for c in said if c.purpose == ANALYTICS}:
        reconsider_said(about, [c.identifier_id for c in said if c.purpose == ANALYTICS and not c.is_given])


@dataclass(frozen=True, slots=True)
class Told:
    """What a customer told staff. evidence: how they did, in the words of who notes it."""

    purpose: str
    channel: str
    is_given: bool
    evidence: str
    basis: str = Basis.CONSENT


@transaction.atomic
def note_by_hand(customer: Customer, told: Told, actor: Actor) -> list[Permission]:
    """Note what a customer told staff, or a program of theirs, and return what stands then.

    What is given is given by one person: it is said of the identifier that stands for them, and widens nothing that
    another of those who were joined withdrew. What is withdrawn is withdrawn for all their identifiers.
    Raises ConsentRefused where everything that is known of the customer is shared.
    """
    one = customer.spokesman()
    if one is None:
        raise ConsentRefused("several people share everything that is known of this customer; find out who it is first")
    at, asked = timezone.now(), standing()
    purpose = asked.named(told.purpose)
    shared = dict(Identifier.objects.filter(customer=customer).values_list("pk", "shared")[:UNSHARED_READ])
    about = [one.pk] if told.is_given else [pk for pk, how in shared.items() if not how]
    Consent.objects.bulk_create(
        Consent(
            identifier_id=pk, purpose=told.purpose, channel=told.channel, basis=told.basis, occurred_at=at,
            state=Consent.State.GIVEN if told.is_given else Consent.State.WITHDRAWN, wording=asked.version,
            expires_at=purpose.expiry(at) if purpose and told.is_given else None,
            actor=actor if isinstance(actor, User) else None, evidence=evidence_of(told, actor),
        )
        for pk in about
    )  # fmt: skip
    reconsider([customer.pk])
    notify([customer.pk])
    said = f"{told.channel or 'any channel'}: {told.purpose} {'given' if told.is_given else 'withdrawn'}"
    note(actor, Act.CONSENTED, customer=customer.pk, subject=said)
    return permissions(list(shared))


def evidence_of(told: Told, actor: Actor) -> str:
    """How it was said; where a program tells of it, also which."""
    return f"{told.evidence} (API key {actor})"[:500] if isinstance(actor, Program) else told.evidence
