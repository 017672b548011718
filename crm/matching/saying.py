"""What was found of a pair, in one sentence for people. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from crm.matching.policy import BIRTH, GIVEN_NAME
from crm.matching.waterfall import Agreement, Finding, capital

Values = tuple[str, ...]
Sides = tuple[Values, Values]
MOST_SAID = 6  # clauses of what agrees
LONGEST_VALUE = 40
TOLD = frozenset({GIVEN_NAME, "surname", BIRTH, "company", "city"})  # fields whose values tell, where they disagree
SAME_WORDS = {BIRTH: "born the same day"}
ADDRESS = ("street", "street_number", "postcode", "city")
PARTS_OF_AN_ADDRESS = ("street", "street_number")


def sentence(findings: Iterable[Finding], values: Mapping[str, Sides]) -> str:
    """A pair in a sentence: what agrees, what nearly does, what contradicts. values: as people read them, by
    comparison.
    """
    known = [one for one in findings if one.agreement != Agreement.MISSING]
    same = [one for one in known if one.agreement == Agreement.SAME]
    near = [one for one in known if one.agreement == Agreement.NEAR]
    names = [one for one in near if one.comparison == GIVEN_NAME and both(values, one.comparison)]
    agreeing = [*same_words(same), *(near_words(one, values) for one in near if one not in names)]
    told = [cut(agreeing), *(f"given names {both(values, one.comparison)}" for one in names)]
    against = [apart(one, values) for one in known if one.agreement == Agreement.DIFFERS]
    if against:
        told.append(("but " if any(told) else "") + ", ".join(against))
    said = "; ".join(filter(None, told))
    return f"{capital(said)}." if said else "Nothing that both are known by can be compared."


def cut(clauses: Sequence[str]) -> str:
    """Clauses in a row; of many, the first few and how many more."""
    more = len(clauses) - MOST_SAID
    if more <= 1:
        return ", ".join(clauses)
    return ", ".join((*clauses[:MOST_SAID], f"and {more} more agree"))


def same_words(same: Sequence[Finding]) -> list[str]:
    """What is the same, the weightiest first; an address in one clause."""
    ordered = sorted(same, key=lambda one: -one.weight)
    names = {one.comparison for one in same}
    whole = names >= set(PARTS_OF_AN_ADDRESS)
    inside = set(ADDRESS if whole and "postcode" in names else PARTS_OF_AN_ADDRESS) if whole else set()
    clauses = [
        SAME_WORDS.get(one.comparison) or one.words for one in ordered if one.comparison not in inside - {"street"}
    ]
    address = "same address" if "postcode" in inside else "same street and number"
    return [address if whole and clause == "same street" else clause for clause in clauses]


def near_words(one: Finding, values: Mapping[str, Sides]) -> str:
    """What nearly agrees, with both values where they tell."""
    told = both(values, one.comparison) if one.comparison in TOLD else ""
    return f"{one.words} ({told})" if told else one.words


def apart(one: Finding, values: Mapping[str, Sides]) -> str:
    """What differs, with both values where they tell."""
    told = both(values, one.comparison) if one.comparison in TOLD else ""
    if not told:
        return one.words
    if one.comparison == BIRTH:
        return f"born on {told}"
    return (
        f"{one.label}s {told} differ" if one.comparison in (GIVEN_NAME, "surname") else f"{one.label} differs: {told}"
    )


def both(values: Mapping[str, Sides], name: str) -> str:
    """Both sides' first values: Liz and Elizabeth. Empty where one is not there to show, or too long to."""
    mine, others = values.get(name, ((), ()))
    if not mine or not others or max(len(mine[0]), len(others[0])) > LONGEST_VALUE:
        return ""
    return f"{mine[0]} and {others[0]}"
