"""What counts as a conversion: from what happened to what it was worth, and which of several stand. Pure.

A definition names events; of those of which its conditions hold, each is a row: something that counts, a refund, or a
cancellation. Which rows stand is a fold over all rows of one order, or of one customer, in whatever order they came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from journeys.attribution.grouping import is_like

EACH, ORDER, CUSTOMER = "each", "order", "customer"
COUNTS, REFUND, CANCEL = "", "refund", "cancel"  # what a row is
REPEAT, CANCELLED = "repeat", "cancelled"  # why it does not stand
FACTS = {
    "page": "Page (its path)", "title": "Title", "value": "Value", "outcome": "Outcome of the call",
    "reason": "Reason of the call", "duration": "Seconds of the call", "queue": "Call queue",
    "property": "Property, named",
}  # fmt: skip
IS, IS_NOT, AT_LEAST, AT_MOST, TOLD, NOT_TOLD = "is", "is not", "at least", "at most", "told", "not told"
TESTS = {IS: "is", IS_NOT: "is not", AT_LEAST: "at least", AT_MOST: "at most", TOLD: "is told", NOT_TOLD: "is not told"}
OF_ITSELF = (TOLD, NOT_TOLD)  # these compare with nothing
MOST = Decimal(10) ** 10
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Definition:
    """What counts. events, refunds, cancels: names of events or kinds, * for anything. conditions: [{"fact", "about",
    "is", "value"}], all of which must hold. value_field: of what the event says; "" for `fixed`, each time. currency:
    where the event says none. once: each, by its order's number (order_field), or once per customer in so many days.
    """

    pk: int
    version: int
    channel: str
    events: tuple[str, ...]
    conditions: Sequence[Mapping[str, str]] = ()
    value_field: str = "value"
    fixed: Decimal = Decimal(0)
    currency: str = "EUR"
    once: str = ORDER
    order_field: str = "order_id"
    days: int = 30
    refunds: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()


class Happened(NamedTuple):
    """An interaction, with what became of it where it is a call."""

    interaction: int
    identifier: int
    at: datetime
    channel: str
    kind: str
    title: str
    data: Mapping[str, Any]
    outcome: str = ""
    reason: str = ""
    queue: str = ""


class Counted(NamedTuple):
    """A row: what an interaction is by a definition."""

    definition: int
    version: int
    interaction: int
    identifier: int
    at: datetime
    channel: str
    role: str
    value: Decimal
    currency: str
    order: str


class Row(NamedTuple):
    """A row as the fold sees it. customer: whose it is now."""

    pk: int
    role: str
    at: datetime
    interaction: int
    order: str
    customer: int


def counted(definition: Definition, one: Happened) -> Counted | None:
    """What an interaction is by a definition; None where it is nothing."""
    role = role_of(definition, one)
    if role is None:
        return None
    value, currency = worth(definition, one)
    return Counted(
        definition.pk, definition.version, one.interaction, one.identifier, one.at, one.channel, role,
        -abs(value) if role == REFUND else value, currency, said(one, definition.order_field)[:120],
    )  # fmt: skip


def role_of(definition: Definition, one: Happened) -> str | None:
    if one.channel != definition.channel:
        return None
    if is_named(one, definition.cancels):
        return CANCEL
    if is_named(one, definition.refunds):
        return REFUND
    is_it = is_named(one, definition.events) and all(holds(asked, one) for asked in definition.conditions)
    return COUNTS if is_it else None


def is_named(one: Happened, names: tuple[str, ...]) -> bool:
    """Whether an interaction is of one of these events, or kinds."""
    event = str(one.data.get("event") or "")
    return bool(names) and (is_like(one.kind, names) or bool(event and is_like(event, names)))


def holds(asked: Mapping[str, str], one: Happened) -> bool:
    """Whether a condition holds; what is not known is nothing, neither more nor less than anything."""
    known, wanted = fact_of(asked, one), asked["value"]
    if asked["is"] in OF_ITSELF:
        return bool(known) == (asked["is"] == TOLD)
    if asked["is"] in (AT_LEAST, AT_MOST):
        left, right = number(known), number(wanted)
        if left is None or right is None:
            return False
        return left >= right if asked["is"] == AT_LEAST else left <= right
    return is_like(known, tuple(word.strip() for word in wanted.split(","))) == (asked["is"] == IS)


def fact_of(asked: Mapping[str, str], one: Happened) -> str:
    name = asked["fact"]
    if name == "property":
        return said(one, asked.get("about", ""))
    if name == "page":
        return str(one.data.get("path") or "") or str(one.data.get("url") or "").partition("?")[0]
    if name == "outcome":
        return one.outcome or str(one.data.get("outcome") or "")
    own = {"title": one.title, "reason": one.reason, "queue": one.queue}
    return own[name] if name in own else said(one, name)


def said(one: Happened, name: str) -> str:
    """What an interaction says of something, as text: among its properties, or beside them."""
    properties = one.data.get("properties")
    found = properties.get(name) if isinstance(properties, dict) else None
    found = one.data.get(name) if found is None else found
    return str(found).strip() if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def number(text: str) -> Decimal | None:
    """An amount; None for what is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < MOST else None


def worth(definition: Definition, one: Happened) -> tuple[Decimal, str]:
    """(value, currency); what cannot be read is worth nothing, in the currency of the definition."""
    told = said(one, "currency").upper()
    currency = told if len(told) == 3 and told.isascii() and told.isalpha() else definition.currency
    if not definition.value_field:
        return definition.fixed, definition.currency
    found = number(said(one, definition.value_field))
    return (found.quantize(CENT) if found is not None else Decimal(0)), currency


def why_not(rows: Iterable[Row], once: str, days: int) -> dict[int, tuple[str, datetime]]:
    """Of the rows of whole orders, or customers: (why, since when) of those that do not stand. Any order.

    An order that was cancelled later does not stand, nor does what was given back for it; one of the same number after
    that does.
    """
    ordered = sorted(rows, key=lambda row: (row.at, row.interaction, row.pk))
    cancelled: dict[str, datetime] = {row.order: row.at for row in ordered if row.role == CANCEL and row.order}
    found: dict[int, tuple[str, datetime]] = {}
    last: dict[Any, datetime] = {}
    for row in ordered:
        over = cancelled.get(row.order)
        if row.role == CANCEL:
            found[row.pk] = CANCELLED, row.at
        elif over is not None and (over >= row.at or row.role == REFUND):
            found[row.pk] = CANCELLED, over
        elif row.role == COUNTS and is_repeat(row, once, days, last):
            found[row.pk] = REPEAT, row.at
    return found


def is_repeat(row: Row, once: str, days: int, last: dict[Any, datetime]) -> bool:
    """Whether a row says again what one before it said; if not, it is noted in `last`."""
    key: Any = {ORDER: row.order, CUSTOMER: row.customer}.get(once)
    if not key:
        return False
    before = last.get(key)
    if before is not None and (once == ORDER or row.at - before < timedelta(days=days)):
        return True
    last[key] = row.at
    return False
