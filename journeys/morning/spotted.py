"""The blind spots of the four weeks up to a day, as the page of every morning and the weekly mail say them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from journeys.morning.account import SHOWN
from journeys.morning.asking import back
from journeys.paths.abandonment_asking import period_of
from journeys.paths.spotting import Spot, spot_of

SPOTS = ("calls", "money", "callers")  # those that are about calls


class Spotted(NamedTuple):
    """query: of the same weeks on the page of the blind spots."""

    since: date
    until: date
    query: str
    spots: Sequence[Spot]


def spotted(day: date, brands: Collection[str] | None, now: datetime) -> Spotted:
    since, until = period_of({"since": str(back(day, SHOWN - 1)), "until": str(day)}, day)
    query = urlencode({"since": since, "until": until})
    return Spotted(since, until, query, [spot_of(key, brands, since, until, now) for key in SPOTS])
