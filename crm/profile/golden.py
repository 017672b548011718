"""The golden record: which of the asserted values shows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.identity.kinds import RANK, Kind

NAMING = frozenset({Kind.EMAIL.value, Kind.PHONE.value, Kind.HANDLE.value})


@dataclass(frozen=True, slots=True)
class Assertion:
    """One value of one field, as one source asserted it. at: when it last did; aware."""

    name: str
    value: str
    source: str
    is_trusted: bool
    at: datetime

    @property
    def strength(self) -> tuple[bool, datetime, str, str]:
        """A trusted source comes first, then the most recent; the rest only keeps the choice the same every time."""
        return self.is_trusted, self.at, self.value, self.source


@dataclass(frozen=True, slots=True)
class GoldenField:
    """The value shown, the sources that say the same, and the best assertion of each other value, strongest first."""

    shown: Assertion
    agreeing: tuple[Assertion, ...]
    others: tuple[Assertion, ...]

    @property
    def value(self) -> str:
        return self.shown.value


def survive(assertions: Iterable[Assertion]) -> dict[str, GoldenField]:
    """The golden record by field name. The order of the assertions does not matter."""
    by_field: dict[str, list[Assertion]] = {}
    for assertion in assertions:
        by_field.setdefault(assertion.name, []).append(assertion)
    return {name: golden_field(by_field[name]) for name in sorted(by_field)}


def golden_field(assertions: Sequence[Assertion]) -> GoldenField:
    """The survivor of one field's assertions, of which there is at least one."""
    ranked = sorted(assertions, key=lambda assertion: assertion.strength, reverse=True)
    best: dict[str, Assertion] = {}
    for assertion in ranked:
        best.setdefault(folded(assertion.value), assertion)
    shown, *others = best.values()
    agreeing = tuple(a for a in ranked if a is not shown and folded(a.value) == folded(shown.value))
    return GoldenField(shown, agreeing, tuple(others))


def folded(value: str) -> str:
    """What two spellings of one value have in common."""
    return " ".join(value.split()).casefold()


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
