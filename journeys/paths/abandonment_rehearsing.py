"""Trying a definition of giving up on the last month, and proposing some where there is none."""

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.utils import timezone

from journeys.attribution.grouping import is_like
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_asking import Asked, report_of
from journeys.paths.abandonment_reading import Brands, named, told_of
from journeys.paths.abandonment_reporting import Report

LOOKED_BACK = timedelta(days=30)
PROPOSED = 6
# What pages and events are often called where something is begun, and where it is finished.
BEGINNINGS = tuple(f"*{word}*" for word in ("quote", "basket", "cart", "checkout", "apply", "book", "form", "sign-up"))
ENDINGS = tuple(f"*{word}*" for word in ("thank", "confirm", "complete", "success", "received"))


class Rehearsal(NamedTuple):
    """What a definition would find in the last month. unmatched: patterns that name nothing that anybody did."""

    since: datetime
    report: Report
    unmatched: list[str]


class Proposal(NamedTuple):
    """A page or event that looks like a beginning: how often it was taken, and what may finish it."""

    name: str
    hits: int
    finished: str


def rehearse(definition: AbandonmentDefinition, brands: Brands, now: datetime) -> Rehearsal:
    """Find what was given up in the last month by a definition that need not be kept."""
    today = timezone.localdate(now)
    found = report_of(Asked(definition, today - LOOKED_BACK, today), brands, now)
    patterns = [*definition.begun, *definition.finished]
    return Rehearsal(now - LOOKED_BACK, found, [one for one in patterns if not named(found.told, [one])])


def proposals(brands: Brands, now: datetime) -> list[Proposal]:
    """The most frequent beginnings of the last month."""
    today = timezone.localdate(now)
    told = told_of(brands, today - LOOKED_BACK, today, 0)
    counts = np.bincount(told.hits.step, minlength=max((one.number for one in told.steps), default=0) + 1)
    often = sorted(told.steps, key=lambda one: (-counts[one.number], one.name))
    ending = next((one.name for one in often if is_like(one.name, ENDINGS) and counts[one.number]), "")
    some = [one for one in often if is_like(one.name, BEGINNINGS) and not is_like(one.name, ENDINGS)]
    return [Proposal(one.name, int(counts[one.number]), ending) for one in some if counts[one.number]][:PROPOSED]
