"""Orders other than time: by value, and by the words of a column, each word's rows by time. What has no word, or no
value, comes last. An order is a row of groups, each of which an index has in its order; so a page looks at as few rows
as one by time does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import dropwhile
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, In, IsNull, LessThan

from journeys.explore.facets import NOT_ANSWERED, OUTCOMES, UNANSWERED, having
from journeys.explore.lanes import Lane, everything, lane_of, worth
from journeys.explore.places import Place
from journeys.explore.wanted import BY_TIME, Wanted
from journeys.interactions.models import CHANNELS
from journeys.interactions.valuing import Worth
from journeys.listening.models import MOODS, Mood
from journeys.timeline.positions import LARGEST_ID

WITH, REST = "with", "rest"
BY_CAMPAIGN = "campaign"
NEWEST, OLDEST = "newest", "oldest"
LATE = datetime(5000, 1, 1, tzinfo=UTC)  # later than every interaction
NOBODY = Q(pk__in=[])
CAMPAIGN = KT("data__campaign__name")
OUTCOME = Coalesce(KT("data__outcome"), Value(""), output_field=TextField())


class Group(NamedTuple):
    """A part of an order: rows that have something besides what is looked for. name: as places have it.

    asked: what that is, by the names of facets; plain: said otherwise. before: what the groups before it hold.
    begins: the place from which all of it lies on.
    """

    name: str = ""
    asked: Mapping[str, Any] = {}
    plain: Q = Q()
    before: Q = NOBODY
    begins: Place | None = None
    is_by_worth: bool = False

    @property
    def condition(self) -> Q:
        return having(self.asked) & self.plain

    def lane(self, wanted: Wanted) -> Lane:
        """Its rows, among those that have to be looked at."""
        if not self.is_by_worth:
            return lane_of({**wanted.lane, **self.asked}, wanted.days)
        rows = wanted.days.of(everything()).filter(self.plain, worth(wanted.facets))
        return Lane(rows, is_by_worth=True)

    def is_up(self, wanted: Wanted) -> bool:
        """Whether its rows come from their small end: of a word, the newest are always first."""
        return wanted.is_up and (self.is_by_worth or wanted.order == BY_TIME)


Order = Callable[[Wanted, Place | None], Iterator[Group]]


def groups_of(wanted: Wanted, start: Place | None) -> Iterator[Group]:
    """The groups from the one on in which a place is."""
    return ORDERS[wanted.order](wanted, start)


def by_time(wanted: Wanted, start: Place | None) -> Iterator[Group]:
    yield Group()


def by_value(wanted: Wanted, start: Place | None) -> Iterator[Group]:
    has_value = Q(IsNull(Worth("data"), False), data__has_key="value")
    if start is None or start.group == WITH:
        yield Group(WITH, plain=has_value, is_by_worth=True)
    yield rest(Q(IsNull(Worth("data"), True)), has_value)


def by_campaign(wanted: Wanted, start: Place | None) -> Iterator[Group]:
    """Each campaign that there is, found one after the other."""
    if wanted.facets.get("campaign"):
        yield Group()
        return
    if start is None or start.group == WITH:
        found = row_of(start) if start else next_campaign(wanted)
        if start and not found:
            return  # the row is gone: nothing tells where this was
        while found:
            yield of_campaign(wanted, *found)
            found = next_campaign(wanted, found[0])
    named = Q(GreaterThan(CAMPAIGN, ""), data__has_key="campaign")
    yield rest(Q(Exact(Coalesce(CAMPAIGN, Value(""), output_field=TextField()), "")), named)


def of_campaign(wanted: Wanted, name: str, number: int) -> Group:
    side = LessThan if wanted.is_up else GreaterThan
    before = Q(side(CAMPAIGN, name), GreaterThan(CAMPAIGN, ""), data__has_key="campaign")
    return Group(WITH, {"campaign": name}, before=before, begins=Place(LATE, number, WITH))


def next_campaign(wanted: Wanted, after: str = "") -> tuple[str, int] | None:
    """(the next campaign's name, the number of a row of it)."""
    rows = everything().filter(data__has_key="campaign").annotate(called=CAMPAIGN).filter(called__gt="")
    if after:
        rows = rows.filter(**{"called__gt" if wanted.is_up else "called__lt": after})
    return rows.order_by("called" if wanted.is_up else "-called").values_list("called", "pk").first()


def row_of(place: Place) -> tuple[str, int] | None:
    """The same of the row at a place."""
    rows = everything().filter(pk=place.id, data__has_key="campaign").annotate(called=CAMPAIGN).filter(called__gt="")
    return rows.values_list("called", "pk").first()


def by_words(name: str, words: Sequence[str], others: Q | None) -> Order:
    """An order by a facet of few words. others: what has none of them; None where there is no such."""

    def order(wanted: Wanted, start: Place | None) -> Iterator[Group]:
        asked = wanted.lane.get(name)
        if asked and asked != UNANSWERED:
            yield Group()
            return
        known = [one for one in words if not asked or one in NOT_ANSWERED]
        yield from since(word_groups(name, known if wanted.is_up else known[::-1], None if asked else others), start)

    return order


def word_groups(name: str, words: Sequence[str], others: Q | None) -> Iterator[Group]:
    before = NOBODY
    for word in words:
        yield Group(word, {name: word}, before=before, begins=Place(LATE, LARGEST_ID, word))
        before |= having({name: word})
    if others is not None:
        yield rest(others, before)


def since(groups: Iterator[Group], start: Place | None) -> Iterator[Group]:
    """The groups from the one on in which a place is."""
    return dropwhile(lambda one: start is not None and one.name != start.group, groups)


def rest(plain: Q, before: Q) -> Group:
    """What has nothing that the order is by."""
    return Group(REST, plain=plain, before=before, begins=Place(LATE, LARGEST_ID, REST))


ORDERS: dict[str, Order] = {
    BY_TIME: by_time,
    "value": by_value,
    BY_CAMPAIGN: by_campaign,
    "channel": by_words("channel", [channel for channel, _ in sorted(CHANNELS, key=lambda one: one[1])], None),
    "outcome": by_words("outcome", sorted(OUTCOMES), ~(Q(channel="call") & Q(In(OUTCOME, OUTCOMES)))),
    "mood": by_words("mood", list(MOODS), ~Q(Exists(Mood.objects.filter(interaction=OuterRef("pk"))))),
}


class Sort(NamedTuple):
    """What may be chosen: an order and its end."""

    order: str
    is_up: bool
    label: str


SORTS: dict[str, Sort] = {
    NEWEST: Sort(BY_TIME, False, "newest first"),
    OLDEST: Sort(BY_TIME, True, "oldest first"),
    "-value": Sort("value", False, "largest value first"),
    "value": Sort("value", True, "smallest value first"),
    "mood": Sort("mood", True, "mood, annoyed first"),
    "-mood": Sort("mood", False, "mood, content first"),
    "campaign": Sort("campaign", True, "campaign, A to Z"),
    "-campaign": Sort("campaign", False, "campaign, Z to A"),
    "channel": Sort("channel", True, "channel, A to Z"),
    "-channel": Sort("channel", False, "channel, Z to A"),
    "outcome": Sort("outcome", True, "outcome of a call, A to Z"),
    "-outcome": Sort("outcome", False, "outcome of a call, Z to A"),
}
