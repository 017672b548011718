"""Who is inactive: of whom nothing was heard, and nothing noted, since a time."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Min

from crm.identity.models import Customer, Identifier
from crm.privacy.holding.standing import held_identifiers
from crm.privacy.personal import Customers, Identifiers, Model, Personal, personal_models

WINDOW = 2_000  # customers that are looked at at once


def quiet_after(place: int, since: datetime) -> tuple[set[int], int | None]:
    """The inactive ones among the next customers (ids), and where to go on; None where there are no more."""
    born = Customer.objects.filter(pk__gt=place).order_by("pk").values_list("pk", "created_at")[:WINDOW]
    window = list(born)
    found = quiet([pk for pk, at in window if at < since], since)
    return found, window[-1][0] if len(window) == WINDOW else None


def quiet(customers: Collection[int], since: datetime) -> set[int]:
    """Those of these customers (ids) who still stand, and of whom nothing was heard since."""
    owners = dict(Identifier.objects.filter(customer__in=customers).values_list("pk", "customer_id"))
    left = set(owners.values())
    for model, said in personal_models().items():
        if said.heard and left:
            left -= heard_of(model, said, {pk: owner for pk, owner in owners.items() if owner in left}, since)
    return left


def heard_of(model: Model, said: Personal, owners: dict[int, int], since: datetime) -> set[int]:
    """The customers of whom a model's rows tell something since."""
    heard: set[int] = set()
    rows = model._base_manager.filter(**{f"{said.heard}__gte": since})
    for finder in said.found:
        if isinstance(finder, Identifiers):
            for column in finder.columns:
                heard |= {owners[pk] for pk in rows.filter(**{f"{column}__in": owners}).values_list(column, flat=True)}
        elif isinstance(finder, Customers):
            for column in finder.columns:
                heard |= set(rows.filter(**{f"{column}__in": set(owners.values())}).values_list(column, flat=True))
    return heard


def spared(customers: Collection[int]) -> set[int]:
    """Those of them on whom a legal hold stands."""
    return set(held_identifiers().filter(customer__in=customers).values_list("customer_id", flat=True))


def every_quiet(since: datetime) -> Iterator[set[int]]:
    """The inactive customers, window by window."""
    place: int | None = 0
    while place is not None:
        found, place = quiet_after(place, since)
        yield found


def oldest_of(customers: Collection[int]) -> datetime | None:
    found: datetime | None = Customer.objects.filter(pk__in=customers).aggregate(at=Min("created_at"))["at"]
    return found
