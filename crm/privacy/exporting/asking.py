"""Asking for an export, the second person's check, and its end: nobody takes somebody's data out alone."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from crm.errors import ExportRefused
from crm.identity.models import Customer
from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.exporting.models import Export
from crm.privacy.retaining.rules import standing

State = Export.State
LONGEST = 500  # characters of a reason
KEPT = timedelta(days=7)  # one that nobody checks


def asked_already(customer: Customer) -> Export | None:
    """The export of a customer that is being made or waits for its check."""
    return Export.objects.filter(customer_id=customer.pk, state__in=[State.WAITING, State.MADE]).first()


@transaction.atomic
def ask(customer: Customer, actor: Actor, reason: str) -> Export:
    """Ask for an export; it is made by itself. Raises ExportRefused without a reason, or when there is one already."""
    if not reason.strip():
        raise ExportRefused("say why it is wanted")
    Customer.objects.select_for_update().get(pk=customer.pk)
    if asked_already(customer):
        raise ExportRefused("an export of this customer is being made or checked already")
    asked_by = actor if isinstance(actor, User) else None
    asked = Export.objects.create(customer_id=customer.pk, asked_by=asked_by, reason=reason.strip()[:LONGEST])
    note(actor, Act.EXPORTED, customer=customer.pk, subject=said(asked, "asked for"), reason=asked.reason)
    return asked


@transaction.atomic
def answer(export: Export, user: User, *, is_yes: bool) -> None:
    """Say that it may be downloaded, or not, as a second person. Raises ExportRefused for the one who asked."""
    held = Export.objects.select_for_update().get(pk=export.pk)
    if held.state != State.MADE:
        raise ExportRefused("this export is not waiting for a check")
    if is_yes and held.asked_by_id == user.pk:
        raise ExportRefused("somebody else than who asked has to check it")
    now = timezone.now()
    held.state, held.checked_by, held.checked_at = State.READY if is_yes else State.REFUSED, user, now
    held.expires_at = now + kept_for() if is_yes else None
    if not is_yes:
        drop_file(held)
    held.save()
    note(user, Act.EXPORTED, customer=held.customer_id, subject=said(held, "checked" if is_yes else "refused"))
    export.refresh_from_db()


def kept_for() -> timedelta:
    """How long a file is there from its check on."""
    return timedelta(days=standing()["exports"])


def expire(now: datetime) -> int:
    """Delete the files of those whose time is over; returns how many."""
    return end(list(Export.objects.filter(expires_at__lte=now).values_list("pk", flat=True)))


def end(exports: Collection[int]) -> int:
    """Delete the files of these exports (ids), as far as they have any; returns how many that were."""
    count = 0
    for pk in exports:
        with transaction.atomic():
            held = Export.objects.select_for_update().filter(pk=pk, expires_at__isnull=False).first()
            if held:
                drop_file(held)
                held.state, held.expires_at = State.EXPIRED, None
                held.save()
                note(None, Act.EXPORTED, customer=held.customer_id, subject=said(held, "expired"))
                count += 1
    return count


def drop_file(export: Export) -> None:
    """The file first: whoever dies in the middle leaves a row without one, not a file without a row."""
    if export.file_name and default_storage.exists(export.file_name):
        default_storage.delete(export.file_name)
    export.file = ""


def said(export: Export, what: str) -> str:
    return f"export {export.public_id}: {what}"
