"""Whether somebody is in a segment, by what is known of them; and when that may change by time alone. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.privacy.permissions import Permission
from crm.profile.fields import folded, meant
from crm.profile.rules import standard
from journeys.segments.definitions import Condition, Consent, Count, Definition, Journey, Then, Trait, steps_of
from journeys.segments.steps import Step


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer. times: of each step when it happened, the oldest first. traits: of the golden
    record. said: what stands of consents.
    """

    times: Mapping[Step, Sequence[datetime]] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    said: Sequence[Permission] = ()

    def of(self, step: Step) -> Sequence[datetime]:
        return self.times.get(step, ())


def is_in(definition: Definition, known: Known, now: datetime) -> bool:
    """Whether the conditions hold now."""
    return (any if definition.is_any else all)(holds(one, known, now) for one in definition.conditions)


def holds(one: Condition, known: Known, now: datetime) -> bool:
    if isinstance(one, Journey):
        since = now - timedelta(days=one.days)
        return any(follows(one, known, at, now) for at in known.of(one.first) if since < at <= now)
    if isinstance(one, Count):
        return happened(known.of(one.step), now - timedelta(days=one.days), now) >= one.least
    if isinstance(one, Trait):
        return has_trait(one, known.traits.get(one.name))
    states = {said.is_given for said in known.said if said.purpose == one.purpose}
    return True in states if one.is_given else states == {False}


def follows(one: Journey, known: Known, at: datetime, now: datetime) -> bool:
    """Whether everything that has to follow a first step at a time does."""
    return all(is_so(then, known, at, now) for then in one.then)


def is_so(then: Then, known: Known, at: datetime, now: datetime) -> bool:
    """Whether a step followed, or did not and its time is over."""
    end = at + then.within
    count = happened(known.of(then.step), at, min(end, now))
    return count > 0 if then.did else count == 0 and end <= now


def happened(times: Sequence[datetime], after: datetime, until: datetime) -> int:
    """How many are later than one time, and not than another."""
    return max(0, bisect_right(times, until) - bisect_right(times, after))


def has_trait(one: Trait, value: str | None) -> bool:
    if one.test == "known":
        return bool(value)
    wanted = folded(meant(standard(one.name), one.value))
    return value is not None and (folded(value) == wanted) == (one.test == "is")


def look_again(definition: Definition, known: Known, now: datetime) -> datetime | None:
    """The next time at which it may change without anything happening; None where it cannot."""
    return min((at for one in definition.conditions for at in turns(one, known) if at > now), default=None)


def turns(one: Condition, known: Known) -> Iterator[datetime]:
    """The times at which a condition may change by itself."""
    for step in steps_of(one):
        yield from known.of(step)  # a clock of theirs that runs ahead of ours
    if isinstance(one, Journey):
        spans = [timedelta(days=one.days), *(then.within for then in one.then if not then.did)]
        yield from (at + span for at in known.of(one.first) for span in spans)
    elif isinstance(one, Count):
        yield from (at + timedelta(days=one.days) for at in known.of(one.step))
    elif isinstance(one, Consent):
        yield from (said.until for said in known.said if said.until and said.purpose == one.purpose)
