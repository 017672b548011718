"""What other rules would show of real customers, before they are set."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from crm.identity.models import Customer
from crm.privacy.access import visible_customers
from crm.privacy.actors import Actor
from crm.profile.forms import label_of
from crm.profile.golden import Assertion, GoldenField, survive
from crm.profile.portraits import IDENTIFIERS_READ, portraits
from crm.profile.reading import hear
from crm.profile.rules import Rules
from crm.sql import cursor

SAMPLED = 500
SHOWN = 20
# Evenly over all traits, so that the same customers are asked each time; a rare field costs fifty rows a step at most.
SAMPLE = """
    SELECT DISTINCT i.customer_id
    FROM (SELECT min(id) AS low, max(id) AS high FROM crm_trait) AS bounds
    CROSS JOIN generate_series(0, %(size)s - 1) AS step
    CROSS JOIN LATERAL (
        SELECT near.identifier_id FROM (
            SELECT identifier_id, name FROM crm_trait
            WHERE id >= bounds.low + (bounds.high - bounds.low) * step / %(size)s ORDER BY id LIMIT 50
        ) AS near WHERE %(names)s::text[] IS NULL OR near.name = ANY(%(names)s) LIMIT 1
    ) AS trait
    JOIN crm_identifier i ON i.id = trait.identifier_id
"""
OWNERS = """
    SELECT i.id, n.id FROM unnest(%s::bigint[]) AS n (id)
    CROSS JOIN LATERAL (SELECT id FROM crm_identifier WHERE customer_id = n.id LIMIT %s) AS i
"""


@dataclass(frozen=True, slots=True)
class Shift:
    """One customer who would show another value of one field; before and after are empty where nothing shows.

    name, label: the field's; the label is for people.
    """

    customer: Customer
    name: str
    label: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What other rules would do to a sample. changed: customers. shifts: the first SHOWN, with the customers' names."""

    looked_at: int
    changed: int
    shifts: list[tuple[str, Shift]]


def preview(now: Rules, proposed: Rules, names: Collection[str] | None, actor: Actor) -> Preview:
    """Compare two sets of rules on sampled customers that the actor may see. names: the fields concerned, or all."""
    customers = {one.pk: one for one in visible_customers(actor).filter(pk__in=sample(names))}
    said = said_of(customers, names)
    found = [shift for pk in sorted(said) for shift in shifts(customers[pk], said[pk], now, proposed)]
    shown = found[:SHOWN]
    called = portraits({shift.customer.pk for shift in shown}) if shown else {}
    changed = len({shift.customer.pk for shift in found})
    return Preview(len(said), changed, [(called[shift.customer.pk].name, shift) for shift in shown])


def sample(names: Collection[str] | None) -> list[int]:
    """The ids of SAMPLED customers, or fewer, of whom such a field was said."""
    with cursor() as sql:
        sql.execute(SAMPLE, {"size": SAMPLED, "names": None if names is None else list(names)})
        return [customer for (customer,) in sql]


def said_of(customers: Iterable[int], names: Collection[str] | None) -> dict[int, list[Assertion]]:
    """What was asserted of each customer (by id)."""
    with cursor() as sql:
        owners: dict[int, int] = dict(sql.execute(OWNERS, [list(customers), IDENTIFIERS_READ]).fetchall())
    found: dict[int, list[Assertion]] = {}
    for one in hear(owners, names, most=None).assertions:
        found.setdefault(owners[one.identifier_id], []).append(one)
    return found


def shifts(customer: Customer, said: list[Assertion], now: Rules, proposed: Rules) -> Iterator[Shift]:
    """The fields of one customer that would show another value."""
    before, after = survive(said, now), survive(said, proposed)
    for name in sorted(before.keys() | after.keys()):
        old, new = value_of(before.get(name)), value_of(after.get(name))
        if old != new:
            why = after[name].why if name in after else "no value fits"
            yield Shift(customer, name, label_of(proposed, name), old, new, why)


def value_of(field: GoldenField | None) -> str:
    return field.value if field else ""
