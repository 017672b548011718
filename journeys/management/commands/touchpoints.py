"""`manage.py touchpoints`: bring them up to what was recorded, now; or work all of them out anew."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from journeys.attribution.deriving import begin_anew, derive, how_far
from journeys.attribution.keeping import sweep

TURN = 2.0  # seconds between two lines that say how far it is


class Command(BaseCommand):
    help = "Bring touchpoints up to what was recorded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anew", action="store_true", help="work out all of them again, from the first on")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["anew"]:
            begin_anew()
        began, (from_, _) = time.monotonic(), how_far()
        while derive(TURN):
            self.stdout.write("{:,} of {:,} interactions".format(*how_far()))
        lost = sweep() if options["anew"] else 0
        at, _ = how_far()
        seconds = time.monotonic() - began
        self.stdout.write(f"{at - from_:,} interactions in {seconds:.1f} s; {lost:,} touchpoints of none removed")
