"""What a report of giving up reads: packed hits of the web, calls that came in, and conversions."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crm.asked import midnight_after
from crm.privacy.restricting.standing import restricted_customers
from crm.sql import array, cursor, texts
from journeys.attribution.grouping import is_like
from journeys.attribution.paths import Ints
from journeys.attribution.streaming import DEFINED, End, converted, final
from journeys.paths.abandonment import MOST_DAYS, AbandonmentDefinition
from journeys.paths.giving_up import Moments, Trail
from journeys.paths.hits import Hits
from journeys.paths.models import Step
from journeys.paths.reading import counted_between

LEAD = timedelta(days=1)  # before the period, in which an attempt that stops in it may have begun
Brands = Collection[str] | None
# Each call that came in, by who rang; where it was of a visit of somebody else's, once more for them.
CALLS = """
    SELECT n.id, i.customer_id, whose.customer_id, extract(epoch FROM n.occurred_at)::bigint,
        coalesce(nullif(c.outcome, ''), n.data ->> 'outcome', '')
    FROM journeys_interaction n
    JOIN crm_identifier i ON i.id = n.identifier_id
    JOIN crm_customer w ON w.id = i.customer_id
    LEFT JOIN journeys_call c ON c.call_id = n.key AND c.source_id = n.source_id
    CROSS JOIN LATERAL (
        SELECT i.customer_id
        UNION
        SELECT v.customer_id FROM crm_identifier v
        WHERE c.visitor <> '' AND v.kind = 'cookie' AND v.namespace = c.visitor_namespace AND v.value = c.visitor
    ) AS whose
    WHERE n.channel = 'call' AND n.direction = 'in' AND n.occurred_at >= %(since)s AND n.occurred_at < %(until)s
      AND (%(brands)s::text[] IS NULL OR w.brand = ANY(%(brands)s::text[]))
      AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
    ORDER BY whose.customer_id, n.occurred_at, n.id
"""


class Calls(NamedTuple):
    """Calls that came in, by customer and time. rang: who rang; customer: whose attempts they may follow."""

    interaction: Ints
    rang: Ints
    customer: Ints
    at: Ints
    outcome: NDArray[np.str_]


class Known(NamedTuple):
    """A step of the web."""

    number: int
    kind: str
    name: str


class Told(NamedTuple):
    """What happened in a period, with what came before and after it that belongs to it. sold: of the ends, those that
    are no stage on the way. withheld: pages of the period that consent left out, in tens.
    """

    hits: Hits
    steps: Sequence[Known]
    calls: Calls
    ends: Sequence[End]
    sold: Sequence[End]
    brands: Brands
    withheld: int = 0


def told_of(brands: Brands, since: date, until: date, days: int = MOST_DAYS) -> Told:
    """Read a period, and so many days after it."""
    first, last = midnight_after(since - timedelta(days=1)), midnight_after(until)
    begins, ends = first - LEAD, last + timedelta(days=days)
    steps = [Known(*row) for row in Step.objects.filter(channel="web").values_list("pk", "kind", "name")]
    made = seen(converted(begins, ends + timedelta(days=days)), brands)
    counted, calls = counted_between(brands, begins, ends), calls_between(brands, begins, ends)
    withheld = counted.withheld_between(int(first.timestamp()), int(last.timestamp()))
    return Told(counted.in_order(), steps, calls, made, final(made), brands, withheld)


def seen(ends: Sequence[End], brands: Brands) -> list[End]:
    """Those of the conversions that are on one side of the walls."""
    return [one for one in ends if brands is None or not one.brand or one.brand in brands]


def calls_between(brands: Brands, since: datetime, until: datetime) -> Calls:
    asked = {
        "since": since, "until": until, "brands": None if brands is None else texts(["", *sorted(brands)]),
        "restricted": array(restricted_customers().values_list("pk", flat=True)),
    }  # fmt: skip
    with cursor() as sql:
        rows = sql.execute(CALLS.encode(), asked).fetchall()
    figures = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4).T
    return Calls(figures[0], figures[1], figures[2], figures[3], np.array([row[4] for row in rows], dtype=np.str_))


def trail_of(definition: AbandonmentDefinition, told: Told) -> Trail:
    """The hits that attempts are made of. What finishes one begins none."""
    pages = numbers(one for one in told.steps if one.kind == Step.Kind.PAGE)
    begun = numbers(one for one in named(told, definition.begun) if not is_like(one.name, paths(definition.finished)))
    hits, is_page, is_begun = told.hits, np.isin(told.hits.step, pages), np.isin(told.hits.step, begun)
    which = is_page | is_begun
    return Trail(hits.customer, hits.at, hits.step, is_page, is_begun).taken(which)


def finishes_of(definition: AbandonmentDefinition, told: Told) -> Moments:
    """When customers finished: by a step, or by the conversion that the definition names."""
    which = np.isin(told.hits.step, numbers(named(told, definition.finished)))
    outcome = f"{DEFINED}{definition.conversion_id}"
    made = [one for one in told.ends if one.outcome == outcome and not one.by_phone and one.value >= 0]
    return Moments(
        np.append(told.hits.customer[which], np.array([one.customer for one in made], dtype=np.int64)),
        np.append(told.hits.at[which], np.array([int(one.at.timestamp()) for one in made], dtype=np.int64)),
    )


def named(told: Told, patterns: Sequence[str]) -> list[Known]:
    """The steps that some patterns name."""
    return [one for one in told.steps if is_like(one.name, paths(patterns))]


def paths(patterns: Sequence[str]) -> tuple[str, ...]:
    """Patterns as steps are called: a page's path without the slash that ends it."""
    return tuple((one.rstrip("/") or "/") if one.startswith("/") else one for one in patterns)


def numbers(steps: Iterable[Known]) -> Ints:
    return np.array([one.number for one in steps], dtype=np.int64)
