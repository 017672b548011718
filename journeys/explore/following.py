"""The journey that an interaction is part of: steps that its customer did, or did not, within a time before or after.

As text: "not event:Order Completed within 30 minutes; before page:/quote/ within 7 days".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Subquery

from crm.identity.models import Identifier
from crm.privacy.masking import Veil
from journeys.explore.lanes import everything
from journeys.segments.definitions import UNITS, BadDefinition, Then, bounded, read_then, span
from journeys.segments.steps import CHOICES, WHATS

MOST_STEPS = 3
NOTHING = Q(pk__in=[])
SECONDS = dict(UNITS)
# What the text may be, exactly: as the API's description has it, and as it is read.
VALUES = {
    "": "",
    "text": r":[^\s\u0000-\u001f][^\u0000-\u001f]{0,199}",
    "number": r":-?[0-9]{1,9}(\.[0-9]{1,2})?",
} | {name: f":({'|'.join(words)})" for name, words in CHOICES.items()}
WHAT = "|".join(what + VALUES[kind.takes] for what, kind in WHATS.items())
WITHIN = (
    "((1 minute|1 hour|1 day)|"
    "([1-9][0-9]{0,4}|1[01][0-9]{4}|12[0-8][0-9]{3}|129[0-5][0-9]{2}|129600) minutes|"
    "([1-9][0-9]{0,2}|1[0-9]{3}|20[0-9]{2}|21[0-5][0-9]|2160) hours|"
    "([1-9]|[1-8][0-9]|90) days)"
)
ONE = f"(not )?(before )?({WHAT}) within {WITHIN}"
COURSE = f"^{ONE}(; {ONE}){{0,{MOST_STEPS - 1}}}$"
REMEDY = "give from 1 to 3 steps, such as not event:Order Completed within 30 minutes; call within 7 days"
STEP = re.compile(
    r"(?P<negated>not )?(?P<before>before )?(?P<what>[a-z]+)(:(?P<value>.+?))? within (?P<number>[0-9]+) "
    r"(?P<unit>minute|hour|day)s?(; |$)"
)


class Among(Func):
    """Whether a number is in an array: so each is looked up in an index of its own, which a join leaves to chance."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field: Any = BooleanField()


# Of the customer of the interaction outside.
CUSTOMER = Subquery(Identifier.objects.filter(pk=OuterRef(OuterRef(OuterRef("identifier_id")))).values("customer_id"))
IDENTIFIERS = ArraySubquery(Identifier.objects.filter(customer_id=CUSTOMER).values("pk"))


@dataclass(frozen=True, slots=True)
class Beside(Then):
    """A step that was done, or was not, within a time after an interaction. is_before: before it."""

    is_before: bool = False

    @property
    def said(self) -> str:
        side = "before" if self.is_before else "after"
        return f"{'' if self.did else 'not: '}{self.step.said}, within {span(self.within)} {side} it"

    @property
    def written(self) -> str:
        """As an address has it."""
        start = f"{'' if self.did else 'not '}{'before ' if self.is_before else ''}{self.step.what}"
        value = f":{self.step.value}" if self.step.value else ""
        return f"{start}{value} within {span(self.within)}"

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
        return "; ".join(one.written for one in self.steps)

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


def read_course(text: str) -> Course:
    """Steps out of the text of an address. Raises BadDefinition."""
    if not re.fullmatch(COURSE, text):
        raise BadDefinition(REMEDY)
    steps, at = list[Beside](), 0
    while step := STEP.match(text, at):
        steps.append(read_beside(told_by(step)))
        at = step.end()
    return Course(tuple(steps))


def told_by(step: "re.Match[str]") -> dict[str, Any]:
    seconds = int(step["number"]) * SECONDS[step["unit"]]
    what = {"what": step["what"], "value": step["value"]}
    return {"did": not step["negated"], "step": what, "within": seconds, "before": bool(step["before"])}


def read_beside(told: Mapping[str, Any]) -> Beside:
    """A step: did, step (what, value), within (seconds), before. Raises BadDefinition."""
    then = read_then(told, bounded)
    return Beside(then.step, then.did, then.within, told.get("before") is True)
