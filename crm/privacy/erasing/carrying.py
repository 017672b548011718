"""Carrying erasures out, in bites: each is one short transaction that notes how far it is, so that whoever dies in the
middle, the next one goes on. The sweep does it; a request does the first of them.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from crm.identity.kinds import Key
from crm.identity.models import Customer, Identifier
from crm.identity.regrouping import wait_for_turn
from crm.identity.resolving import lock, lock_number
from crm.live import notify
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.erasing import ledger
from crm.privacy.erasing.finding import Subject
from crm.privacy.erasing.models import Erasure
from crm.privacy.erasing.settling import has_settled, now_ms
from crm.privacy.erasing.suppressing import hash_of, suppress
from crm.privacy.erasing.walking import Bite, Rest, Step, after, step_named, steps, take_bite
from crm.privacy.holding.standing import held_identifiers, is_held, wait_for_holds
from crm.privacy.personal import Mentions, Sought, Values
from crm.privacy.retaining.quiet import quiet, spared
from crm.sql import cursor

log = structlog.get_logger(__name__)
State = Erasure.State


ENOUGH = 0.1  # seconds of steps that find nothing, in one transaction
AGED = "~aged:"  # before the number of an identifier whose customer was inactive for too long
BY_VALUE = (Values, Mentions, Sought)  # finders that would find what is new of somebody who was inactive until now
PAUSE = 0.05  # seconds between two looks whether others are through


class Moved(Exception):
    """The customer gained identifiers while their locks were waited for: look again."""


class Unsettled(Exception):
    """Somebody may still be writing of them: wait."""


def carry_on(seconds: float, erasure: Erasure | None = None) -> None:
    """Carry on what is under way, the oldest first, or this one, for so long."""
    ends_at = time.monotonic() + seconds
    while do_piece(erasure.pk if erasure else None) and time.monotonic() < ends_at:
        pass
    if erasure:
        erasure.refresh_from_db()


def is_any_under_way() -> bool:
    return going().exists()


def going() -> "QuerySet[Erasure]":
    """What is under way, but for what waits until a legal hold is lifted."""
    held = held_identifiers().values("origin_id")
    waits = Q(state=State.STARTING, is_replayed=False, is_aged=False, customer_id__in=held)
    return Erasure.objects.filter(state__in=Erasure.UNDER_WAY).exclude(waits)


def waits_for_hold(erasure: Erasure) -> bool:
    """Whether it has its yes, and waits until a legal hold is lifted. Who was erased before a restore is not spared."""
    is_own = not (erasure.is_replayed or erasure.is_aged)
    return is_own and erasure.state == State.STARTING and is_held(erasure.customer_id)


def finish_all() -> None:
    """Carry on until none is under way that nobody else is at."""
    while do_piece():
        pass


def do_piece(erasure_id: int | None = None) -> bool:
    """One bite of one erasure; False when none is under way, or somebody else is at it."""
    try:
        with transaction.atomic():
            return bite(erasure_id)
    except Moved:
        return True
    except Unsettled:
        time.sleep(PAUSE)
        return True
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        log.warning("erasing.gave_way", erasure_id=erasure_id)  # to whoever else was writing of them
        time.sleep(PAUSE)
        return True
    except IntegrityError:  # somebody wrote of them meanwhile: from the beginning
        log.warning("erasing.begun_again", erasure_id=erasure_id)
        waiting = Erasure.objects.filter(state=State.ERASING)
        (waiting.filter(pk=erasure_id) if erasure_id else waiting).update(step=steps()[0].name, cursor=0)
        return True


def bite(erasure_id: int | None) -> bool:
    waiting = going().select_for_update(skip_locked=True, of=("self",))
    erasure = (waiting.filter(pk=erasure_id) if erasure_id else waiting).order_by("pk").first()
    if erasure is None:
        return False
    if not erasure.is_aged:
        say_why()
    if erasure.state == State.STARTING:
        wait_for_holds()
        if waits_for_hold(erasure):
            return False
        start(erasure)
    elif not erasure.step:
        write_down(erasure)
    else:
        erase_until_something(erasure)
    erasure.save()
    return True


def say_why() -> None:
    """Have triggers of rooms above know, until this transaction ends, that what goes goes by right."""
    with cursor() as sql:
        sql.execute("SELECT set_config('throughline.erasing', 'on', true)")


# Starting


def start(erasure: Erasure) -> None:
    """Hold the person's identifiers still, and put them on the list: from now on nothing of them is recorded.

    The locks are those that recording takes before it reads, so whatever was recorded before is seen here.
    """
    named = identifiers_of(erasure)
    lock(lock_number(*key_of(one)) for one in named)
    wait_for_turn()
    held, named = {one.pk for one in named}, identifiers_of(erasure)
    if not held >= {one.pk for one in named}:
        raise Moved
    if erasure.is_aged:
        named = let_go_of_quiet(erasure, named)
    customers = {one.origin_id for one in named} | {one.customer_id for one in named if not erasure.is_replayed}
    public = Customer.objects.filter(pk__in=customers).values_list("public_id", flat=True)
    erasure.subject = {
        "identifiers": sorted(one.pk for one in named),
        "customers": sorted(customers),
        "public_ids": sorted(map(str, public)),
    }
    now = timezone.now()
    if erasure.names_for_ever:
        suppress(hashes_of(named), now)
    erasure.identifiers, erasure.started_at, erasure.state = len(named), now, State.ERASING
    notify(customers)


def let_go_of_quiet(erasure: Erasure, named: Sequence[Identifier]) -> Sequence[Identifier]:
    """Those of the identifiers whose customers are inactive still, and not held, taken out of everybody's sight: what
    happens to the same person from now on makes them anew. What is found by their values goes at once.
    """
    since = datetime.fromisoformat(erasure.subject["since"])
    leaving = quiet(erasure.subject["customers"], since)
    leaving -= spared(leaving)
    going = [one for one in named if one.customer_id in leaving]
    subject = Subject([one.pk for one in going], sorted(leaving))
    for step in steps():
        if isinstance(step, Step) and isinstance(step.finder, Values):
            finish_step(step, subject)
    Identifier.objects.filter(pk__in=subject.identifiers).update(value=Concat(Value(AGED), Cast("pk", CharField())))
    return going


def finish_step(step: Step, subject: Subject) -> None:
    cursor: int | None = 0
    while cursor is not None:
        cursor = take_bite(step, subject, cursor).cursor


def identifiers_of(erasure: Erasure) -> Sequence[Identifier]:
    """Whom it is about: the whole customer, or, after a restore, the identifiers that the ledger names; or all
    those who were found inactive.
    """
    if erasure.is_aged:
        return list(Identifier.objects.filter(customer__in=erasure.subject["customers"]))
    if erasure.is_replayed:
        return list(Identifier.objects.filter(pk__in=erasure.subject["identifiers"]))
    born = Identifier.objects.filter(origin_id=erasure.customer_id).values("customer_id")
    return list(Identifier.objects.filter(customer_id__in=born))


def key_of(one: Identifier) -> Key:
    return Key(one.kind, one.namespace, one.value)


def hashes_of(named: Iterable[Identifier]) -> list[str]:
    return [hash_of(key_of(one)) for one in named]


# Erasing


def subject_of(erasure: Erasure) -> Subject:
    told = erasure.subject
    return Subject(told.get("identifiers", ()), told.get("customers", ()), told.get("public_ids", ()))


def write_down(erasure: Erasure) -> None:
    """Write the erasure into the ledger, before anything is gone. Twice does no harm."""
    named = Identifier.objects.filter(pk__in=erasure.subject["identifiers"])
    if erasure.started_at and erasure.names_for_ever:
        ledger.write_erased(hashes_of(named), erasure.started_at)
    erasure.step = steps()[0].name


def erase_until_something(erasure: Erasure) -> None:
    """Take steps until one erases something, or it is enough for one transaction: most have nothing to do."""
    ends_at = time.monotonic() + ENOUGH
    while not erase_some(erasure) and erasure.step and time.monotonic() < ends_at:
        if isinstance(step_named(erasure.step), Rest):  # it begins with what was done before it committed
            return


def erase_some(erasure: Erasure) -> int:
    """One bite of the step that it is in; after the last step it is done. Returns how much was erased."""
    step = step_named(erasure.step)
    done = bite_of(step, erasure)
    if done.erased and isinstance(step, Step):
        label = step.counted_as
        erasure.counts[label] = erasure.counts.get(label, 0) + done.erased
    following = after(step) if done.cursor is None else step
    erasure.cursor = done.cursor or 0
    if following is None:
        end(erasure)
    else:
        erasure.step = following.name
    return done.erased


def bite_of(step: Step | Rest, erasure: Erasure) -> Bite:
    if isinstance(step, Rest):
        return rest(erasure.cursor)
    if erasure.is_aged and isinstance(step.finder, BY_VALUE):
        return Bite(0, None)
    return take_bite(step, subject_of(erasure), erasure.cursor)


def rest(since: int) -> Bite:
    """Wait from the first bite of it on, whose predecessor is committed. Raises Unsettled while there is anybody."""
    if not since:
        return Bite(0, now_ms())
    if not has_settled(since):
        raise Unsettled
    return Bite(0, None)


def end(erasure: Erasure) -> None:
    """Nothing is left but the certificate."""
    erasure.state, erasure.step, erasure.finished_at = State.DONE, "", timezone.now()
    erasure.subject, erasure.reason = {}, ""
    note(None, Act.ERASED, customer=erasure.customer_id, subject=f"erasure {erasure.public_id}: done",
         detail={"rows": erasure.total})  # fmt: skip
    log.info("erasing.done", erasure_id=erasure.pk, rows=erasure.total)
