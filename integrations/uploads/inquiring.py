"""Asking vendors what became of what they accepted, until they say.

Nothing is sent by that, so whoever dies in between leaves it to the next, who asks again. What they still work on is
asked for later, ever less often; what they never say is in the end not known.
"""

import time
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.posting import Posted
from integrations.uploads.answering import RETRIED, codes_of, json_of
from integrations.uploads.authorising import token_of
from integrations.uploads.errors import NoAccess, NotNow
from integrations.uploads.models import Destination, Upload
from integrations.uploads.parcels import Fate, Later, Outcome, Vendor, What
from integrations.uploads.planning import note_again
from integrations.uploads.sending import (
    LEASE,
    PAUSE,
    in_turns,
    judge,
    keep_one,
    pause_without_access,
    posted_to,
    rest,
)
from integrations.uploads.vendors import EVERY, VENDORS

log = structlog.get_logger(__name__)
State = Upload.State
MANY = 200  # that are given up at once
TOO_LATE = "they were not asked in time what became of it"
FORGOTTEN = "they know nothing of the request any more"


def inquire(seconds: float) -> bool:
    """Ask what is due for so long; returns whether there may be more."""
    now = timezone.now()
    give_up(now)
    due = Upload.objects.filter(state=State.PENDING, due_at__lte=now).values("destination")
    return in_turns(Destination.objects.sent_to().filter(pk__in=due), inquire_some, seconds)


def inquire_some(destination: Destination, now: datetime) -> bool:
    """Ask for the next of one destination; returns whether it is worth to go on."""
    vendor = VENDORS[destination.vendor]
    claimed = claim(destination, vendor.at_once, now)
    if not claimed or vendor.later is None:
        return False
    try:
        return all(learn(destination, vendor, vendor.later, one) for one in claimed)  # as long as they answer
    except NoAccess as error:
        pause_without_access(destination, str(error), now)
    except NotNow:
        Upload.objects.filter(pk__in=[one.pk for one in claimed], state=State.PENDING).update(due_at=now + PAUSE)
    return False


@transaction.atomic
def claim(destination: Destination, most: int, now: datetime) -> list[Upload]:
    """Lease what is to be asked for, the earliest first."""
    due = destination.uploads.filter(due_at__lte=now, state=State.PENDING).order_by("due_at", "pk")
    found = list(due.select_for_update(skip_locked=True)[:most])
    for one in found:
        one.due_at = now + LEASE
    Upload.objects.bulk_update(found, ["due_at"])
    return found


def learn(destination: Destination, vendor: Vendor, later: Later, one: Upload) -> bool:
    """Ask what became of an upload, and note it; returns whether something answered. Raises NoAccess, NotNow."""
    began_at = time.monotonic()
    ask = later.question(one.request, destination.settings, token_of(destination, vendor))
    posted = posted_to(destination, vendor, ask)
    keep(one, later, posted, heard(later, What(one.what), posted), timezone.now())
    is_well = posted.status not in RETRIED
    with transaction.atomic():
        judge(destination.pk, timezone.now(), is_well=is_well)
    rest(vendor, began_at)
    return is_well


def heard(later: Later, what: What, posted: Posted) -> Outcome:
    if posted.status in RETRIED:
        return Outcome(Fate.PENDING)
    told = json_of(posted.answer)
    return later.verdict(what, told) if posted.status == 200 else Outcome(Fate.UNSURE, codes_of(told), FORGOTTEN)


@transaction.atomic
def keep(one: Upload, later: Later, posted: Posted, outcome: Outcome, now: datetime) -> None:
    """Note what became of an upload; that it is still worked on is no news, and is not kept."""
    row = Upload.objects.select_for_update().filter(pk=one.pk, state=State.PENDING, request=one.request).first()
    if row is None:  # whom it was about was erased meanwhile, or somebody else learnt of it
        return
    elapsed = now - (row.sent_at or now)
    if outcome.fate == Fate.PENDING and (elapsed < later.patience or posted.status in RETRIED):
        row.due_at = now + later.pause(elapsed)
        row.save(update_fields=["due_at"])
        return
    if outcome.fate == Fate.PENDING:
        outcome = Outcome(Fate.UNSURE, "", f"they did not say within {later.patience.days} days what became of it")
    keep_one(row, posted, outcome, now)
    note_again([row.conversion])
    log.info("uploads.learnt", upload_id=row.pk, fate=outcome.fate.value)


def give_up(now: datetime) -> None:
    """What nobody asked for, as long as it could be: its destination was paused, or removed."""
    for vendor in EVERY:
        if vendor.later:
            late = Upload.objects.filter(
                state=State.PENDING, sent_at__lt=now - vendor.later.kept, destination__vendor=vendor.key
            )
            leave(late.order_by("pk")[:MANY])


@transaction.atomic
def leave(late: QuerySet[Upload]) -> None:
    found = list(late.select_for_update(of=("self",), skip_locked=True))
    Upload.objects.filter(pk__in=[one.pk for one in found]).update(state=State.UNSURE, due_at=None, why=TOO_LATE)
    note_again({one.conversion for one in found})
