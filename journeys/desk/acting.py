"""The next best action: the first rule of the admins' whose conditions hold of what is known, and why. Pure, but for
where the rules are read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from crm.privacy.permissions import Permission
from crm.reading import Reading, Statement
from crm.sql import array
from journeys.desk.gathering import Gathered
from journeys.desk.reasons import given_up, topic_of, unanswered

PUT_OFF_FOR = timedelta(days=7)
WEEK = timedelta(days=7)
# name: (how it reads, kind)
ASKED = {
    "given_up_hours": ("hours since a step was given up", "number"),
    "pages_7d": ("pages looked at in 7 days", "number"),
    "topic": ("topic of those pages", "text"),
    "unanswered_days": ("days that something is unanswered", "number"),
    "open_cases": ("open cases", "number"),
    "promise_overdue": ("a promise is overdue", "flag"),
    "contacts_7d": ("contacts in 7 days", "number"),
    "last_sale_days": ("days since the last sale", "number"),
    "mood": ("mood of the last contacts", "text"),
}
TESTS = {"at least": {"number"}, "at most": {"number"}, "is": {"text", "number"}, "yes": {"flag"}, "no": {"flag"}}
MUST_ASK_FOR = frozenset({"email", "sms", "call"})  # channels that a withdrawn marketing consent closes
READ = """
    SELECT r.id, r.name, r.conditions, r.says, r.needs, r.days,
           EXISTS (SELECT 1 FROM journeys_actionanswer a WHERE a.rule_id = r.id
                   AND a.identifier_id = ANY(%s::bigint[]) AND a.at > %s)
    FROM journeys_actionrule r WHERE r.is_live ORDER BY r.position, r.id
"""
Known = Mapping[str, Any]  # by the names of ASKED; what is not known is not there


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule to try. is_answered: an agent said what becomes of it in the last days."""

    id: int
    name: str
    conditions: Sequence[Mapping[str, str]]
    says: str
    needs: str
    days: int
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What to do best, and why in words."""

    rule: Rule
    why: tuple[str, ...]


def reading_rules(identifiers: Sequence[int], now: datetime) -> Reading[list[Rule]]:
    """The rules that are live, in their order."""
    [rows] = yield [Statement(READ, [array(identifiers), now - PUT_OFF_FOR])]
    return [Rule(row, name, orjson.loads(asked), *rest) for row, name, asked, *rest in rows]


def known_of(found: Gathered, now: datetime, mood: str = "") -> dict[str, Any]:
    """What rules may ask about."""
    step = next(given_up(found.hits, now), None)
    waiting = [fact for fact in unanswered(found.contacts, now) if fact.kind == "unanswered"]
    sale = next(iter(found.pieces("sale")), None)
    recent = [hit for hit in found.hits if now - hit.at <= WEEK]
    known: dict[str, Any] = {
        "pages_7d": sum(hit.kind in ("page", "screen") for hit in recent),
        "open_cases": len(found.pieces("case")),
        "contacts_7d": sum(now - one.at <= WEEK for one in found.contacts),
        "promise_overdue": any(one.until and one.until < now for one in found.pieces("promise")),
    }
    if step:
        known["given_up_hours"] = int((now - step.at).total_seconds() // 3600)
    if waiting:
        known["unanswered_days"] = max((now - fact.at).days for fact in waiting)
    if sale:
        known["last_sale_days"] = (now - sale.at).days
    return known | {name: said for name, said in (("topic", topic_of(recent)), ("mood", mood)) if said}


def best(rules: Sequence[Rule], known: Known, closed: Collection[str]) -> Action | None:
    """The first rule that holds, is not answered, and whose channel is open. closed: channels that are not."""
    for rule in rules:
        told = why(rule.conditions, known)
        if told is not None and not rule.is_answered and rule.needs not in closed:
            may = [f"{rule.needs} is allowed"] if rule.needs in MUST_ASK_FOR else []
            return Action(rule, (*told, *may))
    return None


def why(conditions: Sequence[Mapping[str, str]], known: Known) -> list[str] | None:
    """The conditions in words, with what is known; None where one does not hold."""
    told = []
    for one in conditions:
        value = known.get(one["fact"])
        if not holds(one, value):
            return None
        label, kind = ASKED[one["fact"]]
        told.append(label if kind == "flag" else f"{label}: {value}")
    return told


def holds(condition: Mapping[str, str], value: Any) -> bool:
    """Whether a condition holds; of what is not known, only that it is no."""
    test, wanted = condition["is"], condition.get("value", "")
    if test in ("yes", "no"):
        return bool(value) is (test == "yes")
    if value is None:
        return False
    if test == "is":
        return str(value).casefold() == wanted.strip().casefold()
    return float(value) >= float(wanted) if test == "at least" else float(value) <= float(wanted)


def closed_channels(permissions: Sequence[Permission]) -> set[str]:
    """The channels that marketing may not use: withdrawn for them, or for every one."""
    withdrawn = {one.channel for one in permissions if one.purpose == "marketing" and one.is_withdrawn}
    given = {one.channel for one in permissions if one.purpose == "marketing" and one.is_given}
    return set(MUST_ASK_FOR) - given if "" in withdrawn else withdrawn
