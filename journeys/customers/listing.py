"""The list of customers by last contact, newest first: read from the latest interactions in bounded steps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crm.privacy.actors import Actor
from crm.profile.portraits import Portrait, portraits_for
from crm.reading import Reading, Statement, read
from crm.search.finding import Found
from journeys.customers.addresses import customer_address
from journeys.interactions.drafts import Channel
from journeys.timeline.lasting import Last, last_contacts
from journeys.timeline.positions import INTERACTION, Position
from journeys.timeline.reading import NEWEST

STEPS = (120, 160, 160)  # interactions that a page looks at, one step after the other: then the next page does
IDENTIFIERS_READ = 60  # of each customer
# The newest interaction of each customer in the next few, unless they had a later one: then they stand further up.
# From the top of the list there is nothing later. Sorted first, so that it stops at the last one that is needed. The
# row without a customer is where the next step begins. Scalar subqueries, because PostgreSQL would hash a whole table
# for an EXISTS.
READ_LATEST = """
    WITH step AS MATERIALIZED (
        SELECT occurred_at, id, identifier_id, channel FROM journeys_interaction
        WHERE (occurred_at, id) < (%(at)s, %(id)s) ORDER BY occurred_at DESC, id DESC LIMIT %(step)s
    ), newest AS (
        SELECT DISTINCT ON (i.customer_id) i.customer_id, step.*, i.kind NOT IN ('cookie', 'once') AS is_known
        FROM step JOIN crm_identifier i ON i.id = step.identifier_id AND (step.channel <> 'web' OR NOT i.is_withheld)
        ORDER BY i.customer_id, step.occurred_at DESC, step.id DESC
    )
    (SELECT newest.customer_id, newest.id, newest.occurred_at, newest.channel
     FROM (SELECT * FROM newest ORDER BY occurred_at DESC, id DESC OFFSET 0) AS newest
     WHERE (%(visitors)s OR is_known OR (
        SELECT true FROM crm_identifier k
        WHERE k.customer_id = newest.customer_id AND k.kind NOT IN ('cookie', 'once') LIMIT 1
    )) AND (%(is_top)s OR (
        SELECT true
        FROM (
            SELECT id, is_withheld FROM crm_identifier WHERE customer_id = newest.customer_id LIMIT %(identifiers)s
        ) AS n
        CROSS JOIN unnest(%(channels)s::text[]) AS c (channel)
        CROSS JOIN LATERAL (
            SELECT 1 FROM journeys_interaction l WHERE l.identifier_id = n.id AND l.channel = c.channel
            AND (c.channel <> 'web' OR NOT n.is_withheld)
            AND (l.occurred_at, l.id) > (newest.occurred_at, newest.id) LIMIT 1
        ) AS later LIMIT 1
    ) IS NULL) LIMIT %(most)s)
    UNION ALL
    (SELECT NULL, id, occurred_at, channel FROM step
     WHERE (SELECT count(*) FROM step) = %(step)s ORDER BY occurred_at, id LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A customer of the list, and their last interaction. matched: what a search found, (kind, text)."""

    portrait: Portrait
    last: Last | None
    matched: tuple[str, str] | None = None

    @property
    def address(self) -> str:
        return customer_address(self.portrait.public_id)


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
        found, end = read(latest(end, step, limit + 1, is_top=before is None, with_visitors=with_visitors))
        last = {**found, **last}
    shown = dict(sorted(last.items(), key=lambda item: (item[1].at, item[1].id), reverse=True)[:limit])
    if len(last) > limit:
        lowest = shown[list(shown)[-1]]
        end = Position(lowest.at, INTERACTION, lowest.id)
    return Listing(rows_of(actor, shown), end)


def latest(
    before: Position, step: int, most: int, *, is_top: bool, with_visitors: bool
) -> Reading[tuple[dict[int, Last], Position | None]]:
    """(`most` customers (ids) and their last interactions among the next `step`; where the step after it begins)."""
    at, row_id = before.bound(INTERACTION)
    asked = {
        "at": at, "id": row_id, "step": step, "most": most, "is_top": is_top, "visitors": with_visitors,
        "identifiers": IDENTIFIERS_READ, "channels": list(Channel),
    }  # fmt: skip
    [rows] = yield [Statement(READ_LATEST, asked, is_kept=False)]  # kept, it is planned for a whole table: 800 ms
    last = {customer: Last(*interaction) for customer, *interaction in rows}
    end = last.pop(None, None)
    return last, Position(end.at, INTERACTION, end.id) if end else None


def rows_of(actor: Actor, last: dict[int, Last]) -> list[Row]:
    """The rows of those customers whom the actor may follow."""
    found = portraits_for(actor, last)
    return [Row(found[customer], one) for customer, one in last.items() if customer in found]


def found_rows(found: Sequence[Found]) -> list[Row]:
    """The customers that a search found, in its order, with what matched."""
    last = last_contacts({one.customer_id: one.portrait.identifiers for one in found})
    return [Row(one.portrait, last.get(one.customer_id), one.matched) for one in found]
