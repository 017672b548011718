"""The nightly run: one at a time, in bites that are one short transaction each. Whoever dies in the middle leaves a run
that the next one goes on with.
"""

import time
from collections.abc import Collection
from datetime import datetime

import structlog
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.erasing.models import Erasure
from crm.privacy.holding.standing import wait_for_holds
from crm.privacy.personal import INACTIVE
from crm.privacy.retaining.models import RetentionRun
from crm.privacy.retaining.quiet import quiet_after, spared
from crm.privacy.retaining.rules import standing
from crm.privacy.retaining.walking import Bite, Step, after, step_named, take_bite
from crm.sql import cursor

log = structlog.get_logger(__name__)
GROUP = 200  # inactive customers that are erased together
PAUSE = 0.05  # seconds after giving way to somebody


def begin(now: datetime | None = None) -> None:
    """Begin a run, unless one is under way."""
    first = after("")
    try:
        with transaction.atomic():
            RetentionRun.objects.create(
                started_at=now or timezone.now(), rules=dict(standing()), step=first.name if first else ""
            )
    except IntegrityError:
        log.info("retaining.under_way_already")


def is_under_way() -> bool:
    return RetentionRun.objects.filter(is_under_way=True).exists()


def carry_on(seconds: float) -> bool:
    """Carry the run on for so long; returns whether there is more of it that nobody else is at."""
    ends_at = time.monotonic() + seconds
    while do_bite():
        if time.monotonic() >= ends_at:
            return True
    return False


def finish() -> None:
    """Carry the run on to its end, unless somebody else is at it."""
    while do_bite():
        pass


def do_bite() -> bool:
    """One bite; False when no run is under way, or somebody else is at it."""
    try:
        with transaction.atomic():
            commit_without_waiting()
            run = RetentionRun.objects.select_for_update(skip_locked=True).filter(is_under_way=True).first()
            if run:
                go_on(run)
            return run is not None
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        log.warning("retaining.gave_way")
        time.sleep(PAUSE)
        return True


def commit_without_waiting() -> None:
    """Not to wait for the disk: what a crash takes back, the run's place goes back with, and it goes once more."""
    with cursor() as sql:
        sql.execute("SET LOCAL synchronous_commit = off")


def go_on(run: RetentionRun) -> None:
    """Take the run's next bite, by the rules as they stand by now: one that was taken back stops at once."""
    step, kept = step_named(run.step), standing()
    if step is None:
        end(run)
    elif not kept[step.sort.key]:
        pass_on(run, step)
    else:
        wait_for_holds()
        cutoff = step.sort.cutoff(kept[step.sort.key], run.started_at)
        bite = take_customers(run, cutoff) if step.sort.key == INACTIVE else take_bite(step, cutoff, run.cursor)
        count(run, step, bite)
        run.cursor = bite.place
        if bite.place is None:
            pass_on(run, step)
    run.save()


def pass_on(run: RetentionRun, step: Step) -> None:
    following = after(step.name)
    run.step, run.cursor = following.name if following else "", None


def count(run: RetentionRun, step: Step, bite: Bite) -> None:
    """Add what a bite did to what the run has done."""
    run.rows += bite.rows
    if step.ageing.is_counted:
        for counts, many in ((run.gone, bite.gone), (run.kept, bite.kept)):
            if many:
                counts[step.sort.key] = counts.get(step.sort.key, 0) + many


def take_customers(run: RetentionRun, cutoff: datetime) -> Bite:
    """Have the inactive among the next customers erased, some together."""
    found, following = quiet_after(run.cursor[1] if run.cursor else 0, cutoff)
    held = spared(found)
    going = sorted(found - held - under_way(found))
    for start in range(0, len(going), GROUP):
        group = going[start : start + GROUP]
        made = Erasure.objects.create(
            customer_id=group[0], state=Erasure.State.STARTING, is_aged=True,
            subject={"customers": group, "since": cutoff.isoformat()},
        )  # fmt: skip
        run.waiting = [*run.waiting, made.pk]
    return Bite(len(going), len(held), 0, None if following is None else [None, following])


def under_way(customers: Collection[int]) -> set[int]:
    """Those of them who are being erased already."""
    found: set[int] = set()
    for asked_for, told in Erasure.objects.filter(state__in=Erasure.UNDER_WAY).values_list("customer_id", "subject"):
        found |= {asked_for, *told.get("customers", ())}
    return found.intersection(customers)


def end(run: RetentionRun) -> None:
    run.is_under_way, run.finished_at = False, timezone.now()
    said = "nothing was old enough" if not run.gone else "what was too old went"
    note(None, Act.AGED, subject=f"retention run {run.pk}: {said}", detail={"gone": run.gone, "kept": run.kept})
    log.info("retaining.done", run_id=run.pk, rows=run.rows)
