"""Asking for a file of what Explore finds, and making it: page by page, as the one who asked may see it."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import IO

import structlog
from django.contrib.auth.models import User
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.errors import ThroughlineError
from crm.privacy.access import knows_customers, roles_of
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.masking import Veil, pseudonym
from crm.privacy.roles import EXPLORES
from journeys.customers.veiling import veiled_interaction
from journeys.customers.veils import veils_of
from journeys.explore.asking import Asked, asked_of
from journeys.explore.columns import Shown
from journeys.explore.finding import Owned, find, is_told
from journeys.explore.models import Extract, Extracted
from journeys.explore.showing import estimate, shown, wanted_of
from journeys.explore.wanted import Wanted
from journeys.explore.writing import writers

log = structlog.get_logger(__name__)
State = Extract.State
AT_ONCE = 500  # rows of one piece
MOST = 500_000  # rows of one file
KEPT = timedelta(days=1)
SILENT = timedelta(minutes=2)  # after which whoever made it is taken for dead
ATTEMPTS = 3
WAITING_EACH = 5  # files that one person may wait for
LONGEST_QUERY = 2_000


class ExtractRefused(ThroughlineError):
    """A file that is not made; its text says the remedy."""


class Dropped(Exception):
    """It is not wanted any more: somebody in it was erased, or who asked has deleted it."""


@transaction.atomic
def ask(user: User, query: str, form: str) -> Extract:
    """Ask for a file; it is made by itself. Raises ExtractRefused."""
    if form not in Extract.Format.values:
        raise ExtractRefused("choose CSV or Parquet")
    if Extract.objects.filter(owner=user, state=State.WAITING)[:WAITING_EACH].count() >= WAITING_EACH:
        raise ExtractRefused(f"{WAITING_EACH} files of yours are being made already")
    wanted = asked_of(query[:LONGEST_QUERY])
    made = Extract.objects.create(
        owner=user, query=wanted.query, format=form, is_open=knows_customers(user), about=min(estimate(wanted), MOST)
    )
    note(user, Act.EXPORTED, subject=f"explore file {made.public_id}: asked for", detail={"format": form})
    return made


def is_any_waiting() -> bool:
    return waiting().exists()


def waiting() -> "QuerySet[Extract]":
    """Those that nobody is at."""
    silent = Q(at=None) | Q(at__lt=timezone.now() - SILENT)
    return Extract.objects.filter(silent, state=State.WAITING)


def make_waiting() -> None:
    """Make those that wait, the oldest first."""
    while one := claimed():
        make(one)


@transaction.atomic
def claimed() -> Extract | None:
    """The next that nobody is at, to be made by the caller; one that was begun too often is given up."""
    one = waiting().select_for_update(skip_locked=True).order_by("pk").first()
    if one is None:
        return None
    if one.attempts >= ATTEMPTS:
        fail(one, "it was begun three times and never finished; ask for less at once")
        return claimed()
    one.attempts, one.at, one.done = one.attempts + 1, timezone.now(), 0
    one.save(update_fields=["attempts", "at", "done"])
    return one


def make(extract: Extract) -> None:
    """Make a file. Who dies in the middle leaves nothing, and it is begun anew."""
    Extracted.objects.filter(extract=extract).delete()
    owner = User.objects.get(pk=extract.owner_id)
    if EXPLORES.isdisjoint(roles_of(owner)) or (extract.is_open and not knows_customers(owner)):
        fail(extract, "who asked for it may not see it any more")
        return
    name = f"extracts/{extract.public_id}.{extract.format}"
    Extract.objects.filter(pk=extract.pk).update(file=name)  # so that who drops it meanwhile deletes it
    try:
        with tempfile.TemporaryFile() as file:
            count = write(extract, owner, file)
            keep(extract, name, file, count)
    except Dropped:
        log.info("explore.extract_dropped", extract_id=extract.pk)


def write(extract: Extract, owner: User, file: IO[bytes]) -> int:
    """Write the rows; returns how many."""
    wanted, count = asked_of(extract.query), 0
    with writers[extract.format](file, wanted.columns) as put:
        for piece in pieces(extract, wanted, owner):
            put(piece)
            count += len(piece)
            Extract.objects.filter(pk=extract.pk).update(done=count, at=timezone.now())
    return count


def pieces(extract: Extract, asked: Asked, owner: User) -> Iterator[list[Shown]]:
    """What was asked for, piece by piece; whom each is of is noted before it is handed on."""
    wanted, place, left, known = wanted_of(replace(asked, tab="")), None, MOST, set[int]()
    while left > 0:
        with transaction.atomic():  # whoever erases somebody waits for those who read of them
            found = find(wanted, owner, place, min(AT_ONCE, left))
            rows = as_ever(found.rows, owner, wanted)
            if asked.is_by_customer:
                rows = first_ones(rows, known)
            note_customers(extract, {one.customer_id for one in rows})
            told = named(shown(rows, owner), owner)
        left -= len(told)
        yield told
        place = found.next
        if place is None:
            return


def first_ones(rows: list[Owned], known: set[int]) -> list[Owned]:
    """The rows of customers that are not known yet, one of each; they are from now on."""
    fresh = {one.customer_id: one for one in reversed(rows) if one.customer_id not in known}
    known |= set(fresh)
    return [one for one in rows if fresh.get(one.customer_id) is one]


def note_customers(extract: Extract, customers: set[int]) -> None:
    """Note that these customers (ids) are in it. Raises Dropped where it is not wanted any more."""
    held = Extract.objects.select_for_update().filter(pk=extract.pk, state=State.WAITING)
    if not held.exists():
        raise Dropped
    rows = [Extracted(extract=extract, customer_id=one) for one in sorted(customers)]
    Extracted.objects.bulk_create(rows, ignore_conflicts=True)


def as_ever(rows: list[Owned], owner: User, wanted: Wanted) -> list[Owned]:
    """The rows as somebody sees them who opened no customer: a file lasts longer than that does."""
    if knows_customers(owner):
        return rows
    opened = {one.customer_id for one in rows if not one.is_veiled}
    veils = veils_of(opened) if opened else {}
    return [kept for one in rows if (kept := one if one.is_veiled else veiled(one, veils[one.customer_id], wanted))]


def veiled(one: Owned, veil: Veil, wanted: Wanted) -> Owned | None:
    """A row under a veil; None where that hides what it was found by."""
    said = veiled_interaction(one.said, veil)
    return Owned(said, one.identifier, True) if is_told(one.said, said, veil, wanted) else None


def named(rows: list[Shown], owner: User) -> list[Shown]:
    if knows_customers(owner):
        return rows
    return [replace(one, name=pseudonym(one.public_id)) for one in rows]


def keep(extract: Extract, name: str, file: IO[bytes], count: int) -> None:
    """Keep the file for a while. Raises Dropped where it is not wanted any more."""
    size = file.tell()
    file.seek(0)
    if default_storage.exists(name):
        default_storage.delete(name)
    default_storage.save(name, File(file))
    told = {"state": State.READY, "bytes": size, "done": count, "file": name, "expires_at": timezone.now() + KEPT}
    with transaction.atomic():
        is_wanted = Extract.objects.filter(pk=extract.pk, state=State.WAITING).update(**told)
        if is_wanted:
            note(None, Act.EXPORTED, subject=f"explore file {extract.public_id}: made", detail={"rows": count})
    if not is_wanted:
        default_storage.delete(name)
        raise Dropped
    log.info("explore.extracted", extract_id=extract.pk, rows=count)


def fail(extract: Extract, reason: str) -> None:
    Extract.objects.filter(pk=extract.pk, state=State.WAITING).update(state=State.FAILED, reason=reason, file="")
