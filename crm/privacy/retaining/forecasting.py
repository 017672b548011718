"""What would go tonight, by each rule: counted within a moment, and said so where it takes longer."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Min
from psycopg.errors import QueryCanceled

from crm.privacy.erasing.finding import ways_to
from crm.privacy.personal import INACTIVE, Mentions, declared_of
from crm.privacy.retaining.quiet import every_quiet, oldest_of, spared
from crm.privacy.retaining.rules import Sort, sorts
from crm.privacy.retaining.sparing import held
from crm.privacy.retaining.walking import Step, aged, steps

LONGEST = 2.0  # seconds that one kind is counted for


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a rule would let go. kept: for ever where 0; rows: None where it takes too long to count; oldest: of what
    would go; held: what a legal hold keeps. is_all: whether everything was counted.
    """

    sort: Sort
    kept: int
    rows: int | None = 0
    oldest: datetime | None = None
    held: int = 0
    is_all: bool = True

    @property
    def words(self) -> str:
        return self.sort.words(self.kept)


def forecasts(rules: Mapping[str, int], now: datetime) -> list[Forecast]:
    """For each kind, what these rules would let go now."""
    return [forecast(one, rules.get(one.key, 0), now) for one in sorts()]


def forecast(sort: Sort, kept: int, now: datetime) -> Forecast:
    if not kept:
        return Forecast(sort, 0)
    cutoff = sort.cutoff(kept, now)
    if sort.key == INACTIVE:
        return of_customers(sort, kept, cutoff)
    try:
        with transaction.atomic(), connection.cursor() as sql:
            sql.execute("SELECT set_config('statement_timeout', %s, true)", [f"{int(LONGEST * 1000)}ms"])
            return of_rows(sort, kept, cutoff)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Forecast(sort, kept, None)


def of_rows(sort: Sort, kept: int, cutoff: datetime) -> Forecast:
    rows, on_hold, oldest = 0, 0, list[datetime]()
    for step in steps():
        if step.sort is sort and step.ageing.is_counted:
            told = aged(step, cutoff).aggregate(rows=Count("pk"), oldest=Min(step.ageing.at))
            spare = held_of(step, cutoff)
            rows, on_hold = rows + told["rows"] - spare, on_hold + spare
            oldest += [told["oldest"]] if told["oldest"] else []
    return Forecast(sort, kept, rows, min(oldest, default=None) if rows else None, on_hold)


def held_of(step: Step, cutoff: datetime) -> int:
    """How many of the rows that are old enough a legal hold keeps."""
    subject, said = held(), declared_of(step.model)
    if subject is None or said is None:
        return 0
    finders = [one for one in getattr(said, "found", ()) if not isinstance(one, Mentions)]
    old = aged(step, cutoff).values("pk")
    kept = {
        key
        for finder in finders
        for way in ways_to(step.model, finder, subject)
        for key in way.filter(pk__in=old).values_list("pk", flat=True)
    }
    return len(kept)


def of_customers(sort: Sort, kept: int, cutoff: datetime) -> Forecast:
    """The inactive customers, as many as there is time to look at."""
    ends_at = time.monotonic() + LONGEST
    rows, on_hold, oldest = 0, 0, list[datetime]()
    for found in every_quiet(cutoff):
        spare = spared(found)
        rows, on_hold = rows + len(found - spare), on_hold + len(spare)
        first = oldest_of(found)
        oldest += [first] if first else []
        if time.monotonic() > ends_at:
            return Forecast(sort, kept, rows, min(oldest, default=None), on_hold, is_all=False)
    return Forecast(sort, kept, rows, min(oldest, default=None), on_hold)
