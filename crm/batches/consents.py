"""Importing consents: what each line would note, noting it, and taking it all back.

A line that names an identifier is said of that one; one that names a customer, as if staff were told (consenting.py).
"""

from collections.abc import Iterable

from django.utils import timezone

from crm.batches.consent_reading import Said, said_of
from crm.batches.models import Batch, BatchLine
from crm.batches.references import UUID, key_of, look_up
from crm.identity.kinds import Key
from crm.identity.models import UNSHARED_READ, Customer, Identifier
from crm.live import notify
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.models import Consent
from crm.privacy.purposes import standing
from crm.privacy.withholding import reconsider

Outcome = BatchLine.Outcome
CHECKED_AT_ONCE = 2_000
AT_ONCE = 50
GIVEN, WITHDRAWN = Consent.State.GIVEN, Consent.State.WITHDRAWN


def check(batch: Batch) -> int:
    """Say of the next lines what each would do; returns how many lines that were."""
    lines = list(batch.lines.filter(outcome=Outcome.WAITING).order_by("number")[:CHECKED_AT_ONCE])
    named = look_up((line.a for line in lines), batch.actor)
    for line in lines:
        refused = named[line.a].refused
        line.outcome, line.said = (Outcome.REFUSED, refused[:300]) if refused else (Outcome.READY, "")
    BatchLine.objects.note(batch, lines)
    return len(lines)


def carry_out(batch: Batch) -> int:
    """Note what the next lines say; returns how many lines that finished."""
    lines = list(batch.lines.filter(outcome=Outcome.READY).order_by("number")[:AT_ONCE])
    named = look_up((line.a for line in lines), batch.actor)
    told: set[int] = set()
    for line in lines:
        customer, refused = named[line.a].customer, named[line.a].refused
        line.outcome, line.said = (Outcome.REFUSED, refused[:300]) if refused else note_line(batch, line, customer)
        told |= {customer} if line.outcome == Outcome.DONE else set()
    finish(batch, lines, told)
    return len(lines)


def note_line(batch: Batch, line: BatchLine, customer: int) -> tuple[str, str]:
    """Note one line; (outcome, what to say)."""
    said = said_of(line.b)
    about = identifiers_of(line.a, customer, is_given=said.state == GIVEN)
    if not about:
        return Outcome.REFUSED, "several people share everything that is known of this customer"
    at = said.at or timezone.now()
    known = Consent.objects.filter(identifier__in=about, purpose=said.purpose, channel=said.channel, state=said.state)
    if said.at and known.filter(occurred_at=at).exists():
        return Outcome.ALREADY, "that is noted already"
    purpose = standing().named(said.purpose)
    Consent.objects.bulk_create(
        Consent(
            identifier_id=one, purpose=said.purpose, channel=said.channel, state=said.state, occurred_at=at,
            expires_at=purpose.expiry(at) if purpose and said.state == GIVEN else None,
            actor=batch.actor, evidence=f"{said.evidence} {mark_of(batch, line)}".strip(),
        )
        for one in about
    )  # fmt: skip
    note(batch.actor, Act.CONSENTED, customer=customer, subject=told_of(said, line, batch))
    return Outcome.DONE, "noted"


def undo(batch: Batch) -> int:
    """Take back what the last lines gave, by a withdrawal; returns how many lines that finished.

    What a line took back stays so: an undo widens nothing.
    """
    lines = list(batch.lines.filter(outcome=Outcome.DONE).order_by("-number")[:AT_ONCE])
    told: set[int] = set()
    for line in lines:
        said = said_of(line.b) if line.b else None
        if said and said.state == GIVEN:
            told |= withdraw(batch, line, said)
        line.outcome = Outcome.UNDONE
        line.said = "taken back" if said and said.state == GIVEN else "what was taken back stays so"
    finish(batch, lines, told)
    return len(lines)


def withdraw(batch: Batch, line: BatchLine, said: Said) -> set[int]:
    """Withdraw what a line gave; returns the customers whose it is now."""
    customer = look_up([line.a], batch.undone_by)[line.a].customer
    given = Consent.objects.filter(
        identifier__customer=customer, purpose=said.purpose, channel=said.channel, state=GIVEN,
        evidence__endswith=mark_of(batch, line),
    )  # fmt: skip
    at, about = timezone.now(), sorted(set(given.values_list("identifier_id", flat=True)))
    Consent.objects.bulk_create(
        Consent(
            identifier_id=one, purpose=said.purpose, channel=said.channel, state=WITHDRAWN, occurred_at=at,
            actor=batch.undone_by, evidence=f"the import was undone {mark_of(batch, line)}",
        )
        for one in about
    )  # fmt: skip
    return {customer} if about else set()


def finish(batch: Batch, lines: list[BatchLine], customers: Iterable[int]) -> None:
    changed = sorted(customers)
    reconsider(changed)
    notify(changed)
    BatchLine.objects.note(batch, lines)


def identifiers_of(text: str, customer: int, *, is_given: bool) -> list[int]:
    """Of which identifiers (ids) a line speaks."""
    key = None if UUID.fullmatch(text) else key_of(text)
    if isinstance(key, Key):
        same = Identifier.objects.filter(customer=customer, kind=key.kind, value=key.value)
        return sorted(same.values_list("pk", flat=True))
    if is_given:
        one = Customer.objects.get(pk=customer).spokesman()
        return [one.pk] if one else []
    return list(Identifier.objects.filter(customer=customer, shared="").values_list("pk", flat=True)[:UNSHARED_READ])


def mark_of(batch: Batch, line: BatchLine) -> str:
    """What a consent's evidence ends with that a line made."""
    return f"(import {batch.pk}, line {line.number})"


def told_of(said: Said, line: BatchLine, batch: Batch) -> str:
    return f"{said.channel or 'any channel'}: {said.purpose} {said.state} {mark_of(batch, line)}"
