"""Deciding last week's calls again, by other rules: what would change, before it does.

Who was ready then is not known, so a skill or a named agent is told as what it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from crm.privacy.disclosure import Tact
from crm.sql import cursor
from journeys.calls.conditions import BadCondition, check
from journeys.calls.routing import Decision, Rota, Rule, decide, place_of, queue_word

LOOKED_BACK = timedelta(days=7)
MOST = 100_000  # calls that are decided again: the latest
CHUNK = 10_000
EXAMPLES = 3
CHANGES_SHOWN = 30
READ = """
    SELECT id, rang_at, public_id, facts::text FROM journeys_call
    WHERE (rang_at, id) < (%s, %s) AND rang_at >= %s ORDER BY rang_at DESC, id DESC LIMIT %s
"""
LAST_ID = 2**62


@dataclass(frozen=True, slots=True)
class Example:
    """One of the calls that would go elsewhere. before, after: why, "" where that may not be said."""

    public_id: UUID
    at: datetime
    before: str
    after: str


@dataclass(slots=True)
class Difference:
    """Calls that would go elsewhere: from one place to another, in words."""

    before: str
    after: str
    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Rehearsal:
    """What would become of the calls since a time. untold: of how many nothing was kept."""

    since: datetime
    same: int = 0
    untold: int = 0
    changed: dict[tuple[str, str], Difference] = field(default_factory=dict)

    @property
    def told(self) -> int:
        return self.same + self.count

    @property
    def count(self) -> int:
        return sum(one.count for one in self.changed.values())

    @property
    def looked_at(self) -> int:
        return self.told + self.untold

    @property
    def is_cut(self) -> bool:
        """Whether there may have been more calls than are looked at."""
        return self.looked_at >= MOST

    @property
    def differences(self) -> list[Difference]:
        return sorted(self.changed.values(), key=lambda one: -one.count)[:CHANGES_SHOWN]


def rehearse(rota: Rota, before: Sequence[Rule], after: Sequence[Rule], now: datetime, tact: Tact) -> Rehearsal:
    """Decide the calls of the last week by the rules of before and of after, in their orders."""
    standing, proposed = (replace(rota, rules=[one for one in rules if can_be_read(one)]) for rules in (before, after))
    places = [{one.id: place_of(one, rota) for one in told.rules} for told in (standing, proposed)]
    found = Rehearsal(now - LOOKED_BACK)
    for at, public_id, facts in calls_since(found.since, now):
        if facts is None:
            found.untold += 1
            continue
        known = orjson.loads(facts)
        decisions = decide(standing, known, {}), decide(proposed, known, {})
        goes = tuple(place(one, which) for one, which in zip(decisions, places, strict=True))
        if goes[0] == goes[1]:
            found.same += 1
        else:
            note(found, (goes[0], goes[1]), public_id, at, [seemly(one.because, tact) for one in decisions])
    return found


def can_be_read(rule: Rule) -> bool:
    """Whether a rule's conditions can be asked: one that cannot be decides nothing."""
    try:
        check(rule.conditions)
    except BadCondition:
        return False
    return True


def place(decision: Decision, places: dict[int, str]) -> str:
    """Where a decision sends a call, in words."""
    return queue_word(decision.queue) if decision.rule is None else places[decision.rule]


def seemly(reason: str, tact: Tact) -> str:
    return "" if tact.hides(reason) else reason


def note(found: Rehearsal, goes: tuple[str, str], public_id: UUID, at: datetime, why: list[str]) -> None:
    """Add a call that would go elsewhere."""
    difference = found.changed.setdefault(goes, Difference(*goes))
    difference.count += 1
    if len(difference.examples) < EXAMPLES:
        difference.examples.append(Example(public_id, at, *why))


def calls_since(since: datetime, now: datetime) -> Iterator[tuple[datetime, UUID, str | None]]:
    """(when it rang, public id, facts as JSON) of the calls since, the latest first, some at a time."""
    last: tuple[Any, Any] = (now, LAST_ID)
    with cursor() as sql:
        for _ in range(MOST // CHUNK):
            rows = sql.execute(READ, [*last, since, CHUNK]).fetchall()
            for number, at, public_id, facts in rows:
                last = (at, number)
                yield at, public_id, facts
            if len(rows) < CHUNK:
                return
