"""The conditions of routing rules: what may be asked of the facts known of a caller, and how it is said. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.errors import ThroughlineError
from crm.profile.standards import language

Facts = Mapping[str, Any]  # by the names of FACTS; what is not known is not there
Condition = Mapping[str, Any]

ALWAYS = "every call"


class BadCondition(ThroughlineError):
    """A condition that cannot be read; its text says the remedy."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that rules may ask. kind: "number", "text" or "flag". say: how what is known is said."""

    label: str
    kind: str
    say: Callable[[Any, Condition], str]


def pages_said(count: Any, asked: Condition) -> str:
    topic = str(asked.get("about", "")).strip()
    words = f"{topic[:1].upper()}{topic[1:]} page" if topic else "page"
    return f"{count} {words}{'' if count == 1 else 's'} in 3 days"


def nth(count: Any, asked: Condition) -> str:
    number = int(count)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"their {number}{ending} call"


FACTS: dict[str, Fact] = {
    "pages": Fact("Pages looked at in 3 days, about", "number", pages_said),
    "campaign": Fact("Campaign they came by", "text", lambda value, _: f"came by {value}"),
    "abandoned": Fact("Step given up", "text", lambda value, _: f"gave up at {value}"),
    "value": Fact("Value of what they looked at", "number", lambda value, _: f"{value:,.0f} at stake"),
    "language": Fact("Language", "text", lambda value, _: f"speaks {value}"),
    "last_agent": Fact("Agent they talked to last", "text", lambda value, _: f"talked to {value} last"),
    "open_case": Fact("Open case", "flag", lambda value, _: "has an open case" if value else "has no open case"),
    "mood": Fact("Mood of the last contacts (-1 to 1)", "number", lambda value, _: f"mood {value:+.1f}"),
    "calls": Fact("How many times they have called, this time included", "number", nth),
    "line": Fact("Line (known, shared, unknown, withheld)", "text", lambda value, _: f"{value} line"),
    "dialled": Fact("Number dialled", "text", lambda value, _: f"dialled {value}"),
}
TESTS: dict[str, tuple[str, frozenset[str]]] = {
    "at least": ("at least", frozenset({"number"})),
    "at most": ("at most", frozenset({"number"})),
    "is": ("is", frozenset({"number", "text", "flag"})),
    "is not": ("is not", frozenset({"text"})),
    "has": ("contains", frozenset({"text"})),
}


def why(conditions: Sequence[Condition], facts: Facts) -> str:
    """Why the conditions hold, in words; "" where one does not. Raises BadCondition, or what a wrong value raises."""
    told = []
    for condition in conditions:
        known = value_of(condition, facts)
        if not holds(condition, known):
            return ""
        told.append(FACTS[condition["fact"]].say(known, condition))
    return ", ".join(filter(None, told)) or ALWAYS


def value_of(condition: Condition, facts: Facts) -> Any:
    """What is known of what a condition asks; of pages, how many were about its topic."""
    name = condition.get("fact")
    if name not in FACTS:
        raise BadCondition(f"there is no fact {name}; there are: {', '.join(FACTS)}")
    if name != "pages":
        return facts.get(name)
    topic = str(condition.get("about", "")).strip().casefold()
    pages = facts.get("pages", {})
    return pages.get(topic, 0) if topic else facts.get("pages_in_all", 0)


def holds(condition: Condition, known: Any) -> bool:
    """Whether a condition holds of what is known; of what is not, only that it is not something."""
    test, wanted = condition.get("is"), condition.get("value")
    if test not in TESTS:
        raise BadCondition(f"there is no test {test}; there are: {', '.join(TESTS)}")
    if FACTS[condition["fact"]].kind == "flag":
        return bool(known) == is_yes(wanted)
    if known is None:
        return bool(test == "is not")
    if test in ("at least", "at most"):
        return float(known) >= float(str(wanted)) if test == "at least" else float(known) <= float(str(wanted))
    left, right = (comparable(condition, str(one).strip()).casefold() for one in (known, wanted))
    if test == "has":
        return right in left
    return bool((left == right) == (test == "is"))


def comparable(condition: Condition, said: str) -> str:
    """What is known or asked, so that both can be compared: a language by its tag, however it was called."""
    is_tongue = condition["fact"] == "language" and condition.get("is") != "has"
    return (language(said) if is_tongue else None) or said


def is_yes(wanted: Any) -> bool:
    return str(wanted).strip().casefold() in ("true", "yes", "1")


def check(conditions: Any) -> None:
    """Raises BadCondition, which says the remedy, unless these are conditions that can be asked of any caller."""
    if not isinstance(conditions, list) or not all(isinstance(one, dict) for one in conditions):
        raise BadCondition('write a list of conditions: [{"fact": "calls", "is": "at least", "value": 2}]')
    for one in conditions:
        value_of(one, {})
        kind, test = FACTS[one["fact"]].kind, one.get("is")
        if test not in TESTS or kind not in TESTS[test][1]:
            fitting = ", ".join(name for name, (_, kinds) in TESTS.items() if kind in kinds)
            raise BadCondition(f"{one['fact']} can be asked with: {fitting}")
        try:
            holds(one, {"number": 1, "text": "x", "flag": True}[kind])
        except ValueError:
            raise BadCondition(f"the value for {one['fact']} has to be a number") from None


def said(conditions: Any) -> str:
    """Conditions in words; of what cannot be read, that it cannot."""
    try:
        check(conditions)
    except BadCondition as error:
        return f"cannot be read: {error}"
    return ", and ".join(said_one(one) for one in conditions) or ALWAYS


def said_one(condition: Condition) -> str:
    fact, value = FACTS[condition["fact"]], condition.get("value")
    if fact.kind == "flag":
        return fact.say(is_yes(value), condition)
    topic = str(condition.get("about", "")).strip()
    label = fact.label[:1].lower() + fact.label[1:]
    if condition["fact"] == "pages":
        label = f"pages about {topic} looked at in 3 days" if topic else "pages looked at in 3 days"
    return f"{label}: {TESTS[condition['is']][0]} {value}"
