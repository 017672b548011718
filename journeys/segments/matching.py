"""Reading what is known of customers, as far as a segment asks it: each step through an index, for many at once."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from crm.identity.models import Identifier
from crm.privacy.permissions import Permission, permitting
from crm.profile.golden import Assertion, survive
from crm.profile.reading import hear
from crm.reading import each, read
from journeys.customers.veils import veils_of
from journeys.explore.lanes import everything
from journeys.segments.definitions import Definition
from journeys.segments.meaning import Known, is_in, look_again
from journeys.segments.steps import Step

DAILY = timedelta(days=1)  # whoever is in it is looked at again after that, whatever the definition says
Judged = dict[int, datetime | None]
Owners = Mapping[int, int]


def judged(definition: Definition, customers: Collection[int], now: datetime) -> tuple[set[int], Judged]:
    """(those of the customers (ids) who are in it; when each has to be looked at again)."""
    owners = dict(Identifier.objects.filter(customer__in=customers).values_list("pk", "customer_id"))
    known = known_of(definition, owners, now)
    members = unmasked(definition, {one for one, said in known.items() if is_in(definition, said, now)})
    looks = {one: look_again(definition, said, now) for one, said in known.items()}
    for one in members:
        looks[one] = min(filter(None, [looks[one], now + DAILY]))
    return members, looks


def known_of(definition: Definition, owners: Owners, now: datetime) -> dict[int, Known]:
    """What is known of each customer. owners: of identifiers (ids)."""
    customers = set(owners.values())
    times: dict[int, dict[Step, list[datetime]]] = {one: {} for one in customers}
    for step, span in definition.steps.items():
        for identifier, at in times_of(step, owners, now - span):
            times[owners[identifier]].setdefault(step, []).append(at)
    traits, said = traits_of(definition, owners), consents_of(definition, owners)
    return {
        one: Known({step: sorted(some) for step, some in times[one].items()}, traits.get(one, {}), said.get(one, ()))
        for one in customers
    }


def times_of(step: Step, owners: Owners, since: datetime) -> list[tuple[int, datetime]]:
    """(identifier, when) of a step, later than a time."""
    rows = everything().filter(identifier__in=list(owners), channel__in=step.channels, occurred_at__gt=since)
    return list(step.wanted.narrow(rows).values_list("identifier_id", "occurred_at")) if owners else []


def traits_of(definition: Definition, owners: Owners) -> dict[int, dict[str, str]]:
    if not definition.traits or not owners:
        return {}
    heard = hear(owners, definition.traits, most=None)
    told: dict[int, list[Assertion]] = {}
    for one in heard.assertions:
        told.setdefault(owners[one.identifier_id], []).append(one)
    return {
        customer: {name: field.shown.value for name, field in survive(some, heard.rules).items()}
        for customer, some in told.items()
    }


def consents_of(definition: Definition, owners: Owners) -> dict[int, list[Permission]]:
    if not definition.asks_consent or not owners:
        return {}
    identifiers: dict[int, list[int]] = {}
    for identifier, customer in owners.items():
        identifiers.setdefault(customer, []).append(identifier)
    return dict(zip(identifiers, read(each([permitting(some) for some in identifiers.values()])), strict=True))


def unmasked(definition: Definition, members: set[int]) -> set[int]:
    """Those of the members (ids) whom nothing in the definition names: their veil leaves every word of it. Else who
    may not know whose journey it is would learn it by asking for a page with somebody's name in its address.
    """
    words = [step.value for step in definition.steps if step.is_text]
    if not words or not members:
        return members
    return {one for one, veil in veils_of(members).items() if all(veil.text(word) == word for word in words)}
