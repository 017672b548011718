"""The blind spots in words: what pages and mails say of them, and where they lead."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from journeys.attribution.unmarketed import UNMARKETED
from journeys.paths.blindness import (
    Brands,
    Known,
    Point,
    Uncredited,
    Unseen,
    known_browsers,
    known_callers,
    uncredited,
    unseen,
)
from journeys.paths.drawing import Drawn, course

HEADINGS = {
    "calls": "Given up online, then called",
    "money": "Revenue by phone that marketing is not credited for",
    "callers": "Callers who were strangers, and are known",
    "browsers": "Visitors who were cookies, and are customers",
}


class Spot(NamedTuple):
    """A blind spot as pages show it. said: what its number is of; part, whole: what the table's columns are. each: the
    page of what is behind it, one by one, and the right that it takes.
    """

    key: str
    heading: str
    value: float | None
    bounds: tuple[float, float] | None
    trend: Sequence[Point]
    said: str
    before: str
    definition: str
    nothing: str
    part: str
    whole: str
    address: str
    more: str
    each: str = ""
    each_said: str = ""
    right: str = "attribute"
    places: str = "0g"

    @property
    def percent(self) -> float | None:
        return None if self.value is None else 100 * self.value

    @property
    def interval(self) -> tuple[float, float] | None:
        return self.bounds and (100 * self.bounds[0], 100 * self.bounds[1])

    @property
    def title(self) -> str:
        return f"{self.heading}, by week; hollow where a week is not over or still watched"

    @property
    def chart(self) -> Drawn:
        return course([(f"{one.begins:%-d %b}", one.share, told(one), one.is_open) for one in self.trend])


def told(one: Point) -> str:
    return f"Week of {one.begins:%-d %b}: {100 * (one.share or 0):.1f} % of {one.whole:,.10g}"


def spot_of_calls(one: Unseen, query: str) -> Spot:
    return Spot(
        "calls", HEADINGS["calls"], one.value, one.interval, one.trend,
        f"of {one.given_up:,} attempts that were given up were followed by a call ({one.called:,}).",
        "none of these calls is seen, and each attempt counts as lost",
        "Of everything that people began and gave up by any definition, the share that the same customer, or the visit"
        " that call tracking matched, followed up with a call in the days that the definition says. The interval holds"
        " the true share 95 times of 100.",
        "Nothing was given up in this period." if one.is_defined else "Nobody has said yet what giving up is.",
        "Followed by a call", "Given up", f"{reverse('abandoned')}?{query}",
        "Pages, times and revenue" if one.is_defined else "Say what giving up is",
    )  # fmt: skip


def spot_of_money(one: Uncredited, query: str) -> Spot:
    return Spot(
        "money", HEADINGS["money"], one.value, one.interval, one.trend,
        f"of {one.currency} {one.worth:,.2f} agreed by phone ({one.conversions:,}) still has no marketing touchpoint"
        f" before it: {one.currency} {one.bare:,.2f} ({one.bare_conversions:,}).",
        f"all of it, {one.currency} {one.worth:,.2f}, is credited to nothing",
        "Conversions in calls, or agreed on the phone by their definition, in whose path no campaign, link or search"
        " brought anybody. All of them are counted, so there is no interval.",
        "Nothing that was agreed by phone in this period is counted. Days are counted within minutes.",
        f"Without marketing, {one.currency}", f"By phone, {one.currency}",
        f"{reverse('attribution')}?{query}&phone=with", "What earned it",
        f"{reverse('conversion-list')}?way={UNMARKETED}&{query}", "Those without marketing, one by one",
        "group-channels", "2g",
    )  # fmt: skip


def spot_of_callers(one: Known, query: str) -> Spot:
    return Spot(
        "callers", HEADINGS["callers"], one.value, None, one.trend,
        f"of {one.all.whole:,} callers have browsing of theirs beside the call ({one.all.part:,}).",
        "none of them: no visit says who rings",
        "Customers who called in the period, and of whom any visit is known by now, through identity resolution or call"
        " tracking. All of them are counted, so there is no interval. A merge, or undoing one, corrects it at once.",
        "Nobody called in this period.",
        "With browsing", "Callers", f"{reverse('explore')}?channel=call&{query}", "All calls",
        f"{reverse('blind-spots-who')}?part=callers&{query}", "Who they are, by pseudonym",
    )  # fmt: skip


def spot_of_browsers(one: Known, query: str) -> Spot:
    return Spot(
        "browsers", HEADINGS["browsers"], one.value, None, one.trend,
        f"of {one.all.whole:,} browsers are of a customer who left an address, a number or a login ({one.all.part:,}).",
        "a cookie each, and nobody’s",
        "Browsers that visited in the period, each counted once. All of them are counted, so there is no interval.",
        "Nobody visited in this period.",
        "Of customers", "Browsers", f"{reverse('explore')}?channel=web&{query}", "All visits",
        f"{reverse('blind-spots-who')}?part=browsers&{query}", "Who they are, by pseudonym",
    )  # fmt: skip


class Counted(NamedTuple):
    """How a blind spot is counted, and said."""

    found: Callable[[Brands, date, date, datetime], Any]
    say: Callable[[Any, str], Spot]


SPOTS = {
    "calls": Counted(unseen, spot_of_calls),
    "money": Counted(uncredited, spot_of_money),
    "callers": Counted(known_callers, spot_of_callers),
    "browsers": Counted(known_browsers, spot_of_browsers),
}


def spot_of(key: str, brands: Brands, since: date, until: date, now: datetime) -> Spot:
    """One of the blind spots (SPOTS) of a period, both days included."""
    found, say = SPOTS[key]
    return say(found(brands, since, until, now), urlencode({"since": since, "until": until}))
