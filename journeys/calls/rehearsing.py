"""Deciding last week's calls again, by other rules: what would change, before it does.

Who was ready then is not known, so a skill or a named agent is told as what it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from crm.privacy.disclosure import Tact
from crm.sql import cursor, texts
from journeys.calls.conditions import BadCondition, check
from journeys.calls.routing import AS_USUAL, Rota, Rule, chosen, place_of, queue_word

LOOKED_BACK = timedelta(days=7)
MOST = 100_000  # calls that are decided again: the latest
CHUNK = 10_000
EXAMPLES = 3
CHANGES_SHOWN = 30
# Of what is known of a call only what the rules ask: alike calls are decided once.
READ = """
    SELECT id, rang_at::text, public_id, CASE WHEN facts IS NOT NULL THEN '[' || {asked} || ']' END
    FROM journeys_call WHERE (rang_at, id) < (%s::timestamptz, %s) AND rang_at >= %s
    ORDER BY rang_at DESC, id DESC LIMIT %s
"""
ASKED = "coalesce((facts #> %s::text[])::text, 'null')"
LAST_ID = 2**62
Asked = tuple[str, ...]  # where a fact stands in the facts of a call
Goes = tuple[tuple[str, str], tuple[str, str]]  # (where, why) before and after


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
    """Decide the calls of the last week by the rules of before, and of after."""
    found = Rehearsal(now - LOOKED_BACK)
    both = [[one for one in rules if can_be_read(one)] for rules in (before, after)]
    asked, decided = asked_by([*both[0], *both[1]]), dict[str, Goes]()
    for at, public_id, told in calls_since(found.since, now, asked):
        if told is None:
            found.untold += 1
            continue
        if (goes := decided.get(told)) is None:
            known = facts_of(asked, orjson.loads(told))
            goes = decided[told] = way(chosen(both[0], known), rota), way(chosen(both[1], known), rota)
        if goes[0][0] == goes[1][0]:
            found.same += 1
        else:
            note(found, goes, public_id, at, tact)
    return found


def asked_by(rules: Sequence[Rule]) -> list[Asked]:
    """What rules ask of calls."""
    named = [(one["fact"], str(one.get("about", "")).strip().casefold()) for rule in rules for one in rule.conditions]
    return sorted({path_of(fact, topic) for fact, topic in named})


def path_of(fact: str, topic: str) -> Asked:
    if fact != "pages":
        return (fact,)
    return ("pages", topic) if topic else ("pages_in_all",)


def facts_of(asked: Sequence[Asked], values: Sequence[Any]) -> dict[str, Any]:
    """The facts that were asked for, as rules ask them."""
    found: dict[str, Any] = {"pages": {}}
    for path, value in zip(asked, values, strict=True):
        if value is not None:
            (found if len(path) == 1 else found["pages"])[path[-1]] = value
    return found


def can_be_read(rule: Rule) -> bool:
    """Whether a rule's conditions can be asked: one that cannot be decides nothing."""
    try:
        check(rule.conditions)
    except BadCondition:
        return False
    return True


def way(found: tuple[Rule, str] | None, rota: Rota) -> tuple[str, str]:
    """(where a call goes, why), in words."""
    return (place_of(found[0], rota), found[1]) if found else (queue_word(rota.default), AS_USUAL)


def seemly(reason: str, tact: Tact) -> str:
    return "" if tact.hides(reason) else reason


def note(found: Rehearsal, goes: Goes, public_id: UUID, at: str, tact: Tact) -> None:
    """Add a call that would go elsewhere."""
    (before, why), (after, why_then) = goes
    difference = found.changed.setdefault((before, after), Difference(before, after))
    difference.count += 1
    if len(difference.examples) < EXAMPLES:
        moment = datetime.fromisoformat(at)
        difference.examples.append(Example(public_id, moment, seemly(why, tact), seemly(why_then, tact)))


def calls_since(since: datetime, now: datetime, asked: Sequence[Asked]) -> Iterator[tuple[str, UUID, str | None]]:
    """(when it rang, public id, what is asked as JSON) of the calls since, the latest first, some at a time."""
    last: tuple[Any, Any] = (now, LAST_ID)
    statement = READ.format(asked=" || ',' || ".join([ASKED] * len(asked)) or "''")
    paths = [texts(path) for path in asked]
    with cursor() as sql:
        for _ in range(MOST // CHUNK):
            rows = sql.execute(statement.encode(), [*paths, *last, since, CHUNK]).fetchall()
            for number, at, public_id, told in rows:
                last = (at, number)
                yield at, public_id, told
            if len(rows) < CHUNK:
                return
