"""The journey that an interaction is part of: steps that its customer did, or did not, within a time before or after.

As JSON: [{"did": false, "step": {"what": "event", "value": "Order Completed"}, "within": 1800, "before": false}].
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Subquery

from crm.identity.models import Identifier
from crm.privacy.masking import Veil
from journeys.explore.lanes import everything
from journeys.segments.definitions import BadDefinition, Then, read_then, span, written_step

MOST_STEPS = 3
NOTHING = Q(pk__in=[])


class Among(Func):
    """Whether a number is in an array: so each is looked up in an index of its own, which a join leaves to chance."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field: Any = BooleanField()


# Of the customer of the interaction outside.
CUSTOMER = Subquery(Identifier.objects.filter(pk=OuterRef(OuterRef(OuterRef("identifier_id")))).values("customer_id"))
IDENTIFIERS = ArraySubquery(
    Identifier.objects.filter(customer_id=CUSTOMER).values("pk")
)  # of an interaction's customer


@dataclass(frozen=True, slots=True)
class Beside(Then):
    """A step that was done, or was not, within a time after an interaction. is_before: before it."""

    is_before: bool = False

    @property
    def said(self) -> str:
        side = "before" if self.is_before else "after"
        return f"{'' if self.did else 'not: '}{self.step.said}, within {span(self.within)} {side} it"

    def condition(self, now: datetime, hidden: Q) -> Q:
        """What an interaction has to be. hidden: the rows that no step is."""
        found = Q(Exists(self.of_the_same().exclude(hidden)))
        if self.did:
            return found
        return ~found if self.is_before else Q(~found, occurred_at__lte=now - self.within)

    def of_the_same(self) -> Any:
        """The step as the customer of an interaction did it, in its time."""
        at, within = OuterRef("occurred_at"), self.within
        times: dict[str, Any] = {"occurred_at__gt": at, "occurred_at__lte": at + within}
        if self.is_before:
            times = {"occurred_at__gte": at - within, "occurred_at__lt": at}
        same = everything().filter(Among(F("identifier_id"), IDENTIFIERS), channel__in=self.step.channels, **times)
        return self.step.wanted.narrow(same)


@dataclass(frozen=True, slots=True)
class Course:
    """Steps, all of which are so. hidden: the interactions that somebody who asks may not see: no step is one."""

    steps: tuple[Beside, ...]
    hidden: Q = NOTHING

    def __str__(self) -> str:
        return json.dumps([written(one) for one in self.steps], ensure_ascii=False)

    @property
    def said(self) -> str:
        return "; ".join(one.said for one in self.steps)

    def condition(self, now: datetime) -> Q:
        """What an interaction has to be."""
        every = Q()
        for one in self.steps:
            every &= one.condition(now, self.hidden)
        return every

    def names(self, veil: Veil) -> bool:
        """Whether it asks for what a veil hides."""
        return any(veil.text(one.step.value) != one.step.value for one in self.steps if one.step.is_text)


def read_course(content: Any) -> Course:
    """Steps out of JSON. Raises BadDefinition."""
    if not isinstance(content, list) or not 1 <= len(content) <= MOST_STEPS:
        raise BadDefinition(f"a journey has from 1 to {MOST_STEPS} steps")
    return Course(tuple(read_beside(one) for one in content))


def read_beside(told: Any) -> Beside:
    then = read_then(told)
    return Beside(then.step, then.did, then.within, told.get("before") is True)


def written(one: Beside) -> dict[str, Any]:
    told = {"did": one.did, "step": written_step(one.step), "within": int(one.within.total_seconds())}
    return told | ({"before": True} if one.is_before else {})
