"""Deciding the questions that matching asks: same or different, later, whose it is, and taking a decision back.

What is decided makes staff's link, with what spoke for it at that moment; the link alone joins or keeps apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import MergeRefused, ReviewRefused, ThroughlineError
from crm.identity.merging import keep_apart, merge, spokesman, withdraw
from crm.identity.models import Link
from crm.identity.regrouping import wait_for_turn
from crm.matching.explaining import Explanation, explain
from crm.matching.models import Review

LONGEST_WAIT = timedelta(days=3653)  # ten years
VERDICTS = ("same", "different", "later")
STATES = {Link.Verdict.SAME.value: Review.State.SAME, Link.Verdict.DIFFERENT.value: Review.State.DIFFERENT}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one review among many. refused: why it was left as it is; empty when it was decided."""

    review: Review
    refused: str = ""


def decide(review: Review, verdict: str, actor: User | None, note: str = "") -> list[Link]:
    """Say whether both customers, as they stand now, are the same or different people. Returns the link that says it:
    none where they are one already, so that there is nothing left to say.

    One that was decided and taken back since is decided anew. Raises ReviewRefused where the review is not open any
    more, MergeRefused where the rules do not allow it.
    """
    with transaction.atomic():
        wait_for_turn()
        kept = locked(review)
        require_open(kept, or_taken_back=True)
        link = linked(kept, verdict, actor, note)
        kept.state = STATES[verdict] if link else Review.State.SETTLED
        kept.link, kept.decided_at, kept.decided_by = link, timezone.now(), actor
        kept.later_until = None
        kept.save(update_fields=["state", "link", "decided_at", "decided_by", "later_until"])
    return [link] if link else []


def linked(review: Review, verdict: str, actor: User | None, note: str) -> Link | None:
    """Staff's link between both customers; None where they are one already, as they should be."""
    a, b = review.a.customer, review.b.customer
    if a.pk == b.pk:
        if verdict == Link.Verdict.SAME:
            return None
        raise MergeRefused("they are one customer by now; split it instead")
    told = evidence(review, explain(review.a, review.b))
    if verdict == Link.Verdict.SAME:
        link = merge(a, b, actor, note)
    else:
        link = keep_apart(spokesman(a), spokesman(b), actor, note)
    link.evidence = {**told, **link.evidence}
    link.save(update_fields=["evidence"])
    return link


def evidence(review: Review, explained: Explanation) -> dict[str, Any]:
    """What spoke for the pair when it was decided: the review, the weight, and the steps that sum to it."""
    told: dict[str, Any] = {"review": review.pk, "weight": review.weight}
    if explained.fall:
        steps = [[step.name, step.words, round(step.weight, 4)] for step in explained.fall.steps]
        told |= {"weight": round(explained.fall.weight, 4), "terms": steps, "model": explained.model}
    return told


def locked(review: Review) -> Review:
    """The review as it stands, until the transaction ends nobody else's to change."""
    both = Review.objects.select_related("a__customer", "b__customer", "decided_by", "assignee")
    return both.select_for_update(of=("self",)).get(pk=review.pk)


def require_open(review: Review, *, or_taken_back: bool = False) -> None:
    if review.state == Review.State.SETTLED:
        raise ReviewRefused("this pair is no longer in question")
    if review.state != Review.State.OPEN and not (or_taken_back and review.is_taken_back):
        by = review.decided_by.get_full_name() or review.decided_by.get_username() if review.decided_by else "a program"
        raise ReviewRefused(f"{by} has decided it already: {review.verdict_words}; undo that first")


@transaction.atomic
def later(review: Review, until: datetime) -> list[Link]:
    """Take a review out of the queue until then. Raises ReviewRefused where it is not open any more."""
    if not timedelta(0) < until - timezone.now() < LONGEST_WAIT:
        raise ReviewRefused("put it off to a time that is still to come, and by ten years at the most")
    kept = locked(review)
    require_open(kept)
    kept.later_until = until
    kept.save(update_fields=["later_until"])
    return []


@transaction.atomic
def assign(review: Review, user: User | None) -> None:
    """Give a review to somebody, or to nobody. Raises ReviewRefused where it is not open any more."""
    kept = locked(review)
    require_open(kept)
    kept.assignee = user
    kept.save(update_fields=["assignee"])


@transaction.atomic
def undo(review: Review, actor: User | None) -> None:
    """Take a decision back, or a putting off: the review is open again, and the decision's link withdrawn.

    Raises ReviewRefused where there is nothing to take back.
    """
    wait_for_turn()
    kept = locked(review)
    if kept.state == Review.State.OPEN and kept.later_until is None:
        raise ReviewRefused("nothing was decided, so there is nothing to undo")
    if kept.link:
        withdraw([kept.link], actor)
    kept.state, kept.link, kept.decided_at, kept.decided_by = Review.State.OPEN, None, None, None
    kept.later_until = None
    kept.save(update_fields=["state", "link", "decided_at", "decided_by", "later_until"])


def decide_many(reviews: Iterable[Review], verdict: str, actor: User | None, note: str = "") -> list[Outcome]:
    """Decide many alike, each by itself: what is refused does not keep the others."""
    return [decided(review, verdict, actor, note) for review in reviews]


def decided(review: Review, verdict: str, actor: User | None, note: str) -> Outcome:
    try:
        decide(review, verdict, actor, note)
    except ThroughlineError as error:
        return Outcome(review, str(error))
    return Outcome(review)


def undo_many(reviews: Iterable[Review], actor: User | None) -> list[Outcome]:
    """Take many decisions back, each by itself, the last one first."""
    outcomes = []
    for review in reviews:
        try:
            undo(review, actor)
        except ThroughlineError as error:
            outcomes.append(Outcome(review, str(error)))
        else:
            outcomes.append(Outcome(review))
    return outcomes


def refused(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that were left as they are."""
    return [one for one in outcomes if one.refused]
