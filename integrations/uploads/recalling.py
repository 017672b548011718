"""Taking back what ad platforms were told of somebody who is erased, as far as they let us.

The erasure queues what it takes, without the person, in the transaction that deletes the uploads. What is answered is
gone; the certificate says what was taken back, and what stays there and why. A rule of retention takes nothing back,
nor does a restored backup, whose erasures were told before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm.identity.models import Identifier
from crm.privacy.erasing.models import Erasure
from crm.privacy.erasing.notifying import Change, erasure_at, keep_notice
from integrations.uploads.answering import RETRIED
from integrations.uploads.deciding import Told
from integrations.uploads.differing import UNSURE, WAITING, standing
from integrations.uploads.errors import NoAccess, NotNow
from integrations.uploads.models import Destination, Recall, Upload
from integrations.uploads.parcels import Click, Fate, Outcome, Parcel, Vendor, What, Whose
from integrations.uploads.planning import told_of
from integrations.uploads.reading import browsers_of
from integrations.uploads.sending import LEASE, PAUSE, TWICE, Sent, carried, in_turns, judge, pause_without_access
from integrations.uploads.vendors import VENDORS
from integrations.webhooks.trying import next_try

log = structlog.get_logger(__name__)
KEPT = timedelta(days=30)  # longer than any is tried; then it stays with them
REMOVED, NO_ANSWER = "the account was removed here", "nothing was answered for 30 days"
GIVEN_UP = "it failed for three days"


# Queueing


def let_go(keys: Collection[int], identifiers: Collection[int]) -> None:
    """Delete uploads of somebody who is erased; what they told is to be taken back where somebody asked for that."""
    rows = Upload.objects.filter(pk__in=keys)
    erasure = erasure_at(identifiers)
    if erasure:  # whole stories at once
        rows |= Upload.objects.filter(conversion__in=rows.values("conversion"), identifier__in=identifiers)
        found = rows.select_related("destination").order_by("turn", "number").select_for_update(of=("self",))
        recall(erasure, list(found), timezone.now())
    Upload.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()


def recall(erasure: Erasure, rows: Sequence[Upload], now: datetime) -> None:
    """Queue what destinations may know of by these uploads; say of the rest why it stays there."""
    clients = clients_of(rows)
    for story in stories_of(rows):
        known = known_of(story)
        if known is None:
            continue
        made = draft(erasure, story, known, clients, now)
        why = hindrance(made, now)
        keep_notice(erasure.pk, whom(made.destination), VENDORS[made.destination.vendor].remedy,
                    Change(left=1, why=why) if why else Change(waiting=1))  # fmt: skip
        if not why:
            made.save()


def stories_of(rows: Iterable[Upload]) -> list[list[Upload]]:
    """The last turn of each conversion at each destination: what came before was taken back."""
    found: dict[tuple[int, int], list[Upload]] = defaultdict(list)
    for one in rows:
        key = one.destination_id, one.conversion
        if found[key] and found[key][-1].turn != one.turn:
            found[key].clear()
        found[key].append(one)
    return list(found.values())


def known_of(story: Sequence[Upload]) -> Decimal | None:
    """The value that they may know of; what is under way at this moment may have come there."""
    return standing([as_may_be(told_of(one)) for one in story])


def as_may_be(one: Told) -> Told:
    return replace(one, state=UNSURE) if one.state == WAITING and one.attempts else one


def draft(erasure: Erasure, story: Sequence[Upload], known: Decimal, clients: dict[int, str], now: datetime) -> Recall:
    made = story[0]
    is_under_way = any(one.state == WAITING and one.attempts for one in story)
    return Recall(
        erasure=erasure, destination=made.destination, told_as=made.told_as, action=made.action,
        click_kind=made.click_kind, client=clients.get(made.pk, ""), at=made.at, before=known, currency=made.currency,
        due_at=now + LEASE if is_under_way else now, created_at=now,
    )  # fmt: skip


def clients_of(rows: Sequence[Upload]) -> dict[int, str]:
    """By upload, the browser's id, of those who are told of browsers."""
    told = [one for one in rows if not VENDORS[one.destination.vendor].tells_clicks]
    whose = dict(Identifier.objects.filter(pk__in={one.identifier_id for one in told}).values_list("pk", "customer_id"))
    browsers = browsers_of([(one.pk, whose[one.identifier_id], one.at) for one in told if one.identifier_id in whose])
    return {upload: str(found["client"]) for upload, found in browsers.items() if "client" in found}


def hindrance(one: Recall, now: datetime) -> str:
    """Why it cannot be taken back; "" where it can."""
    return REMOVED if one.destination.removed_at else VENDORS[one.destination.vendor].fault(parcel_of(one), now)


def whom(destination: Destination) -> str:
    return f"{destination.name} ({VENDORS[destination.vendor].label})"


def parcel_of(one: Recall) -> Parcel:
    return Parcel(
        one.pk or 0, What.TAKEN_BACK, one.told_as, one.action, one.at, Decimal(0), one.currency, "", one.before,
        one.created_at, click=Click(one.click_kind, "", one.at) if one.click_kind else None,
        whose=Whose(client=one.client),
    )  # fmt: skip


# Sending


def take_back(seconds: float) -> bool:
    """Take back what is due for so long; returns whether there may be more."""
    give_up(timezone.now())
    due = Destination.objects.sent_to().filter(recalls__due_at__lte=timezone.now()).distinct()
    return in_turns(due, take_some_back, seconds)


def take_some_back(destination: Destination, now: datetime) -> bool:
    """Take the next back of one destination; returns whether it is worth to go on."""
    vendor = VENDORS[destination.vendor]
    claimed = claim(destination, vendor.at_once, now)
    parcels = [parcel for one in claimed if (parcel := readied(one, vendor, now))]
    if not parcels:
        return bool(claimed)
    try:
        for sent in carried(destination, vendor, parcels):
            keep(destination, vendor, sent, timezone.now())
    except NoAccess as error:
        give_back(parcels, now)
        pause_without_access(destination, str(error), now)
    except NotNow:
        give_back(parcels, now + PAUSE)
    else:
        return True
    return False


@transaction.atomic
def claim(destination: Destination, most: int, now: datetime) -> list[Recall]:
    """Lease what is due, the earliest first."""
    due = destination.recalls.filter(due_at__lte=now).order_by("due_at", "pk")
    found = list(due.select_for_update(skip_locked=True)[:most])
    for one in found:
        one.due_at, one.attempts = now + LEASE, one.attempts + 1
    Recall.objects.bulk_update(found, ["due_at", "attempts"])
    return found


def readied(one: Recall, vendor: Vendor, now: datetime) -> Parcel | None:
    """What is sent; None where it is not, which is noted. What would count twice goes out once at most."""
    parcel = parcel_of(one)
    why = TWICE if one.attempts > 1 and not vendor.is_told_once(parcel) else vendor.fault(parcel, now)
    if why:
        settle(one, why)
    return None if why else parcel


def give_back(parcels: Sequence[Parcel], due_at: datetime) -> None:
    """Nothing was sent of these, but for what was answered meanwhile and is gone."""
    rows = Recall.objects.filter(pk__in=[one.number for one in parcels])
    rows.update(due_at=due_at, attempts=F("attempts") - 1)


@transaction.atomic
def keep(destination: Destination, vendor: Vendor, sent: Sent, now: datetime) -> None:
    """Note what came of a request."""
    rows = Recall.objects.select_for_update().in_bulk([one.number for one in sent.ask.parcels])
    for parcel, outcome in zip(sent.ask.parcels, sent.outcomes, strict=True):
        if row := rows.get(parcel.number):
            keep_one(row, outcome, now, is_told_once=vendor.is_told_once(parcel))
    judge(destination.pk, now, is_well=sent.posted.status not in RETRIED)
    log.info("uploads.recalled", destination_id=destination.pk, recalls=len(rows), status=sent.posted.status)


def keep_one(row: Recall, outcome: Outcome, now: datetime, *, is_told_once: bool) -> None:
    if outcome.fate != Fate.AGAIN:
        settle(row, outcome.said if outcome.fate == Fate.REFUSED else "")
    elif not is_told_once:
        settle(row, TWICE)
    elif following := next_try(row.attempts, now):
        row.due_at = max(following, now + outcome.wait) if outcome.wait else following
        row.save(update_fields=["due_at"])
    else:
        settle(row, GIVEN_UP)


@transaction.atomic
def settle(one: Recall, why: str) -> None:
    """It was taken back, or stays with them: for this reason."""
    change = Change(waiting=-1, left=1, why=why) if why else Change(waiting=-1, told=1)
    keep_notice(one.erasure_id, whom(one.destination), VENDORS[one.destination.vendor].remedy, change)
    one.delete()


def give_up(now: datetime) -> None:
    """Let go of what nobody takes back any more."""
    for one in Recall.objects.select_related("destination").filter(destination__removed_at__isnull=False)[:200]:
        settle(one, REMOVED)
    for one in Recall.objects.select_related("destination").filter(created_at__lt=now - KEPT)[:200]:
        settle(one, NO_ANSWER)
