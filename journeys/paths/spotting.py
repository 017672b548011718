"""The blind spots in words: what pages and mails say of them, and where they lead."""

from collections.abc import Sequence
from typing import NamedTuple

from django.urls import reverse

from journeys.attribution.unmarketed import UNMARKETED
from journeys.paths.blindness import BlindSpots, Point, Strangers, Uncredited, Unseen
from journeys.paths.drawing import Drawn, course


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


def spots_of(found: BlindSpots, query: str) -> list[Spot]:
    return [
        spot_of_calls(found.unseen, query),
        spot_of_money(found.uncredited, query),
        spot_of_callers(found.strangers, query),
        spot_of_browsers(found.strangers, query),
    ]


def spot_of_calls(one: Unseen, query: str) -> Spot:
    return Spot(
        "calls", "Given up online, then called", one.value, one.interval, one.trend,
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
        "money", "Revenue by phone that marketing is not credited for", one.value, one.interval, one.trend,
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


def spot_of_callers(one: Strangers, query: str) -> Spot:
    return Spot(
        "callers", "Callers who were strangers, and are known", one.value, one.interval, one.trend,
        f"of {one.callers:,} callers have browsing of theirs beside the call ({one.known:,}).",
        "none of them: no visit says who rings",
        "Customers who called in the period, and of whom any visit is known by now, through identity resolution or call"
        " tracking. All of them are counted, so there is no interval. A merge, or undoing one, corrects it at once.",
        "Nobody called in this period.",
        "With browsing", "Callers", f"{reverse('explore')}?channel=call&{query}", "All calls",
        f"{reverse('blind-spots-who')}?part=callers&{query}", "Who they are, by pseudonym",
    )  # fmt: skip


def spot_of_browsers(one: Strangers, query: str) -> Spot:
    return Spot(
        "browsers", "Visitors who were cookies, and are customers",
        one.named / one.browsers if one.browsers else None, None, one.browsing,
        f"of {one.browsers:,} browsers are of a customer who left an address, a number or a login ({one.named:,}).",
        "a cookie each, and nobody’s",
        "Browsers that visited in the period, each counted once. All of them are counted, so there is no interval.",
        "Nobody visited in this period.",
        "Of customers", "Browsers", f"{reverse('explore')}?channel=web&{query}", "All visits",
        f"{reverse('blind-spots-who')}?part=browsers&{query}", "Who they are, by pseudonym",
    )  # fmt: skip
