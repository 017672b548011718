"""The whole pass: everybody matched anew, and what would change is published, applied, or left to an admin."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from crm.errors import ThroughlineError
from crm.identity.models import Link
from crm.matching.applying import apply
from crm.matching.approving import make_current
from crm.matching.diffing import EXAMPLES, diff, write_changes
from crm.matching.figures import take_snapshot
from crm.matching.finding import find
from crm.matching.holding import only_one
from crm.matching.measuring import peak_mb
from crm.matching.model import Model
from crm.matching.models import Change, Review, Run, TrainedModel
from crm.matching.outcome import Outcome
from crm.matching.progress import Progress, Say, alive
from crm.matching.refreshing import refresh
from crm.matching.scratch import clear_left

log = structlog.get_logger(__name__)
TRAINED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a pass, as its row keeps it. is_agreed: whatever its size, it is applied."""

    is_dry: bool = False
    backend: str = "duckdb"
    must_train: bool = False
    is_agreed: bool = False


def match(asked: Asked, say: Say) -> Run:
    """Carry out a whole pass, after the end of one that was left.

    Raises PassUnderWay when another one is at work, and what makes it fail, which its row says too.
    """
    with only_one():
        clear_left()
        finish_left(say)
        run = taken_up(asked)
        carry_out(run, say)
    return run


def finish(say: Say) -> Run | None:
    """Finish a pass that was left while it was applied, or begin one anew that was left before; None: there is none."""
    with only_one():
        done = finish_left(say)
        left = Run.objects.filter(state__in=Run.UNDER_WAY).order_by("pk").last()
        if left:
            carry_out(left, say)
    return left or done


def finish_left(say: Say) -> Run | None:
    """Finish what a pass that was killed, or that an admin said yes to, left to apply. The caller holds the lock."""
    left = Run.objects.filter(state=Run.State.APPLYING).order_by("pk").first()
    if left:
        say(f"run {left.pk} was left unfinished: going on with it")
        progress = Progress(left, say)
        with alive(left), failure_noted(left):
            put_in_force(left, progress)
    return left


def taken_up(asked: Asked) -> Run:
    """The run's row: one of which the same was asked, and which was left before it had applied anything, begins anew;
    others that were left are given up.
    """
    left = Run.objects.filter(state__in=Run.UNDER_WAY).order_by("pk")
    run = left.filter(**asdict(asked)).last() or Run.objects.create(**asdict(asked))
    left.exclude(pk=run.pk).update(
        state=Run.State.FAILED, error="it was interrupted, and nothing was changed", finished_at=timezone.now()
    )
    return run


def carry_out(run: Run, say: Say) -> None:
    """Match everybody, publish what would change, and apply it where that is agreed."""
    progress = Progress(run, say)
    with alive(run), failure_noted(run):
        outcome = find(model_in_use(run), run.backend, progress)
        publish(run, outcome, progress)
        if run.is_dry:
            conclude(run, progress)
        elif run.is_agreed or not is_over_limit(run):
            put_in_force(run, progress, outcome)
        else:
            take_snapshot()
            progress.stage(Run.State.WAITING)


def model_in_use(run: Run) -> Model | None:
    """The model to score by; None where one has to be trained."""
    current = TrainedModel.objects.filter(is_current=True).first()
    newest = TrainedModel.objects.first()
    if run.must_train or not current or not newest or newest.trained_at < timezone.now() - TRAINED_FOR:
        return None
    return Model.from_json(current.content)


def publish(run: Run, outcome: Outcome, progress: Progress) -> None:
    """Write down what would change, and in figures how much that is. A dry run keeps some examples."""
    proposals = diff(outcome)
    progress.stage(Run.State.PUBLISHING, len(proposals))
    with transaction.atomic():
        write_changes(run, proposals[:EXAMPLES] if run.is_dry else proposals)
        run.figures = outcome.figures | {
            "customers_affected": outcome.affected([end for one in proposals for end in (one.a, one.b)]),
            "new_links": sum(one.action == Change.Action.ADD for one in proposals),
            "withdrawn_links": sum(one.action == Change.Action.WITHDRAW for one in proposals),
        }
        if not run.is_dry:
            run.model = kept(outcome.model)
            waiting = Run.objects.filter(state=Run.State.WAITING)
            waiting.update(
                state=Run.State.REJECTED, error=f"run {run.pk} is newer and takes its place", finished_at=timezone.now()
            )
        measured(run, progress).save(update_fields=["figures", "model"])
    progress.advance(len(proposals))


def kept(model: Model) -> TrainedModel:
    """The model's row; a model that was just trained gets one."""
    because = {"because": model.because} if model.because else {}
    made = {"content": model.to_json(), "metrics": {**model.metrics, **because}}
    return TrainedModel.objects.get_or_create(version=model.version, defaults=made)[0]


def measured(run: Run, progress: Progress) -> Run:
    """The run with how long it has taken and how much memory."""
    run.figures |= {"seconds": round(progress.seconds, 1), "peak_mb": peak_mb()}
    return run


def is_over_limit(run: Run) -> bool:
    """Whether so many customers would change that an admin has to say yes."""
    return bool(run.figures["customers_affected"] > run.limit)


def put_in_force(run: Run, progress: Progress, outcome: Outcome | None = None) -> None:
    """Apply a run's diff, and bring what matching keeps in line with it.

    outcome: what the run found; without it (whoever found it is gone) everybody is matched once more.
    """
    assert run.model is not None
    apply(run, progress)
    outcome = outcome or find(Model.from_json(run.model.content), run.backend, progress)
    progress.stage(Run.State.APPLYING)
    refresh(run, outcome, progress)
    make_current(run.model)
    held = Link.objects.standing().filter(basis=Link.Basis.SCORED).exclude(held="")
    run.figures |= {"held_links": held.count(), "open_reviews": Review.objects.filter(state=Review.State.OPEN).count()}
    conclude(run, progress)


def conclude(run: Run, progress: Progress) -> None:
    """Note that a run is done, and the day's figures with it."""
    if not run.is_dry:
        take_snapshot()
    run.finished_at = timezone.now()
    measured(run, progress).save(update_fields=["figures", "finished_at"])
    progress.stage(Run.State.DONE)


@contextmanager
def failure_noted(run: Run) -> Iterator[None]:
    """Note on the run's row what makes it fail; one that is killed stays as it is, to be finished later."""
    try:
        yield
    except Exception as error:
        log.warning("matching.run_failed", run=run.pk, error=type(error).__name__)
        if run.state == Run.State.APPLYING and isinstance(error, (OperationalError, InterfaceError)):
            raise  # the database went away: it is finished later
        is_ours = isinstance(error, ThroughlineError)
        said = str(error) if is_ours else f"{type(error).__name__}; the log of the command says more"
        over: dict[str, Any] = {"state": Run.State.FAILED, "error": said[:500], "finished_at": timezone.now()}
        Run.objects.filter(pk=run.pk).update(**over)
        raise
