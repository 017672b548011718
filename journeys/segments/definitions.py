"""What a segment is: conditions on journeys, on how often something happened, on traits and consents. Pure.

As JSON: {"match": "all", "conditions": [{"is": "journey", "first": {"what": "page", "value": "/quote/"}, "days": 30,
"then": [{"did": false, "step": {...}, "within": 1800}]}, {"is": "count", "step": {...}, "least": 3, "days": 7},
{"is": "trait", "name": "city", "test": "is", "value": "Cardiff"}, {"is": "consent", "purpose": "marketing",
"given": true}]}.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.errors import ThroughlineError
from crm.privacy.masking import Veil
from journeys.segments.steps import CHOICES, WHATS, Step

LONGEST = 200  # characters of a value
MOST_DAYS, MOST_WITHIN, MOST_TIMES = 366, timedelta(days=90), 1_000
MOST_CONDITIONS, MOST_STEPS = 10, 4
TESTS = {"is": "is", "is not": "is not", "known": "is known"}
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class BadDefinition(ThroughlineError):
    """A definition that cannot be read; its text says the remedy."""


@dataclass(frozen=True, slots=True)
class Then:
    """What followed, or did not, within a time of the first step."""

    step: Step
    did: bool
    within: timedelta


@dataclass(frozen=True, slots=True)
class Journey:
    """A first step in the last so many days, after which every `then` is so; each is counted from the first step. What
    did not follow is so once its time has passed.
    """

    first: Step
    days: int
    then: tuple[Then, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """A step at least so many times in the last so many days."""

    step: Step
    least: int
    days: int


@dataclass(frozen=True, slots=True)
class Trait:
    """What the golden record shows of a field that many people share the values of."""

    name: str
    test: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A purpose that is given on a channel at least; or refused on one, and given on none."""

    purpose: str
    is_given: bool


Condition = Journey | Count | Trait | Consent
Keep = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Definition:
    """Conditions, all of which hold, or any."""

    conditions: tuple[Condition, ...]
    is_any: bool = False

    @property
    def steps(self) -> dict[Step, timedelta]:
        """Every step, and how far back it matters."""
        found: dict[Step, timedelta] = {}
        for one in self.conditions:
            for step in steps_of(one):
                found[step] = max(found.get(step, timedelta()), timedelta(days=days_of(one)))
        return found

    @property
    def drivers(self) -> list[tuple[Step, int]]:
        """Steps, with days, one of which everybody has done who is in it; empty where there is no such."""
        each = [(first_of(one), days_of(one)) for one in self.conditions if isinstance(one, Journey | Count)]
        if self.is_any:
            return each if len(each) == len(self.conditions) else []
        return sorted(each, key=lambda one: one[0].kind.rank)[:1]

    @property
    def traits(self) -> list[str]:
        return sorted({one.name for one in self.conditions if isinstance(one, Trait)})

    @property
    def asks_consent(self) -> bool:
        return any(isinstance(one, Consent) for one in self.conditions)


def first_of(one: Journey | Count) -> Step:
    return one.first if isinstance(one, Journey) else one.step


def steps_of(one: Condition) -> list[Step]:
    if isinstance(one, Journey):
        return [one.first, *(then.step for then in one.then)]
    return [one.step] if isinstance(one, Count) else []


def days_of(one: Condition) -> int:
    return one.days if isinstance(one, Journey | Count) else 0


# Reading


def bounded(value: str) -> str:
    """A value that can be kept."""
    return value.replace("\0", "")[:LONGEST]


def plain(value: str) -> str:
    """A value that names nobody: a segment is about what people did, not about one of them."""
    said = bounded(value)
    if Veil().text(said) != said:
        raise BadDefinition("leave e-mail addresses and telephone numbers out")
    return said


def read(content: Any) -> Definition:
    """A definition out of JSON. Raises BadDefinition."""
    told = content if isinstance(content, dict) else {}
    conditions = told.get("conditions")
    if not isinstance(conditions, list) or not 1 <= len(conditions) <= MOST_CONDITIONS:
        raise BadDefinition(f"ask something: from 1 to {MOST_CONDITIONS} conditions")
    if told.get("match") not in ("all", "any"):
        raise BadDefinition("match is one of: all, any")
    return Definition(tuple(map(read_condition, conditions)), told["match"] == "any")


def read_condition(told: Any) -> Condition:
    kind = told.get("is") if isinstance(told, dict) else None
    reading: Mapping[Any, Callable[[Mapping[str, Any]], Condition]] = {
        "journey": read_journey, "count": read_count, "trait": read_trait, "consent": read_consent,
    }  # fmt: skip
    if kind not in reading:
        raise BadDefinition(f"a condition is one of: {', '.join(reading)}")
    return reading[kind](told)


def read_journey(told: Mapping[str, Any]) -> Journey:
    then = told.get("then", [])
    if not isinstance(then, list) or len(then) >= MOST_STEPS:
        raise BadDefinition(f"a journey has at most {MOST_STEPS} steps")
    return Journey(
        read_step(told.get("first")), whole(told.get("days"), MOST_DAYS, "days"), tuple(map(read_then, then))
    )


def read_then(told: Any, keep: Keep = plain) -> Then:
    if not isinstance(told, dict):
        raise BadDefinition("a step that follows says what, whether, and within which time")
    within = timedelta(seconds=whole(told.get("within"), int(MOST_WITHIN.total_seconds()), "within, in seconds,"))
    return Then(read_step(told.get("step"), keep), told.get("did") is True, within)


def read_count(told: Mapping[str, Any]) -> Count:
    least, days = whole(told.get("least"), MOST_TIMES, "times"), whole(told.get("days"), MOST_DAYS, "days")
    return Count(read_step(told.get("step")), least, days)


def read_trait(told: Mapping[str, Any]) -> Trait:
    name, test, value = (str(told.get(part) or "").strip() for part in ("name", "test", "value"))
    if not name or test not in TESTS:
        raise BadDefinition(f"a trait has a name and one of the tests: {', '.join(TESTS)}")
    if test != "known" and not value:
        raise BadDefinition(f"say what {name} {test}")
    return Trait(name[:60], test, plain(value) if test != "known" else "")


def read_consent(told: Mapping[str, Any]) -> Consent:
    purpose = str(told.get("purpose") or "").strip()[:40]
    if not purpose:
        raise BadDefinition("a consent has a purpose")
    return Consent(purpose, told.get("given") is True)


def read_step(told: Any, keep: Keep = plain) -> Step:
    what = told.get("what") if isinstance(told, dict) else None
    if what not in WHATS:
        raise BadDefinition(f"a step is one of: {', '.join(WHATS)}")
    takes, value = WHATS[what].takes, str(told.get("value") or "").strip()
    if takes and not value:
        raise BadDefinition(f"say what after “{WHATS[what].label}”")
    return Step(what, fitting(takes, value, keep) if takes else "")


def fitting(takes: str, value: str, keep: Keep) -> str:
    """A value as its kind of step takes it. keep: what becomes of words."""
    if takes in CHOICES and value not in CHOICES[takes]:
        raise BadDefinition(f"give one of: {', '.join(CHOICES[takes])}")
    if takes == "number":
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or abs(number) > 10**12:
            raise BadDefinition("give a number, such as 250 or 99.50")
        return f"{number:f}"
    return keep(value)


def whole(value: Any, most: int, of: str) -> int:
    """A whole number from 1 on."""
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= most):
        raise BadDefinition(f"{of} have to be a whole number from 1 to {most:,}")
    return int(text)


# Writing


def written(definition: Definition) -> dict[str, Any]:
    """A definition as JSON."""
    return {
        "match": "any" if definition.is_any else "all",
        "conditions": [written_condition(one) for one in definition.conditions],
    }


def written_condition(one: Condition) -> dict[str, Any]:
    if isinstance(one, Journey):
        then = [
            {"did": step.did, "step": written_step(step.step), "within": int(step.within.total_seconds())}
            for step in one.then
        ]
        return {"is": "journey", "first": written_step(one.first), "days": one.days, "then": then}
    if isinstance(one, Count):
        return {"is": "count", "step": written_step(one.step), "least": one.least, "days": one.days}
    if isinstance(one, Trait):
        return {"is": "trait", "name": one.name, "test": one.test, "value": one.value}
    return {"is": "consent", "purpose": one.purpose, "given": one.is_given}


def written_step(step: Step) -> dict[str, str]:
    return {"what": step.what, "value": step.value}


# Saying


def said(definition: Definition) -> str:
    """A definition in words."""
    return ("; or " if definition.is_any else "; and ").join(said_one(one) for one in definition.conditions)


def said_one(one: Condition) -> str:
    if isinstance(one, Journey):
        parts = [f"{one.first.said} in the last {counted(one.days, 'day')}"]
        parts += [
            f"{then.step.said if then.did else f'not: {then.step.said}'}, within {span(then.within)}"
            for then in one.then
        ]
        return ", then ".join(parts)
    if isinstance(one, Count):
        return f"{one.step.said} at least {counted(one.least, 'time')} in the last {counted(one.days, 'day')}"
    if isinstance(one, Trait):
        return f"{one.name.replace('_', ' ')} {TESTS[one.test]} {one.value}".strip()
    return f"{one.purpose} {'allowed' if one.is_given else 'refused'}"


def span(within: timedelta) -> str:
    seconds = int(within.total_seconds())
    unit, size = next(((unit, size) for unit, size in UNITS if seconds % size == 0), ("second", 1))
    return counted(seconds // size, unit)


def counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
