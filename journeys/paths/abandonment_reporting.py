"""What is known of attempts that were given up in a period: by page, by week, and what came after. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property

import numpy as np

from crm.matching.figures import Share
from journeys.attribution.paths import Flags, Floats, Ints
from journeys.attribution.streaming import End
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_reading import Told, finishes_of, trail_of
from journeys.paths.estimating import Mean, mean_of
from journeys.paths.giving_up import Moments, attempts, followed, latest_of, summed
from journeys.paths.surviving import Curve, curve

DAY = 86_400
UNKNOWN = "not said"


@dataclass(frozen=True)
class Page:
    """A page that attempts stopped on. calls: that followed; worth: what those brought, in hundredths."""

    name: str
    given_up: int
    called: Share
    calls: int
    worth: float

    @property
    def per_attempt(self) -> float:
        return self.calls / self.given_up if self.given_up else 0.0

    @property
    def money(self) -> Decimal:
        return pounds(self.worth)


@dataclass(frozen=True)
class Week:
    """A week, by its Monday. is_open: some of it is still watched."""

    begins: date
    attempts: int
    given_up: int
    called: Share
    is_open: bool


@dataclass(frozen=True)
class Group:
    """Attempts that ended alike. earned: in calls that followed, each, in units of the currency; worth: in any way,
    from the beginning to the end of the days.
    """

    name: str
    attempts: int
    called: Share
    earned: Mean
    worth: Mean


class Report:
    """All that a page of giving up shows. currency: of whatever is worth something."""

    def __init__(self, definition: AbandonmentDefinition, told: Told, period: tuple[int, int], now: int) -> None:
        self.definition, self.told, self.now = definition, told, now
        self.follow = definition.days * DAY
        finishes = finishes_of(definition, told)
        self.made = attempts(trail_of(definition, told), finishes, definition.quiet * 60, now)
        self.after = followed(self.made, Moments(told.calls.customer, told.calls.at), finishes, self.follow, now)
        self.is_in = (self.made.stopped_at >= period[0]) & (self.made.stopped_at < period[1])
        self.is_given_up = self.is_in & self.made.is_given_up

    # Calls, and what they brought

    @cached_property
    def of_calls(self) -> Ints:
        """Of each call, the attempt (its place) that it followed last; -1 where none."""
        return latest_of(
            Moments(self.told.calls.customer, self.told.calls.at), self.made.customer, self.made.begun_at,
            self.after.until,
        )  # fmt: skip

    @cached_property
    def phoned(self) -> list[End]:
        """The conversions that were agreed on the phone."""
        return [one for one in self.told.sold if one.by_phone]

    @cached_property
    def of_phoned(self) -> Ints:
        """Of each of these, the attempt that the call followed which it came of; -1 where none."""
        calls, places = self.told.calls, np.flatnonzero(self.of_calls >= 0)
        places = places[np.lexsort((calls.at[places], calls.rang[places]))]
        whose = np.array([one.customer for one in self.phoned], dtype=np.int64)
        at = np.array([int(one.at.timestamp()) for one in self.phoned], dtype=np.int64)
        rang_at = calls.at[places]
        found = latest_of(Moments(whose, at), calls.rang[places], rang_at, rang_at + self.follow)
        return np.where(found >= 0, np.append(self.of_calls[places], -1)[found], -1)

    def worths(self, currency: str) -> Floats:
        """Of each attempt, what was agreed in calls that followed it, in hundredths."""
        values = np.array([float(100 * one.value) if one.currency == currency else 0.0 for one in self.phoned])
        return summed(self.of_phoned, values, len(self.is_in))

    def all_worths(self, currency: str) -> Floats:
        """Of each attempt, what the customer's conversions were worth, in hundredths: each is of the last before it."""
        mine = [one for one in self.told.sold if one.currency == currency]
        whose = np.array([one.customer for one in mine], dtype=np.int64)
        at = np.array([int(one.at.timestamp()) for one in mine], dtype=np.int64)
        until = self.made.stopped_at + self.follow
        places = latest_of(Moments(whose, at), self.made.customer, self.made.begun_at, until)
        return summed(places, np.array([float(100 * one.value) for one in mine]), len(self.is_in))

    @cached_property
    def rescued(self) -> dict[str, tuple[int, Decimal]]:
        """By currency, (how many, worth what) was agreed in calls that followed what was given up; most first."""
        found: dict[str, tuple[int, Decimal]] = {}
        for one, place in zip(self.phoned, self.of_phoned.tolist(), strict=True):
            if place >= 0 and self.is_given_up[place]:
                count, worth = found.get(one.currency, (0, Decimal(0)))
                found[one.currency] = count + (one.value >= 0), worth + one.value
        return dict(sorted(found.items(), key=lambda pair: (-pair[1][0], pair[0])))

    @property
    def currency(self) -> str:
        """That of most of what was rescued, or else of most conversions."""
        counted = Counter(one.currency for one in self.told.sold)
        return next(iter(self.rescued), None) or (counted.most_common(1)[0][0] if counted else "")

    # Figures

    @property
    def attempts(self) -> int:
        return int(self.is_in.sum())

    @property
    def given_up(self) -> int:
        return int(self.is_given_up.sum())

    @property
    def called(self) -> Share:
        return self.share(self.is_given_up)

    def share(self, which: Flags) -> Share:
        return Share(int(self.after.has_called[which].sum()), int(which.sum()))

    @cached_property
    def calls(self) -> int:
        """Calls that followed what was given up, each counted once."""
        return len(np.unique(self.told.calls.interaction[self.followed_up]))

    @cached_property
    def followed_up(self) -> Flags:
        """Which calls followed what was given up."""
        found: Flags = (self.of_calls >= 0) & np.append(self.is_given_up, False)[self.of_calls]
        return found

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """(what came of them, how many) of these calls; the most first."""
        calls = self.told.calls
        _, first = np.unique(np.where(self.followed_up, calls.interaction, -1), return_index=True)
        named = Counter(str(calls.outcome[one]) or UNKNOWN for one in first if self.followed_up[one])
        return sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def pages(self) -> list[Page]:
        """The pages that attempts stopped on, those with most of them first."""
        names, worths = {one.number: one.name for one in self.told.steps}, self.worths(self.currency)
        calls = summed(self.of_calls, np.ones(len(self.of_calls)), len(self.is_in))
        found = []
        for step in np.unique(self.made.step[self.is_given_up]).tolist():
            mine = self.is_given_up & (self.made.step == step)
            share = self.share(mine)
            found.append(Page(names[step], share.whole, share, int(calls[mine].sum()), float(worths[mine].sum())))
        return sorted(found, key=lambda one: (-one.given_up, one.name))

    @cached_property
    def curve(self) -> Curve:
        """How long it takes until they call."""
        return curve(self.after.wait[self.is_given_up], self.after.has_called[self.is_given_up])

    @cached_property
    def groups(self) -> list[Group]:
        """Those who gave up, beside those who went on."""
        earned, worths = self.worths(self.currency) / 100, self.all_worths(self.currency) / 100
        ended = {"Gave up": self.is_given_up, "Went on to the end": self.is_in & self.made.is_finished}
        return [
            Group(
                name,
                int(which.sum()),
                self.share(which),
                *(mean_of(one[which], self.made.customer[which]) for one in (earned, worths)),
            )
            for name, which in ended.items()
        ]

    def weeks(self, since: date, until: date, zone: tzinfo) -> list[Week]:
        """Week by week."""
        bounds = [monday(since) + timedelta(days=7 * n) for n in range((monday(until) - monday(since)).days // 7 + 2)]
        starts = [int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) for day in bounds]
        place = np.searchsorted(np.array(starts), self.made.stopped_at, side="right") - 1
        found = []
        for n, begins in enumerate(bounds[:-1]):
            mine = self.is_in & (place == n)
            called = self.share(mine & self.made.is_given_up)
            is_open = starts[n + 1] + self.follow > self.now
            found.append(Week(begins, int(mine.sum()), called.whole, called, is_open))
        return found

    @property
    def silent(self) -> list[tuple[int, int, int]]:
        """(customer, when they stopped, step) of those whose last attempt was given up, who neither called since nor
        finished later; the last first.
        """
        reach = np.minimum(self.made.stopped_at + self.follow, self.now)
        is_last = np.append(self.made.customer[1:] != self.made.customer[:-1], True)[: len(reach)]
        which = is_last & self.is_given_up & ~self.after.has_called & (self.after.until == reach)
        columns = (self.made.customer[which], self.made.stopped_at[which], self.made.step[which])
        return sorted(zip(*(one.tolist() for one in columns), strict=True), key=lambda one: (-one[1], -one[0]))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def pounds(hundredths: float) -> Decimal:
    return Decimal(round(hundredths)) / 100


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
