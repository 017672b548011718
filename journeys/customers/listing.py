"""The list of customers by last contact, newest first: read from the latest interactions in bounded steps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crm.privacy.access import Actor, visible_customers
from crm.profile.portraits import Portrait, portraits
from crm.sql import cursor
from journeys.timeline.lasting import Last, last_contacts
from journeys.timeline.positions import INTERACTION, Position
from journeys.timeline.reading import NEWEST

STEP = 150  # interactions that one step looks at
STEPS = 8  # steps of one page at most: it goes on in the next
READ_LATEST = """
    SELECT latest.occurred_at, latest.id, i.customer_id
    FROM (SELECT occurred_at, id, identifier_id FROM journeys_interaction
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
    listing = Listing(next=before or NEWEST)
    for _ in range(STEPS):
        if listing.next is None or len(listing.rows) >= limit:
            break
        seen, listing.next = read_latest(listing.next)
        listing.rows += rows_of(actor, seen, with_visitors=with_visitors)
    if len(listing.rows) > limit:
        listing.rows = listing.rows[:limit]
        last = listing.rows[-1].last
        listing.next = Position(last.at, INTERACTION, last.id) if last else None
    return listing


def read_latest(before: Position) -> tuple[dict[int, int], Position | None]:
    """({interaction id: customer id} of each customer's newest, where the next step begins)."""
    at, row_id = before.bound(INTERACTION)
    with cursor() as sql:
        sql.execute(READ_LATEST, [at, row_id, STEP])
        found = sql.fetchall()
    newest = {customer: interaction for _, interaction, customer in reversed(found)}
    end = Position(found[-1][0], INTERACTION, found[-1][1]) if len(found) == STEP else None
    return {interaction: customer for customer, interaction in newest.items()}, end


def rows_of(actor: Actor, seen: dict[int, int], *, with_visitors: bool) -> list[Row]:
    """The customers whose very last interaction is among these: each stands in the list once, whatever the page."""
    allowed = visible_customers(actor).filter(id__in=seen.values()).values_list("id", flat=True)
    found = portraits(allowed)
    wanted = {key: one for key, one in found.items() if with_visitors or one.is_known}
    last = last_contacts({key: one.identifiers for key, one in wanted.items()})
    rows = [Row(one, last[key]) for key, one in wanted.items() if key in last and last[key].id in seen]
    return sorted(rows, key=lambda row: (row.last.at, row.last.id) if row.last else (NEWEST.at, 0), reverse=True)


def found_rows(matches: Iterable[tuple[int, tuple[str, str]]]) -> list[Row]:
    """The customers (by id) that a search found, in its order, with what matched."""
    matched = dict(matches)
    found = portraits(matched)
    last = last_contacts({key: one.identifiers for key, one in found.items()})
    return [Row(found[key], last.get(key), what) for key, what in matched.items() if key in found]
