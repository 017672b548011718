"""Survivorship: the rules that choose the value shown, field by field, as admins set them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from crm.profile.fields import Field, FieldType, flaw, meant, type_of


class Rule(StrEnum):
    """One thing to prefer a value for."""

    VERIFIED = "verified"
    STAFF = "staff"
    SOURCE = "source"
    RECENT = "recent"
    FREQUENT = "frequent"


ORDER = tuple(Rule)
SAID = {
    Rule.VERIFIED: "verified",
    Rule.STAFF: "said by staff",
    Rule.SOURCE: "rank of the source",
    Rule.RECENT: "most recent",
    Rule.FREQUENT: "most frequent",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides. orders: of the fields that have an order of their own. sources: public ids, the best first;
    those that are not among them come after, the trusted before the others. fields: those that admins defined.
    """

    order: tuple[Rule, ...] = ORDER
    orders: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)

    def order_of(self, name: str) -> tuple[Rule, ...]:
        return self.orders.get(name, self.order)

    def rank(self, source: str) -> int:
        """How high a source (its public id) ranks; 0: it was given no rank."""
        return len(self.sources) - self.sources.index(source) if source in self.sources else 0

    def flaw(self, name: str, value: str) -> str:
        """Why a value does not fit its field; empty when it does."""
        return flaw(self.field(name), value)

    def meant(self, name: str, value: str) -> str:
        """A value as its field's standard writes it; one that does not fit as it was said."""
        return meant(self.field(name), value)

    def field(self, name: str) -> Field:
        return self.fields.get(name) or standard(name)

    def with_order(self, name: str, order: Iterable[Rule]) -> "Rules":
        """These rules with another order: of one field, or of all that have none of their own ("")."""
        if not name:
            return replace(self, order=tuple(order))
        orders = {**self.orders, name: tuple(order)}
        return replace(self, orders={one: kept for one, kept in orders.items() if kept != self.order})

    def with_sources(self, sources: Iterable[str]) -> "Rules":
        return replace(self, sources=tuple(sources))

    def with_field(self, one: Field) -> "Rules":
        return replace(self, fields={**self.fields, one.name: one})

    def without_field(self, name: str) -> "Rules":
        return replace(self, fields={one: kept for one, kept in self.fields.items() if one != name})

    @property
    def content(self) -> dict[str, Any]:
        """These rules as JSON."""
        return {
            "order": list(self.order),
            "orders": {name: list(order) for name, order in self.orders.items()},
            "sources": list(self.sources),
            "fields": {
                name: {"label": one.label, "type": one.type, "choices": list(one.choices)}
                for name, one in self.fields.items()
            },
        }


DEFAULT = Rules()


@lru_cache(maxsize=1_000)
def standard(name: str) -> Field:
    """A field that everybody has, or that nobody has defined: then it takes any text."""
    return Field(name, "", type_of(name))


def read_rules(content: Mapping[str, Any] | None) -> Rules:
    """The rules that `Rules.content` was made of; the defaults of none."""
    if not content:
        return DEFAULT
    defined = content["fields"].items()
    return Rules(
        tuple(map(Rule, content["order"])),
        {name: tuple(map(Rule, order)) for name, order in content["orders"].items()},
        tuple(content["sources"]),
        {name: Field(name, one["label"], FieldType(one["type"]), tuple(one["choices"])) for name, one in defined},
    )
