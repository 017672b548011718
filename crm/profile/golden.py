"""The golden record: which of the asserted values shows, and why. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from crm.identity.kinds import RANK, Kind
from crm.profile.fields import folded
from crm.profile.rules import DEFAULT, Rule, Rules

NAMING = frozenset({Kind.EMAIL.value, Kind.PHONE.value, Kind.HANDLE.value})


@dataclass(frozen=True, slots=True)
class Assertion:
    """One value of one field, as one source asserted it of one identifier.

    at, since: when it last and first did; aware. source_id: the public one. days: on how many it did.
    is_verified: whoever said it had checked it. flaw: why it does not fit its field.
    """

    name: str
    value: str
    source: str
    is_trusted: bool
    at: datetime
    source_id: str = ""
    is_staff: bool = False
    is_verified: bool = False
    days: int = 1
    since: datetime | None = None
    identifier_id: int = 0
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class GoldenField:
    """The value shown and why, the assertions that say the same, and the best one of each other value, strongest first.

    Values that do not fit the field are among the others, each with its flaw.
    """

    shown: Assertion
    agreeing: tuple[Assertion, ...]
    others: tuple[Assertion, ...]
    why: str = ""

    @property
    def value(self) -> str:
        return self.shown.value


class Court:
    """One field's assertions before the rules."""

    def __init__(self, assertions: Sequence[Assertion], rules: Rules) -> None:
        self.rules = rules
        self.order = rules.order_of(assertions[0].name)
        self.assertions = marked = [heard(one, rules) for one in assertions]
        self.ranked = sorted(marked, key=self.strength, reverse=True) if len(marked) > 1 else marked

    @cached_property
    def said(self) -> Counter[str]:
        """On how many days each value was said."""
        days = Counter[str]()
        for one in self.assertions:
            days[folded(one.value)] += one.days
        return days

    def strength(self, one: Assertion) -> tuple[Any, ...]:
        """What fits comes first, then the rules in their order; the rest keeps the choice the same every time."""
        merits = [self.merit(rule, one) for rule in self.order]
        return not one.flaw, *merits, one.value, one.source, one.at, one.identifier_id

    def merit(self, rule: Rule, one: Assertion) -> Any:
        if rule == Rule.VERIFIED:
            return one.is_verified
        if rule == Rule.STAFF:
            return one.is_staff
        if rule == Rule.SOURCE:
            return self.rules.rank(one.source_id), one.is_trusted
        return one.at if rule == Rule.RECENT else self.said[folded(one.value)]

    def why(self, shown: Assertion, other: Assertion | None) -> str:
        """Why a value is shown and not the next best, in words."""
        if other is None:
            decided = "the only value"
        elif other.flaw:
            decided = "the only value that fits"
        else:
            rule = next((rule for rule in self.order if self.merit(rule, shown) != self.merit(rule, other)), None)
            decided = words(rule, shown, other)
        checked = f"verified by {shown.source}"
        return f"{decided}; {checked}" if shown.is_verified and decided != checked else decided


def heard(one: Assertion, rules: Rules) -> Assertion:
    """An assertion as its field's standard writes it, with why it does not fit where it does not."""
    flaw, value = rules.flaw(one.name, one.value), rules.meant(one.name, one.value)
    return one if not flaw and value == one.value else replace(one, flaw=flaw, value=value)


def words(rule: Rule | None, shown: Assertion, other: Assertion) -> str:
    """What decided between two values."""
    if rule is None:
        return "a tie with another value"
    return {
        Rule.VERIFIED: f"verified by {shown.source}",
        Rule.STAFF: "said by staff",
        Rule.SOURCE: f"{shown.source} ranks above {other.source}",
        Rule.RECENT: "most recent",
        Rule.FREQUENT: "said most often",
    }[rule]


class Verdict(NamedTuple):
    """The golden record by field name; and the values, as they were said, of the fields that have none that fits."""

    golden: dict[str, GoldenField]
    unfit: dict[str, tuple[Assertion, ...]]


def survive(assertions: Iterable[Assertion], rules: Rules = DEFAULT) -> dict[str, GoldenField]:
    """The golden record by field name. The order of the assertions does not matter."""
    return judge(assertions, rules).golden


def judge(assertions: Iterable[Assertion], rules: Rules = DEFAULT) -> Verdict:
    """What shows of each field, and the fields of which nothing does."""
    courts = judged(assertions, rules)
    return Verdict(
        {name: golden_field(court) for name, court in courts.items() if not court.ranked[0].flaw},
        {name: best_of_each(court.ranked) for name, court in courts.items() if court.ranked[0].flaw},
    )


def judged(assertions: Iterable[Assertion], rules: Rules) -> dict[str, Court]:
    by_field: dict[str, list[Assertion]] = {}
    for assertion in assertions:
        by_field.setdefault(assertion.name, []).append(assertion)
    return {name: Court(by_field[name], rules) for name in sorted(by_field)}


def golden_field(court: Court) -> GoldenField:
    """The survivor of one field's assertions, of which there is at least one."""
    if len(court.ranked) == 1:  # as most fields of most customers are
        return GoldenField(court.ranked[0], (), (), court.why(court.ranked[0], None))
    shown, *others = best_of_each(court.ranked)
    same = folded(shown.value)
    agreeing = tuple(a for a in court.ranked if a is not shown and folded(a.value) == same)
    return GoldenField(shown, agreeing, tuple(others), court.why(shown, others[0] if others else None))


def best_of_each(ranked: Iterable[Assertion]) -> tuple[Assertion, ...]:
    """The best assertion of each value."""
    best: dict[str, Assertion] = {}
    for assertion in ranked:
        best.setdefault(folded(assertion.value), assertion)
    return tuple(best.values())


def display_name(golden: Mapping[str, GoldenField], contacts: Iterable[tuple[str, str]], public_id: UUID) -> str:
    """What a customer is called: their name, else a way to reach them, else a visitor with a short number.

    contacts: (kind, value) of the customer's identifiers.
    """
    names = {field: golden[field].value for field in ("given_name", "surname", "full_name") if field in golden}
    if len(names) == 3 or names.keys() == {"given_name", "surname"}:
        return f"{names['given_name']} {names['surname']}"
    name = names.get("full_name") or names.get("given_name") or names.get("surname")
    return name or reached_by(contacts) or f"Visitor {str(public_id)[:4]}"


def reached_by(contacts: Iterable[tuple[str, str]]) -> str:
    """The first e-mail address, phone or handle; empty when there is none."""
    ranked = sorted((RANK[kind], value) for kind, value in contacts if kind in NAMING)
    return ranked[0][1] if ranked else ""
