"""Waiting until a stack has worked through what was put in at once. Where interactions come one by one, that is done by
the time that somebody looks; else its worker would take one of the cores from what is measured.
"""

import time

from journeys.attribution.deriving import derive
from journeys.attribution.deriving import how_far as derived
from journeys.interactions.models import Interaction
from journeys.paths.keeping import how_far as packed
from journeys.paths.keeping import pack


def work_through() -> None:
    """Derive touchpoints and pack paths, or wait while the stack's worker does."""
    while derive(60.0) or derived()[0] < derived()[1]:
        time.sleep(0.1)
    pack_all()


def pack_all() -> None:
    """Pack, or wait while the stack's worker does."""
    last = Interaction.objects.latest("pk").pk
    while pack(60) or packed()[0] < last:
        time.sleep(0.1)
