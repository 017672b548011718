"""Reading a customer's stream: pages by keyset, each of a bounded number of rows, whatever the customer's size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crm.reading import Reading, both, each, read
from crm.sql import cursor
from journeys.interactions.models import Interaction, Session
from journeys.timeline.entries import Done, Entry, Happened, Joined, Visit
from journeys.timeline.joining import joining
from journeys.timeline.lanes import Filters, Row, Scanned, lanes, scanning
from journeys.timeline.positions import Position, start_of
from journeys.timeline.visits import ending, visiting
from journeys.work.models import Deed

NO_FILTERS = Filters()
FIRST_STEP = 200  # rows of each lane that a filtered page looks at; then more, until it has enough or ...
GROWTH = 9  # of each step: two are quicker than four, as every step reads the keys of all identifiers again
SCANNED = 2_000  # ... this many were looked at: it goes on in the next request
NEWEST = start_of(datetime(9999, 1, 1, tzinfo=UTC))
OLDEST = start_of(datetime(1, 1, 2, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first, and where the next page begins: None at the end of the stream.

    An empty page with a next one means that nothing was found as far as `next.at`, and there is more to look at.
    """

    entries: list[Entry] = field(default_factory=list)
    next: Position | None = None


@dataclass(slots=True)
class Stretch:
    """The rows that were found in an unbroken stretch of the stream. end: where it ends; None: the stream ended."""

    rows: list[tuple[Position, Row]] = field(default_factory=list)
    end: Position | None = None


def read_page(
    customer_id: int,
    filters: Filters = NO_FILTERS,
    before: Position | None = None,
    limit: int = 25,
    *,
    flat: bool = False,
) -> Page:
    """The newest entries older than `before`. flat: interactions of every channel; else web ones as visits,
    and joins between. The caller has made sure that the customer may be seen.
    """
    return read(paging(identifiers_of(customer_id), filters, before, limit, flat=flat))


def read_newer(customer_id: int, filters: Filters, after: Position, limit: int = 25) -> Page:
    """The entries next newer than `after`, newest first; `next` is where still newer ones begin."""
    return read(paging_newer(identifiers_of(customer_id), filters, after, limit))


def paging(
    identifiers: Sequence[int],
    filters: Filters = NO_FILTERS,
    before: Position | None = None,
    limit: int = 25,
    *,
    flat: bool = False,
) -> Reading[Page]:
    """As `read_page`, in three steps for most. identifiers: all of the customer's."""
    start = before or NEWEST
    stretch, joins = yield from both(
        gathering(identifiers, filters, start, limit, flat=flat),
        joining(identifiers if filters.shows_all and not flat else ()),
    )
    entries = yield from shaping(stretch.rows, identifiers, filters)
    end = stretch.end or OLDEST
    return page_of(entries, [joined for joined in joins if end <= joined.position < start], stretch.end)


def paging_newer(identifiers: Sequence[int], filters: Filters, after: Position, limit: int = 25) -> Reading[Page]:
    """As `read_newer`, in three steps for most. identifiers: all of the customer's."""
    stretch, joins = yield from both(
        gathering(identifiers, filters, after, limit, newer=True),
        joining(identifiers if filters.shows_all else ()),
    )
    entries = yield from shaping(stretch.rows, identifiers, filters)
    end = stretch.end or NEWEST
    return page_of(entries, [joined for joined in joins if after < joined.position <= end], stretch.end)


def page_of(entries: Iterable[Entry], joins: Iterable[Joined], end: Position | None) -> Page:
    return Page(sorted([*entries, *joins], key=lambda entry: entry.position, reverse=True), end)


def identifiers_of(customer_id: int) -> list[int]:
    with cursor() as sql:
        return [
            row
            for (row,) in sql.execute("SELECT id FROM crm_identifier WHERE customer_id = %s ORDER BY id", [customer_id])
        ]


def gathering(
    identifiers: Sequence[int],
    filters: Filters,
    start: Position,
    limit: int,
    *,
    flat: bool = False,
    newer: bool = False,
) -> Reading[Stretch]:
    """Look on from start until `limit` rows are found, the stream ends, or a filtered page has looked at enough."""
    found = Stretch()
    size, looked_at = (FIRST_STEP if filters.scans else limit + 1), 0
    while True:
        chunks = yield from each(
            scanning(lane, identifiers, filters, start, size, newer=newer) for lane in lanes(filters, flat=flat)
        )
        found.end = horizon(chunks, newer=newer)
        found.rows += within(chunks, found.end, newer=newer)
        looked_at += size
        if len(found.rows) > limit:
            found.rows = found.rows[:limit]
            found.end = found.rows[-1][0]
        if len(found.rows) == limit or found.end is None or looked_at >= SCANNED:
            return found
        start, size = found.end, min(GROWTH * size, SCANNED - looked_at)


def horizon(chunks: Iterable[Scanned], *, newer: bool) -> Position | None:
    """How far all lanes have been read: the nearest of their edges. None when all came to their end."""
    edges = [chunk.edge for chunk in chunks if chunk.edge]
    return (min if newer else max)(edges, default=None)


def within(chunks: Iterable[Scanned], end: Position | None, *, newer: bool) -> list[tuple[Position, Row]]:
    """The rows up to the horizon, in the order of reading."""
    rows = [row for chunk in chunks for row in chunk.rows]
    kept = [row for row in rows if end is None or (row[0] <= end if newer else row[0] >= end)]
    return sorted(kept, key=lambda row: row[0], reverse=not newer)


def shaping(rows: Iterable[tuple[Position, Row]], identifiers: Sequence[int], filters: Filters) -> Reading[list[Entry]]:
    """Rows as entries. A filter may pass one session of a visit and not the next, so then each stands alone."""
    models = [model for _, model in rows]
    sessions = [model for model in models if isinstance(model, Session)]
    alone = [Visit((one,)) for one in sessions] if filters.scans else []
    visits = yield from ending(alone or (yield from visiting(sessions, identifiers)))
    happened = [Happened(model) for model in models if isinstance(model, Interaction)]
    return [*happened, *visits, *(Done(model) for model in models if isinstance(model, Deed))]
