"""Entries of a journey as they are drawn: by day, each with the name of the source that it came from."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby

from django.utils.safestring import SafeString

from crm.privacy.disclosure import Disclosure, Tact
from crm.reading import Reading, Statement
from journeys.customers.drawing import drawn
from journeys.customers.lines import Line, line
from journeys.customers.tact import judged
from journeys.timeline.entries import Entry


def naming_sources() -> Reading[dict[int, str]]:
    """The name of each connected source by its id, in the order of the names."""
    [rows] = yield [Statement("SELECT id, name FROM crm_source WHERE adapter <> 'staff' ORDER BY name", ())]
    return dict(rows)


def by_day(
    entries: Iterable[Entry],
    names: Mapping[int, str],
    under: date | None = None,
    anchor: str = "",
    tact: Tact | None = None,
) -> list[tuple[date, bool, SafeString]]:
    """Entries by day: (day, whether it needs a heading, its list items).

    names: of sources, by id. under: the day whose heading stands above already. anchor: of the one to point out.
    tact: to mark by it what is only to know.
    """
    grouped = groupby((tactful(entry, names, tact) for entry in entries), key=lambda made: made.at.date())
    return [(day, day != under, drawn(some, anchor)) for day, some in grouped]


def tactful(entry: Entry, names: Mapping[int, str], tact: Tact | None) -> Line:
    """The line of an entry, marked where it is only to know."""
    made = line(entry, names)
    made.is_hushed = tact is not None and judged(entry, tact).disclosure == Disclosure.CONTEXT
    return made
