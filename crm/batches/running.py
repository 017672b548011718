"""Carrying batches on, piece by piece: each piece is one short transaction, which notes how far the batch is.

The web does the first pieces of a batch, so that a small one is done at once; the sweep does the rest, and goes on
after whoever died in the middle.
"""

import time
from collections.abc import Callable

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from crm.batches import consents, merges, withdrawals
from crm.batches.models import Batch, BatchLine
from crm.errors import BatchRefused

log = structlog.get_logger(__name__)
State, Outcome = Batch.State, BatchLine.Outcome

# A piece of each stage: it returns how many lines it finished, 0 when none is left.
Piece = Callable[[Batch], int]
PIECES: dict[tuple[str, str], Piece] = {
    (Batch.What.MERGE, State.CHECKING): merges.check,
    (Batch.What.MERGE, State.RUNNING): merges.carry_out,
    (Batch.What.MERGE, State.UNDOING): merges.undo,
    (Batch.What.CONSENT, State.CHECKING): consents.check,
    (Batch.What.CONSENT, State.RUNNING): consents.carry_out,
    (Batch.What.CONSENT, State.UNDOING): consents.undo,
    (Batch.What.WITHDRAW, State.CHECKING): withdrawals.check,
    (Batch.What.WITHDRAW, State.RUNNING): withdrawals.carry_out,
    (Batch.What.WITHDRAW, State.UNDOING): withdrawals.undo,
}
FOLLOWING = {State.CHECKING: State.READY, State.RUNNING: State.DONE, State.UNDOING: State.UNDONE}


def carry_on(seconds: float, batch: Batch | None = None) -> None:
    """Carry on what is under way, the oldest batch first, or this one, for so long."""
    ends_at = time.monotonic() + seconds
    while do_piece(batch.pk if batch else None) and time.monotonic() < ends_at:
        pass
    if batch:
        batch.refresh_from_db()


def is_any_under_way() -> bool:
    return Batch.objects.filter(state__in=Batch.UNDER_WAY).exists()


def finish(batch: Batch, progress: Callable[[Batch], None] | None = None) -> None:
    """Carry a batch on to the end of the stage that it is in."""
    batch.refresh_from_db()
    while batch.is_under_way:
        carry_on(1.0, batch)
        if progress:
            progress(batch)


@transaction.atomic
def do_piece(batch_id: int | None = None) -> bool:
    """One piece of one batch; False when none is under way, or somebody else is at it."""
    waiting = Batch.objects.select_for_update(skip_locked=True, of=("self",)).filter(state__in=Batch.UNDER_WAY)
    batch = (waiting.filter(pk=batch_id) if batch_id else waiting).order_by("pk").first()
    if batch is None:
        return False
    count = PIECES[batch.what, batch.state](batch)
    batch.done += count
    if not count:
        batch.state = FOLLOWING[State(batch.state)]
        batch.figures = {**batch.figures, **outcomes(batch)}
        batch.finished_at = timezone.now()
        log.info("batches.stage_finished", batch_id=batch.pk, state=batch.state)
    batch.save(update_fields=["done", "total", "state", "figures", "finished_at"])
    return True


def outcomes(batch: Batch) -> dict[str, int]:
    """How many lines came to each outcome."""
    counted = batch.lines.values_list("outcome").annotate(Count("number"))
    return dict.fromkeys(Outcome.values, 0) | {str(outcome): count for outcome, count in counted}


@transaction.atomic
def start(batch: Batch) -> None:
    """Say yes to a checked batch. Raises BatchRefused when it is not waiting for that."""
    enter(batch, State.READY, State.RUNNING, BatchLine.Outcome.READY)


@transaction.atomic
def undo(batch: Batch, actor: User | None) -> None:
    """Take back everything that a batch did. Raises BatchRefused when it has not been done."""
    Batch.objects.filter(pk=batch.pk).update(undone_by=actor)
    enter(batch, State.DONE, State.UNDOING, BatchLine.Outcome.DONE)


def enter(batch: Batch, before: str, after: str, outcome: str) -> None:
    """Go from one state to the next; the lines of an outcome are what there is to do."""
    total = batch.lines.filter(outcome=outcome).count()
    if not Batch.objects.filter(pk=batch.pk, state=before).update(state=after, done=0, total=total):
        raise BatchRefused("it is past that already; reload the page")
    batch.refresh_from_db()


def drop(batch: Batch) -> None:
    """Say no to a batch that has not begun. Nothing was done, and nothing is."""
    asked = Batch.objects.filter(pk=batch.pk, state__in=(State.READY, State.CHECKING))
    if not asked.update(state=State.DROPPED):
        raise BatchRefused("it has begun already; undo it when it is done")
    batch.refresh_from_db()
