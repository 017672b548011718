"""What an address of Explore asks: facets, days, columns, order and place. The address holds all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.forms import DateInput
from django.http import QueryDict
from django.utils import timezone

from crm.api.parameters import choice, text
from journeys.explore.columns import COLUMNS, SHOWN
from journeys.explore.filling import filled_in
from journeys.explore.filters import Facets
from journeys.explore.following import Course
from journeys.explore.orders import NEWEST, SORTS
from journeys.explore.places import Place, parse_place
from journeys.interactions.models import CHANNELS, DIRECTIONS, Interaction
from journeys.segments.definitions import BadDefinition
from journeys.timeline.positions import BadPosition

INTERACTIONS, CUSTOMERS = "interactions", "customers"
LONGEST_READ = 4_000  # characters of a query
DAY = {"invalid": "give a day, such as 2026-11-21"}


def day(label: str) -> django_filters.Filter:
    return django_filters.DateFilter(label=label, widget=DateInput(attrs={"type": "date"}), error_messages=DAY)


class ExploreFilters(Facets):
    """The facets, with what the API has parameters of its own for."""

    channel = choice([channel for channel, _ in CHANNELS], "The medium it came through.")
    direction = choice([way for way, _ in DIRECTIONS if way], "From the customer, or to them.")
    source = text("The number of the source that it came from.")
    since = day("From")
    until = day("To")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked. told: values by the names of ExploreFilters; wrong: what could not be read, by name.

    sort: of orders.SORTS. before: where a page begins.
    """

    told: Mapping[str, Any] = field(default_factory=dict)
    tab: str = INTERACTIONS
    columns: tuple[str, ...] = SHOWN
    sort: str = NEWEST
    before: Place | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        return bool(self.told)

    @property
    def query(self) -> str:
        """All of it but the place, as it stands in an address; the same question is always the same text."""
        said = {name: str(value) for name, value in sorted(self.told.items())}
        said |= {"tab": self.tab} if self.tab != INTERACTIONS else {}
        said |= {"columns": ",".join(self.columns)} if self.columns != SHOWN else {}
        said |= {"sort": self.sort} if self.sort != NEWEST else {}
        return urlencode(said)

    @property
    def is_by_customer(self) -> bool:
        return self.tab == CUSTOMERS

    def following(self, place: Place) -> str:
        return "&".join(filter(None, [self.query, f"before={place.token}"]))

    @property
    def starts(self) -> datetime | None:
        since = self.told.get("since")
        return midnight(since) if since else None

    @property
    def ends(self) -> datetime | None:
        until = self.told.get("until")
        return midnight(until + timedelta(days=1)) if until else None


def midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


def asked(given: QueryDict) -> Asked:
    """Read an address; what cannot be read is not asked, and said to be wrong."""
    filters = filters_of(given)
    told = {name: value for name, value in filters.form.cleaned_data.items() if value not in (None, "")}
    wrong = {name: str(lines[0]) for name, lines in filters.form.errors.items()}
    if not given.get("journey"):
        rows, fault = journey_of(given)
        told, wrong = told | rows, wrong | fault
    return Asked(
        told,
        CUSTOMERS if given.get("tab") == CUSTOMERS else INTERACTIONS,
        columns_of(given),
        sort_of(given.get("sort", "")),
        beginning(given.get("before", "")),
        wrong,
    )


def journey_of(given: QueryDict) -> tuple[dict[str, Course], dict[str, str]]:
    """(the journey that is filled in row by row; what is wrong with it), by the name of its filter."""
    try:
        course = filled_in(given)
    except BadDefinition as bad:
        return {}, {"journey": str(bad)}
    return ({"journey": course} if course else {}), {}


def asked_of(query: str) -> Asked:
    """What the query of an address asks."""
    return asked(QueryDict(query[:LONGEST_READ]))


def filters_of(given: Mapping[str, Any]) -> ExploreFilters:
    """The filters, filled; those that are wrong are among the form's errors."""
    known = {name: str(given.get(name) or "").replace("\0", "").strip() for name in ExploreFilters.base_filters}
    found = ExploreFilters(within_time(known), queryset=Interaction.objects.none())
    found.form.is_valid()
    return found


def within_time(known: dict[str, str]) -> dict[str, str]:
    """Days past what clocks can count are not asked for."""
    return known | {name: "" for name in ("since", "until") if is_beyond(known[name][:4])}


def is_beyond(year: str) -> bool:
    return year.isascii() and year.isdigit() and not 1970 <= int(year) < 9999


def columns_of(given: QueryDict) -> tuple[str, ...]:
    """The columns that are chosen, in their own order: ticked one by one, or named in one word."""
    chosen = {name for one in given.getlist("columns") for name in one.split(",")}
    return tuple(name for name in COLUMNS if name in chosen) or SHOWN


def sort_of(name: str) -> str:
    return name if name in SORTS else NEWEST


def beginning(token: str) -> Place | None:
    try:
        return parse_place(token) if token else None
    except BadPosition:
        return None
