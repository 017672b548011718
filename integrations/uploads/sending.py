"""Sending what waits to the ad platforms, one destination after the other, some conversions a request.

An upload is claimed with a lease before it is sent, so whoever dies in between leaves it to the next, who sends it as
what it was told as before; vendors count that once. What they would count twice is not sent again. Whether it may be
told is asked anew at the last moment. What a vendor accepts to work on it is pending; inquiring.py asks what became of
it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from integrations.posting import Letter, Posted, post
from integrations.uploads.answering import RETRIED, codes_of, is_no_access, json_of, judged
from integrations.uploads.authorising import token_of
from integrations.uploads.deciding import RESTRICTED, Facts, Rule, decide, parcel_of, refusal
from integrations.uploads.errors import NoAccess, NotNow
from integrations.uploads.models import Destination, Upload, UploadAnswer
from integrations.uploads.parcels import Ask, Fate, Outcome, Parcel, Vendor
from integrations.uploads.planning import note_again, remains, rule_of, told_of
from integrations.uploads.reading import facts_of
from integrations.uploads.showing import masked_body
from integrations.uploads.vendors import VENDORS
from integrations.webhooks.trying import is_past_patience, next_try

log = structlog.get_logger(__name__)
TIMEOUT = 15.0  # seconds for one request
LEASE = timedelta(seconds=120)  # longer than the requests of one claim may take
PAUSE = timedelta(minutes=5)  # where no token could be fetched
ANSWER_READ = 2_000_000  # bytes
State, What = Upload.State, Upload.What
TWICE = "no answer came, and it would count twice"


class Sent(NamedTuple):
    """A request as it went out, and how that went."""

    ask: Ask
    posted: Posted
    outcomes: Sequence[Outcome]


def send(seconds: float) -> bool:
    """Send what is due for so long; returns whether there may be more."""
    return in_turns(
        Destination.objects.sent_to().order_by(F("failing_since").asc(nulls_first=True), "?"), send_some, seconds
    )


def in_turns(destinations: Iterable[Destination], act: Callable[[Destination, datetime], bool], seconds: float) -> bool:
    """Act for each as long as that is worth it, for so long in all; returns whether there may be more."""
    ends_at = time.monotonic() + seconds
    is_more = False
    for destination in destinations:
        while time.monotonic() < ends_at and act(destination, timezone.now()):
            is_more = time.monotonic() >= ends_at
    return is_more


def send_some(destination: Destination, now: datetime) -> bool:
    """Send the next that are due to one destination; returns whether it is worth to go on."""
    vendor = VENDORS[destination.vendor]
    claimed = claim(destination, vendor.at_once, now)
    if not claimed:
        return False
    parcels = [parcel for one in claimed if (parcel := readied(one, vendor, now))]
    if not parcels:
        return True
    try:
        return all([keep(destination, sent, timezone.now()) for sent in carried(destination, vendor, parcels)])
    except NoAccess as error:
        give_back([one.number for one in parcels], now, now)
        pause_without_access(destination, str(error), now)
    except NotNow:
        give_back([one.number for one in parcels], now, now + PAUSE)
        with transaction.atomic():
            judge(destination.pk, now, is_well=False)
    return False


class Claimed(NamedTuple):
    """An upload that is to be sent, with what there is to tell."""

    upload: Upload
    facts: Facts
    rule: Rule


@transaction.atomic
def claim(destination: Destination, most: int, now: datetime) -> list[Claimed]:
    """Lease what is due, the earliest first; no change of what is pending."""
    pending = destination.uploads.filter(conversion=OuterRef("conversion"), state=State.PENDING)
    due = destination.uploads.filter(~Exists(pending), due_at__lte=now, state=State.WAITING).order_by("due_at", "pk")
    found = list(due.select_for_update(skip_locked=True)[:most])
    for one in found:
        one.due_at, one.attempts = now + LEASE, one.attempts + 1
    Upload.objects.bulk_update(found, ["due_at", "attempts"])
    known, rule = facts_of({one.conversion for one in found}), rule_of(destination)
    facts = [(one, known.get(one.conversion) or remains([one])) for one in found]
    return [Claimed(one, what, rule) for one, what in facts if what]


def readied(one: Claimed, vendor: Vendor, now: datetime) -> Parcel | None:
    """What is sent of an upload; None where it is not sent now, which is noted."""
    parcel = parcel_of(one.rule, one.facts, told_of(one.upload))
    if why := hindrance(one, vendor, parcel, now):
        put_by(one.upload, why)
        return None
    due_at = vendor.due(parcel, now)
    if due_at > now:
        Upload.objects.filter(pk=one.upload.pk).update(due_at=due_at, attempts=F("attempts") - 1)
        return None
    return parcel


def hindrance(one: Claimed, vendor: Vendor, parcel: Parcel, now: datetime) -> str:
    """Why it may not be sent any more: asked of what is known at this moment."""
    if one.upload.attempts > 1 and not vendor.is_told_once(parcel) and not was_answered(one.upload):
        return TWICE
    if one.facts.is_restricted:
        return RESTRICTED
    is_new = one.upload.what == What.MADE
    why = decide(one.rule, one.facts).why if is_new else unagreed(one, vendor)
    return why or vendor.fault(parcel, now)


def unagreed(one: Claimed, vendor: Vendor) -> str:
    """Why a change may not be told, where that tells of the whole conversion once more."""
    why = refusal(one.facts.permissions, one.rule.purpose) if vendor.is_retold else ""
    return f"{why}: it stays there as it was told" if why else ""


def was_answered(upload: Upload) -> bool:
    """Whether every attempt before this one was answered: then it is known that it was not taken."""
    return upload.answers.filter(status__isnull=False).count() >= upload.attempts - 1


def put_by(upload: Upload, why: str) -> None:
    """It is not sent; what went out before may be there."""
    state = State.UNSURE if upload.attempts > 1 else State.LEFT_OUT
    Upload.objects.filter(pk=upload.pk, state=State.WAITING).update(
        state=state, why=why[:200], due_at=None, attempts=F("attempts") - 1
    )


def give_back(uploads: Sequence[int], claimed_at: datetime, due_at: datetime) -> None:
    """Nothing was sent of these: they wait as before. What was answered meanwhile, in another request, stays so."""
    rows = Upload.objects.filter(pk__in=uploads, state=State.WAITING).exclude(answers__at__gte=claimed_at)
    rows.update(due_at=due_at, attempts=F("attempts") - 1)


# The requests


def carried(destination: Destination, vendor: Vendor, parcels: Sequence[Parcel]) -> Iterator[Sent]:
    """Send parcels, and read what came of each. A request that is refused as a whole is sent in halves: nothing of it
    was taken, and what is wrong with one is not the others' fault. Raises NoAccess.
    """
    waiting = list(vendor.asks(parcels, destination.settings, token_of(destination, vendor)))
    while waiting:
        ask, began_at = waiting.pop(0), time.monotonic()
        posted = posted_to(destination, vendor, ask)
        if posted.status == 400 and len(ask.parcels) > 1:
            waiting[:0] = halves(destination, vendor, ask)
            continue
        yield Sent(ask, posted, judged(vendor, ask, posted))
        if waiting:
            rest(vendor, began_at)


def rest(vendor: Vendor, began_at: float) -> None:
    """Wait as long as a vendor wants between two requests. began_at: when the last began (monotonic)."""
    time.sleep(max(0.0, vendor.pace - (time.monotonic() - began_at)))


def halves(destination: Destination, vendor: Vendor, ask: Ask) -> list[Ask]:
    middle = len(ask.parcels) // 2
    token = token_of(destination, vendor)
    parts = (ask.parcels[:middle], ask.parcels[middle:])
    return [one for part in parts for one in vendor.asks(part, destination.settings, token)]


def posted_to(destination: Destination, vendor: Vendor, ask: Ask) -> Posted:
    """The answer to a request; where the token has run out, it is fetched once anew. Raises NoAccess."""
    posted = post(letter(destination, vendor, ask), TIMEOUT, ANSWER_READ, is_whole=True)
    if posted.status == 401 and vendor.has_tokens:
        fresh = {**ask.headers, "Authorization": f"Bearer {token_of(destination, vendor, is_anew=True)}"}
        posted = post(letter(destination, vendor, ask._replace(headers=fresh)), TIMEOUT, ANSWER_READ, is_whole=True)
    if is_no_access(posted):
        raise NoAccess(f"{posted.status}: {codes_of(json_of(posted.answer)) or 'access was refused'}")
    return posted


def letter(destination: Destination, vendor: Vendor, ask: Ask) -> Letter:
    headers = {"Content-Type": "application/json", "User-Agent": "Throughline-Uploads/1", **ask.headers}
    url = (destination.base or vendor.address) + ask.path
    return Letter(url, headers, orjson.dumps(ask.body), tuple(settings.WEBHOOK_NETWORKS), ask.method)


# What came of it


@transaction.atomic
def keep(destination: Destination, sent: Sent, now: datetime) -> bool:
    """Note what came of each upload of a request; returns whether something answered."""
    pairs = list(zip(sent.ask.parcels, sent.outcomes, strict=True))
    rows = Upload.objects.select_for_update().in_bulk([parcel.number for parcel, _ in pairs])
    shown = masked_body(sent.ask)
    for parcel, outcome in pairs:
        if row := rows.get(parcel.number):  # else whom it was about was erased meanwhile
            row.shown = shown.get(parcel.number, {})
            keep_one(row, sent.posted, outcome, now)
    note_again({one.conversion for one in rows.values()})
    is_well = sent.posted.status not in RETRIED
    judge(destination.pk, now, is_well=is_well)
    log.info("uploads.sent", destination_id=destination.pk, uploads=len(pairs), status=sent.posted.status)
    return is_well


def keep_one(row: Upload, posted: Posted, outcome: Outcome, now: datetime) -> None:
    UploadAnswer.objects.create(
        upload=row, status=posted.status, milliseconds=posted.milliseconds, fate=outcome.fate, code=outcome.code[:80],
        said=outcome.said[:200],
    )  # fmt: skip
    if outcome.fate == Fate.TAKEN:
        row.sent_at = row.sent_at if row.state == State.PENDING else now
        why = "" if row.what == What.MADE else row.why  # a change says what it is for
        row.state, row.due_at, row.why = State.SENT, None, outcome.said or why
    elif outcome.fate == Fate.PENDING:
        row.state, row.request, row.sent_at = State.PENDING, outcome.code, now
        row.due_at = now + (outcome.wait or LEASE)
    elif row.state in (State.WAITING, State.PENDING):
        put_off(row, outcome, now)
    row.save(update_fields=["state", "due_at", "sent_at", "why", "shown", "request"])


def put_off(row: Upload, outcome: Outcome, now: datetime) -> None:
    """What follows for an upload that was not taken."""
    row.why = outcome.said[:200]
    if outcome.fate in (Fate.REFUSED, Fate.UNSURE):
        row.state, row.due_at = State(outcome.fate.value), None
        return
    following = next_try(row.attempts, now)
    row.due_at = max(following, now + outcome.wait) if following and outcome.wait else following
    row.state, row.sent_at = State.WAITING if row.due_at else State.FAILED, None


def judge(destination_id: int, now: datetime, *, is_well: bool) -> None:
    """Leave a destination alone that has failed for days."""
    found = Destination.objects.select_for_update().get(pk=destination_id)
    found.failing_since = None if is_well else found.failing_since or now
    if found.paused_at is None and is_past_patience(found.failing_since, now):
        found.paused_at, found.paused_for = now, Destination.Why.FAILING
        log.warning("uploads.paused", destination_id=found.pk, why=found.paused_for)
    found.save(update_fields=["failing_since", "paused_at", "paused_for"])


def pause_without_access(destination: Destination, said: str, now: datetime) -> None:
    """Nothing is sent until somebody has looked: what waits stays."""
    Destination.objects.filter(pk=destination.pk, paused_at=None).update(
        paused_at=now, paused_for=Destination.Why.ACCESS, said=said[:200]
    )
    log.warning("uploads.paused", destination_id=destination.pk, why=Destination.Why.ACCESS.value)
