"""Entries of a journey as they are drawn: by day, each with the name of the source that it came from."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby

from django.utils.safestring import SafeString

from crm.reading import Reading, Statement
from journeys.customers.drawing import drawn
from journeys.customers.lines import line
from journeys.timeline.entries import Entry


def naming_sources() -> Reading[dict[int, str]]:
    """The name of each connected source by its id, in the order of the names."""
    [rows] = yield [Statement("SELECT id, name FROM crm_source WHERE adapter <> 'staff' ORDER BY name", ())]
    return dict(rows)


def by_day(
    entries: Iterable[Entry], names: Mapping[int, str], under: date | None = None, anchor: str = ""
) -> list[tuple[date, bool, SafeString]]:
    """Entries by day: (day, whether it needs a heading, its list items).

    names: of sources, by id. under: the day whose heading stands above already. anchor: of the one to point out.
    """
    grouped = groupby((line(entry, names) for entry in entries), key=lambda made: made.at.date())
    return [(day, day != under, drawn(some, anchor)) for day, some in grouped]
