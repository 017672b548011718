"""What an admin says to a whole pass that waits, and by which model pairs are scored."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.matching.errors import RunNotWaiting
from crm.matching.models import Run, TrainedModel


@transaction.atomic
def approve(run_id: int, actor: User | None) -> Run:
    """Say yes to a run: whoever finishes what is left applies it. Raises RunNotWaiting."""
    return ruled(run_id, Run.State.APPLYING, actor)


@transaction.atomic
def reject(run_id: int, actor: User | None) -> Run:
    """Say no to a run: nothing of it is applied. Raises RunNotWaiting."""
    return ruled(run_id, Run.State.REJECTED, actor)


def ruled(run_id: int, state: Run.State, actor: User | None) -> Run:
    run = Run.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise RunNotWaiting(f"there is no run {run_id}")
    if run.state != Run.State.WAITING:
        raise RunNotWaiting(f"run {run_id} does not wait for an answer: {run.get_state_display()}")
    run.state, run.ruled_by, run.ruled_at = state, actor, timezone.now()
    run.finished_at = None if state == Run.State.APPLYING else run.ruled_at
    run.save(update_fields=["state", "ruled_by", "ruled_at", "finished_at", "beat_at"])
    return run


@transaction.atomic
def make_current(model: TrainedModel) -> None:
    """Score by this model from now on."""
    TrainedModel.objects.filter(is_current=True).exclude(pk=model.pk).update(is_current=False)
    TrainedModel.objects.filter(pk=model.pk).update(is_current=True)
