"""Whole passes as the pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from crm.identity.models import Identifier, Link
from crm.matching.models import Change, Run
from crm.matching.progress import STILL
from crm.matching.verdicts import Reason
from crm.privacy.access import visible_customers
from crm.profile.portraits import Portrait, portraits

CHANGES_SHOWN = 50
MOVING = frozenset({*Run.UNDER_WAY, Run.State.APPLYING})
FIGURES = {
    "records": "Records",
    "compared": "Pairs compared",
    "joined": "Pairs joined",
    "review": "Pairs for review",
    "new_links": "New links",
    "withdrawn_links": "Links withdrawn",
    "customers_affected": "Customers affected",
    "held_links": "Links that a guard holds",
    "open_reviews": "Questions for people",
    "largest_customer": "Records of the largest customer",
    "seconds": "Seconds",
    "peak_mb": "Memory, MB",
}
# A model's figures as a sentence says them; those of the labels are shares.
LEARNED = {
    "records": "{:,} records",
    "compared": "{:,} pairs compared",
    "expected": "about {:,} pairs of one customer expected",
    "label_count": "{:,} answers of staff",
    "label_precision": "of what it would join by itself, {:.1%} right by them",
    "label_recall": "of what they joined, {:.1%} found",
}


def learned(metrics: Mapping[str, Any]) -> str:
    """What a model was learned from, how it would have decided what staff did, and why it is the starting model."""
    said = [words.format(metrics[name]) for name, words in LEARNED.items() if metrics.get(name)]
    if metrics and not metrics.get("has_households", True):
        said.append("no households among them")
    if because := metrics.get("because"):
        said.append(f"the starting model, because {because}")
    return "; ".join(said)


@dataclass(frozen=True, slots=True)
class Shown:
    """A run and what its state means."""

    run: Run

    @property
    def is_moving(self) -> bool:
        return self.run.state in MOVING

    @property
    def is_waiting(self) -> bool:
        return self.run.state == Run.State.WAITING

    @property
    def is_still(self) -> bool:
        """Whether its process has given no sign of life for so long that it is taken for dead."""
        return self.is_moving and self.run.beat_at < timezone.now() - timedelta(seconds=STILL)

    @property
    def is_counted(self) -> bool:
        return self.is_moving and bool(self.run.total)

    @property
    def said(self) -> str:
        """The stage, and how much of it is done."""
        stage = self.run.get_state_display().capitalize()
        return f"{stage}: {self.run.done:,} of {self.run.total:,}" if self.is_counted else stage

    @property
    def percent(self) -> int:
        return 100 * self.run.done // self.run.total if self.run.total else 0

    @property
    def limit(self) -> int:
        return self.run.limit

    @property
    def figures(self) -> list[tuple[str, float]]:
        """(label, figure) of those that people look for."""
        return [(label, self.run.figures[name]) for name, label in FIGURES.items() if name in self.run.figures]


def shown(run: Run) -> Shown:
    return Shown(run)


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a change: its identifier, and the customer that it is of now."""

    identifier: Identifier
    customer: Portrait | None
    public_id: UUID | None


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One line of a diff. held: why the link that was made joins nobody, where a guard holds it."""

    change: Change
    sides: tuple[Side, Side]
    held: str = ""

    @property
    def reason(self) -> str:
        return Reason(self.change.reason).words


def changes_of(run: Run, after: int, user: User | AnonymousUser) -> tuple[list[ShownChange], int | None]:
    """(a page of a run's diff, where the next one begins)."""
    page = list(Change.objects.filter(run=run, pk__gt=after).order_by("pk")[: CHANGES_SHOWN + 1])
    following = page[CHANGES_SHOWN - 1].pk if len(page) > CHANGES_SHOWN else None
    return sided(page[:CHANGES_SHOWN], user), following


def sided(changes: Sequence[Change], user: User | AnonymousUser) -> list[ShownChange]:
    """Changes with who their ends are, in a fixed number of queries."""
    ends = {end for change in changes for end in (change.a_id, change.b_id)}
    identifiers = Identifier.objects.in_bulk(list(ends))
    owners = {one.customer_id for one in identifiers.values()}
    seen = portraits(visible_customers(user).filter(pk__in=owners).values_list("pk", flat=True))

    def side(end: int) -> Side:
        portrait = seen.get(identifiers[end].customer_id)
        return Side(identifiers[end], portrait, portrait.public_id if portrait else None)

    held = held_among(changes)
    return [ShownChange(one, (side(one.a_id), side(one.b_id)), held.get((one.a_id, one.b_id), "")) for one in changes]


def held_among(changes: Sequence[Change]) -> dict[tuple[int, int], str]:
    """Why the links of changes that were made are held now, by their ends; those in force are left out."""
    made = [one for one in changes if one.action == Change.Action.ADD and one.applied_at]
    links = Link.objects.filter(
        a__in=[one.a_id for one in made], b__in=[one.b_id for one in made], basis=Link.Basis.SCORED, withdrawn_at=None
    ).exclude(held="")
    return {(one.a_id, one.b_id): one.get_held_display() for one in links}
