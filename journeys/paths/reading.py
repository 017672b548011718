"""Reading what happened in a period, on one side of the walls: packed days, and whose each hit is now.

Browsing that is withheld, customers whose processing is restricted, and whoever was erased are left out, from the
moment on at which they are.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from crm.privacy.restricting.standing import restricted_customers
from crm.sql import cursor, texts
from journeys.attribution.leaving_out import LEAST, tens
from journeys.paths.hits import Flags, Hits, begins, ordered
from journeys.paths.models import Step
from journeys.paths.owning import owners_of
from journeys.paths.packing import Columns, Ints, unpacked

READ = """
    SELECT day, hits, identifiers, times, steps, interactions FROM journeys_packedhits
    WHERE day BETWEEN %s AND %s AND (%s::text[] IS NULL OR brand = ANY(%s::text[])) ORDER BY day, brand, piece
"""
DAY = 86_400_000


class Counted(NamedTuple):
    """Hits that may be counted, before they are put in order. columns.at: milliseconds since 1970. whose: each one's
    customer. web: by number of a step, whether it is one of the web. withheld: when the hits of everybody were that
    are left out since browsing is withheld, in the same milliseconds; withheld_whose: their customers.
    """

    columns: Columns
    whose: Ints
    web: Flags
    withheld: Ints
    withheld_whose: Ints

    def withheld_between(self, since: int, until: int) -> int:
        """How many hits of a time (seconds since 1970) are left out since browsing is withheld, in tens; 0 where they
        are of fewer than ten customers, too.
        """
        within = (self.withheld >= since * 1000) & (self.withheld < until * 1000)
        people = np.unique(self.withheld_whose[within]).size
        return tens(int(within.sum())) if people >= LEAST else 0

    def steps_between(self, since: int, until: int) -> Ints:
        """By number of a step, how often it was taken in a time (seconds since 1970)."""
        at = self.columns.at
        return np.bincount(self.columns.step[(at >= since * 1000) & (at < until * 1000)])

    def of_those_who(self, step: int) -> "Counted":
        """What those customers did who took a step."""
        took = np.zeros(int(self.whose.max(initial=0)) + 1, dtype=np.bool_)
        took[self.whose[self.columns.step == step]] = True
        return self.taken(took[self.whose])

    def taken(self, which: Flags) -> "Counted":
        if which.all():
            return self
        return Counted(Columns(*(column[which] for column in self.columns)), self.whose[which], *self[2:])

    def in_order(self) -> Hits:
        """As they follow each other."""
        columns, whose = self.columns, self.whose
        order = ordered(whose, columns.at, columns.interaction)
        customer, at, step = whose[order], columns.at[order] // 1000, columns.step[order].astype(np.int32)
        identifier, interaction = (
            column[order].astype(np.int64) for column in (columns.identifier, columns.interaction)
        )
        return Hits(customer, identifier, at, step, interaction, begins(customer, at, self.web[step]))


def hits_between(
    brands: Collection[str] | None, since: datetime, until: datetime, customers: Collection[int] | None = None
) -> Hits:
    """What happened from `since` until before `until`. brands: as `brands_of` says them; None: every brand's.

    customers: their numbers, where only theirs is asked.
    """
    return counted_between(brands, since, until, customers).in_order()


def counted_between(
    brands: Collection[str] | None, since: datetime, until: datetime, customers: Collection[int] | None = None
) -> Counted:
    """The same, in no order."""
    columns = packed_between(brands, since, until)
    owners = owners_of(columns.identifier)
    web = webs(int(columns.step.max(initial=0)))
    is_web = web[columns.step]
    counted, withheld = may_be_counted(owners, is_web), (owners < 0) & is_web
    whose = np.abs(owners)
    left_out = array_of(restricted_customers().values_list("pk", flat=True))
    if len(left_out):
        is_left_out = np.isin(whose, left_out)
        counted &= ~is_left_out
        withheld &= ~is_left_out
    if customers is not None:
        counted &= np.isin(whose, array_of(customers))
    return Counted(columns, whose, web, columns.at[withheld], whose[withheld]).taken(counted)


def packed_between(brands: Collection[str] | None, since: datetime, until: datetime) -> Columns:
    """The columns of a period, about in the order of time. at: milliseconds since 1970."""
    first, last = (int(one.timestamp() * 1000) for one in (since, until))
    seen = None if brands is None else texts(["", *sorted(brands)])
    days = (since.astimezone(UTC).date(), until.astimezone(UTC).date())
    with cursor() as sql:
        rows = sql.execute(READ, [*days, seen, seen], binary=True).fetchall()
    pieces = [[unpacked(told, hits) for told in columns] for _, hits, *columns in rows]
    begun = [int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000 for day, *_ in rows]
    if not pieces:
        return Columns(*(np.zeros(0, dtype=np.int64) for _ in Columns._fields))
    identifier, at, step, interaction = zip(*pieces, strict=True)
    moments = np.concatenate([one + np.int64(start) for one, start in zip(at, begun, strict=True)])
    found = Columns(np.concatenate(identifier), moments, np.concatenate(step), np.concatenate(interaction))
    within = (moments >= first) & (moments < last)
    return found if within.all() else Columns(*(column[within] for column in found))


def webs(most: int) -> Flags:
    """By number of a step, whether it is one of the web."""
    found = np.zeros(most + 1, dtype=np.bool_)
    numbers = array_of(Step.objects.filter(channel="web", pk__lte=most).values_list("pk", flat=True))
    found[numbers] = True
    return found


def may_be_counted(owners: Ints, is_web: Flags) -> Flags:
    """Whose browsing is withheld may be counted for what else they do."""
    return (owners > 0) | ((owners < 0) & ~is_web)


def array_of(numbers: Collection[int]) -> Ints:
    return np.array(list(numbers), dtype=np.int64)
