"""Who is behind the third blind spot: customers by pseudonym, a page at a time."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from crm.privacy.access import brands_of, followable_customers
from crm.privacy.actors import Actor
from crm.privacy.masking import pseudonym
from journeys.paths.blindness import bounds_of
from journeys.paths.strangers import who_browsed, who_called

PAGE = 50
Person = tuple[UUID, str]


def behind(part: str, since: date, until: date, actor: Actor, after: int) -> tuple[Sequence[Person], int | None]:
    """(a page of them, the number after which the next one goes on). part: callers, or browsers."""
    find = who_browsed if part == "browsers" else who_called
    numbers = find(brands_of(actor), *bounds_of(since, until), after, PAGE + 1)
    page = numbers[:PAGE]
    ids = followable_customers(actor).filter(pk__in=page).order_by("pk").values_list("public_id", flat=True)
    return [(one, pseudonym(one)) for one in ids], page[-1] if len(numbers) > PAGE else None
