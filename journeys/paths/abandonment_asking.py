"""What a report of giving up is asked for by an address; what cannot be read is as if not asked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from crm.asked import day_of, number_of
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_reading import Brands, told_of
from journeys.paths.abandonment_reporting import Report, monday
from journeys.paths.blindness import bounds_of

PERIOD, LONGEST = 56, 184  # days: from a Monday on, unless told


class Asked(NamedTuple):
    """A definition, and the days of a period, both included."""

    definition: AbandonmentDefinition
    since: date
    until: date

    @property
    def query(self) -> str:
        """The address of the same report."""
        return urlencode({"definition": self.definition.pk, "since": self.since, "until": self.until})


def period_of(told: Mapping[str, str], today: date) -> tuple[date, date]:
    """The days that are asked: the last eight weeks, this one included, unless told; half a year at most."""
    until = min(day_of(told.get("until", "")) or today, today)
    until = max(until, date.min + timedelta(days=LONGEST))
    since = day_of(told.get("since", "")) or monday(until) - timedelta(days=PERIOD - 7)
    return max(min(since, until), until - timedelta(days=LONGEST - 1)), until


def asked_of(told: Mapping[str, str], today: date, definitions: Sequence[AbandonmentDefinition]) -> Asked | None:
    """What is asked; None where nothing is defined. The first definition, unless another is named."""
    if not definitions:
        return None
    number = number_of(told.get("definition", ""))
    chosen = next((one for one in definitions if one.pk == number), definitions[0])
    return Asked(chosen, *period_of(told, today))


def report_of(asked: Asked, brands: Brands, now: datetime) -> Report:
    """The report. brands: as `brands_of` says whose customers may be seen."""
    told = told_of(brands, asked.since, asked.until, asked.definition.days)
    begins, ends = (int(one.timestamp()) for one in bounds_of(asked.since, asked.until))
    return Report(asked.definition, told, (begins, ends), int(now.timestamp()))
