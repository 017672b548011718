"""The list of customers by last contact, newest first: read from the latest interactions in bounded steps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crm.privacy.access import Actor, visible_customers
from crm.profile.portraits import Portrait, portraits
from crm.sql import cursor
from journeys.timeline.lasting import Last, last_contacts
from journeys.timeline.positions import INTERACTION, Position
from journeys.timeline.reading import NEWEST

STEPS = (40, 80, 160, 320, 320, 320)  # interactions that a page looks at, one step after the other: then the next does
READ_LATEST = """
    SELECT latest.occurred_at, latest.id, latest.channel, i.customer_id,
           i.kind NOT IN ('cookie', 'once') OR coalesce((
               SELECT true FROM crm_identifier k
               WHERE k.customer_id = i.customer_id AND k.kind NOT IN ('cookie', 'once') LIMIT 1), false)
    FROM (SELECT occurred_at, id, identifier_id, channel FROM journeys_interaction
          WHERE (occurred_at, id) < (%s, %s) ORDER BY occurred_at DESC, id DESC LIMIT %s) AS latest
    JOIN crm_identifier i ON i.id = latest.identifier_id
    ORDER BY latest.occurred_at DESC, latest.id DESC
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A customer of the list, and their last interaction. matched: what a search found, (kind, text)."""

    portrait: Portrait
    last: Last | None
    matched: tuple[str, str] | None = None


@dataclass(slots=True)
class Listing:
    """Some customers, and where the next page begins; None at the end."""

    rows: list[Row] = field(default_factory=list)
    next: Position | None = None


def latest_customers(
    actor: Actor, before: Position | None = None, limit: int = 30, *, with_visitors: bool = False
) -> Listing:
    """Customers whose last contact was before a position. with_visitors: also those whom nothing names."""
    end: Position | None = before or NEWEST
    last: dict[int, Last] = {}
    for step in STEPS:
        if end is None or len(last) > limit:
            break
        found, end = read_latest(end, step, with_visitors=with_visitors)
        fresh = {customer: one for customer, one in found.items() if customer not in last}
        last |= fresh if before is None else without_later_ones(fresh)
    if len(last) > limit:
        last = dict(list(last.items())[:limit])
        lowest = last[list(last)[-1]]
        end = Position(lowest.at, INTERACTION, lowest.id)
    return Listing(rows_of(actor, last), end)


def read_latest(before: Position, step: int, *, with_visitors: bool) -> tuple[dict[int, Last], Position | None]:
    """(the newest interaction of each customer (id) among the next few, newest first; where the next step begins)."""
    at, row_id = before.bound(INTERACTION)
    with cursor() as sql:
        sql.execute(READ_LATEST, [at, row_id, step])
        found = sql.fetchall()
    last: dict[int, Last] = {}
    for time, interaction, channel, customer, is_known in found:
        if is_known or with_visitors:
            last.setdefault(customer, Last(interaction, time, channel))
    return last, Position(found[-1][0], INTERACTION, found[-1][1]) if len(found) == step else None


def without_later_ones(found: dict[int, Last]) -> dict[int, Last]:
    """Those for whom it was the very last: a customer stands in the list once, whatever the page.

    The first page, read from the top, needs no such check.
    """
    latest = last_contacts({key: one.identifiers for key, one in portraits(found).items()})
    return {customer: one for customer, one in found.items() if latest.get(customer) == one}


def rows_of(actor: Actor, last: dict[int, Last]) -> list[Row]:
    """The rows of those customers that may be seen."""
    found = portraits(visible_customers(actor).filter(id__in=last).values_list("id", flat=True))
    return [Row(found[customer], one) for customer, one in last.items() if customer in found]


def found_rows(matches: Iterable[tuple[int, tuple[str, str]]]) -> list[Row]:
    """The customers (by id) that a search found, in its order, with what matched."""
    matched = dict(matches)
    found = portraits(matched)
    last = last_contacts({key: one.identifiers for key, one in found.items()})
    return [Row(found[key], last.get(key), what) for key, what in matched.items() if key in found]
