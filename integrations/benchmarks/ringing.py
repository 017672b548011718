"""Made-up days of a site whose visitors ring: who came, for how long, and who dialled when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

BEGINS = datetime(2026, 10, 5, tzinfo=UTC)
MEAN_VISIT = timedelta(seconds=240)
VISIT_SPREAD = 0.9  # sigma of the log-normal
DIALS = 0.05  # the share of visits that end in a call
LATE = 0.10  # of those: after they left
ON_SITE_MEDIAN, ON_SITE_SPREAD = 100.0, 0.8  # seconds from landing to dialling
LATE_MEDIAN, LATE_SPREAD = 600.0, 1.1  # seconds from leaving to dialling
HAS_PHONE = 0.40  # the share of visitors of whom a phone is known
OWN_PHONE = 0.95  # of those: calls from it


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit. dials_at: None where nobody rings; phone: known as theirs, or empty; line: what they ring from."""

    name: str
    lands_at: datetime
    leaves_at: datetime
    dials_at: datetime | None
    phone: str
    line: str


def visitors(hours: int, per_hour: float, seed: int) -> list[Visitor]:
    """The visits of so many hours, in their order."""
    chance = np.random.default_rng(seed)
    return list(day(chance, hours * 3_600.0, per_hour / 3_600))


def day(chance: np.random.Generator, seconds: float, rate: float) -> Iterator[Visitor]:
    scale = np.log(MEAN_VISIT.total_seconds()) - VISIT_SPREAD**2 / 2
    at, count = chance.exponential(1 / rate), 0
    while at < seconds:
        stay = max(5.0, chance.lognormal(scale, VISIT_SPREAD))
        dials: float | None = None
        if chance.random() < DIALS:
            is_late = chance.random() < LATE
            if is_late:
                dials = stay + chance.lognormal(np.log(LATE_MEDIAN), LATE_SPREAD)
            else:
                dials = chance.lognormal(np.log(ON_SITE_MEDIAN), ON_SITE_SPREAD)
                stay = max(stay, dials)
        phone = f"+4477{count:08}" if chance.random() < HAS_PHONE else ""
        is_own = phone and chance.random() < OWN_PHONE
        lands = BEGINS + timedelta(seconds=at)
        yield Visitor(
            name=f"visitor-{count}",
            lands_at=lands,
            leaves_at=lands + timedelta(seconds=stay),
            dials_at=None if dials is None else lands + timedelta(seconds=dials),
            phone=phone,
            line=phone if is_own else f"+4479{count:08}",
        )
        at, count = at + chance.exponential(1 / rate), count + 1
