"""Everything that is derived, in turns: touchpoints first, then what a change of rules asks for."""

import time

from journeys.attribution.definitions import recount_some
from journeys.attribution.deriving import derive
from journeys.attribution.importing import import_some
from journeys.attribution.regrouping import regroup_some


def work(seconds: float) -> bool:
    """Work for so long; returns whether there is more that nobody else is at."""
    ends_at = time.monotonic() + seconds
    if derive(seconds):
        return True
    while regroup_some() or recount_some() or import_some():
        if time.monotonic() >= ends_at:
            return True
    return False
