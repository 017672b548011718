"""Blocking: which records are compared at all. Those that share a key are; a key in too many hands is not one.

A key is a rule's name and a value of each of its columns: plain text, for a b-tree or a join.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from crm.matching.records import WALL, Features

LARGEST_BLOCK = 100  # records that share a key; larger blocks hold namesakes, and other keys find their duplicates


@dataclass(frozen=True)
class Rule:
    """A blocking rule. is_sorted: its values count in any order (names that change places)."""

    columns: tuple[str, ...]
    is_sorted: bool = False

    @cached_property
    def name(self) -> str:
        return "+".join(self.columns)

    def keys(self, record: Features) -> set[str]:
        columns = [record.get(column, ()) for column in self.columns]
        if not all(columns):  # as of most rules for most records
            return set()
        rows = product(*columns)
        wall = record.get(WALL, ())  # no key leads across a wall
        return {"|".join((self.name, *(sorted(row) if self.is_sorted else row), *wall)) for row in rows}


RULES = (
    Rule(("email",)),
    Rule(("phone",)),
    Rule(("national_id",)),
    Rule(("email_local",)),
    Rule(("dob",)),
    Rule(("dob", "given_root")),
    Rule(("dob", "surname_sound")),
    Rule(("dob", "postcode")),
    Rule(("dob_swapped", "surname_sound")),
    Rule(("given", "surname"), is_sorted=True),
    Rule(("given_root", "surname_sound")),
    Rule(("given_root", "surname_sound", "dob_year")),
    Rule(("given_root", "surname_sound", "dob_day")),
    Rule(("given_root", "surname_sound", "postcode")),
    Rule(("surname_sound", "postcode")),
    Rule(("given_root", "postcode")),
    Rule(("given_root", "surname_part", "city")),
    Rule(("surname_sound", "dob_year")),
    Rule(("given_root", "dob_month")),
    Rule(("given_root", "dob_day")),
    Rule(("surname_sound", "dob_day")),
    Rule(("surname_sound", "dob_month")),
    Rule(("street", "number")),
    Rule(("street",)),
    Rule(("line2",)),
    Rule(("postcode", "number")),
    Rule(("street_sound", "number", "given_root")),
    Rule(("street_sound", "number", "city")),
    Rule(("city", "surname_sound")),
    Rule(("company", "given_root")),
    Rule(("company", "surname_sound")),
    Rule(("company",)),
    Rule(("company_sound", "city")),
    Rule(("surname",)),
    Rule(("surname_part",)),
    Rule(("given", "number")),
)


def rules_for(columns: Collection[str]) -> tuple[Rule, ...]:
    """The rules that the columns allow, those of their own columns (extra_...) included."""
    own = sorted(column for column in columns if column.startswith("extra_"))
    more = (rule for column in own for rule in (Rule((column,)), Rule((column, "surname_sound"))))
    names = (rule for column in own for rule in (Rule((column, "given_root")),))
    return tuple(rule for rule in (*RULES, *more, *names) if set(rule.columns) <= set(columns))


def named(names: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of these names, in their order."""
    known = {rule.name: rule for rule in RULES}
    return tuple(known.get(name) or Rule(tuple(name.split("+"))) for name in names)


def keys_of(record: Features, rules: Iterable[Rule]) -> frozenset[str]:
    """All blocking keys of one record."""
    return frozenset(key for rule in rules for key in rule.keys(record))
