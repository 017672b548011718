"""`manage.py demo`: half a year of a made-up holiday company, sent through the same doors as everything else."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crm.identity.models import Identifier
from crm.matching import passing
from crm.matching.errors import UnfitRecords
from crm.profile.portraits import portraits
from integrations.demo import loading
from integrations.demo.casting import compose, worth_opening
from integrations.demo.listening import make_calls_heard, read_newest_calls
from integrations.demo.marketing import ensure_abandonments, ensure_conversions, ensure_costs, ensure_destination
from integrations.demo.people import MOST
from integrations.demo.posting import posts
from integrations.demo.routed import route_last_week
from integrations.demo.staffing import ensure_team
from integrations.demo.working import work
from integrations.inbox.reconciling import balances
from journeys.attribution import recounting, working
from journeys.interactions.models import Interaction
from journeys.morning import counting
from journeys.paths.keeping import pack
from journeys.reviewing.ranking import rank

MANY = 400  # customers


class Command(BaseCommand):
    help = "Load demonstration data: half a year of Northstar Holidays. The same seed again adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=2000, help=f"how many people, at most {MOST}")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing when there are interactions already, unless loading them was interrupted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["customers"] <= MOST:
            raise CommandError(f"--customers: from 1 to {MOST}; there are no more numbers set aside for fiction")
        is_there = options["if_empty"] and Interaction.objects.exists() and not loading.is_unfinished()
        if not is_there:
            started = time.monotonic()
            load(options["customers"], options["seed"], Line(self))
            self.stdout.write(totals(time.monotonic() - started))
            self.listen()
            self.match()
            done = work([customer for customer, _ in loading.customers_of(worth_opening(options["seed"]))])
            self.stdout.write(f"{done} notes, cases, tasks and promises of staff")
            self.stdout.write(f"{route_last_week()} calls of the last week, as the rules would send them")
            self.credit()
        for line in worth_telling(options["seed"]):
            self.stdout.write(line)

    def listen(self) -> None:
        """Read what was said, and give some of the calls their sound."""
        started = time.monotonic()
        read_newest_calls()
        self.stdout.write(f"{make_calls_heard()} calls can be heard (made in {time.monotonic() - started:.0f} s)")

    def credit(self) -> None:
        """Work out what brought people and what they were worth, so that no report waits for it."""
        started = time.monotonic()
        while working.work(5.0) or recounting.recount(5.0, is_patient=False) or counting.count(5.0) or pack(5.0):
            pass
        ensure_costs()
        self.stdout.write(f"touchpoints, conversions, their credit, and paths, in {time.monotonic() - started:.0f} s")

    def match(self) -> None:
        """Find the duplicates among the demonstration's customers: some are joined, some are for people to decide."""
        try:
            found = passing.match(passing.Asked(is_agreed=True), self.stdout.write).figures
        except UnfitRecords as error:  # of one customer or two
            self.stdout.write(f"nobody was matched: {error}")
        else:
            rank(timezone.now())
            joined = found["new_links"] - found["held_links"]
            self.stdout.write(f"{joined:,} duplicates joined, {found['open_reviews']:,} questions for people to decide")


class Line:
    """The progress line: rewritten in place on a terminal, now and then a line of its own elsewhere."""

    def __init__(self, command: BaseCommand) -> None:
        self.out = command.stdout
        self.is_terminal = sys.stdout.isatty()
        self.pause = 0.2 if self.is_terminal else 5.0
        self.said_at = time.monotonic()
        self.sent = self.recorded = self.all = 0
        self.recorded_beside: Callable[[], int] = int

    def note_sent(self, events: int) -> None:
        self.sent += events
        self.say()

    def note_recorded(self, deliveries: int) -> None:
        self.recorded += deliveries
        self.say()

    def say(self) -> None:
        """Say how far it is, unless that was just said."""
        if time.monotonic() - self.said_at < self.pause:
            return
        self.said_at = time.monotonic()
        recorded = self.recorded + self.recorded_beside()
        share = min(99, (self.sent + recorded) * 50 // self.all)
        text = f"{self.sent:,} of {self.all:,} events sent, {recorded:,} recorded ({share} %)"
        self.out.write(f"\r{text}" if self.is_terminal else text, ending="" if self.is_terminal else "\n")
        self.out.flush()

    def end(self) -> None:
        text = f"{self.all:,} of {self.all:,} events sent and recorded (100 %)"
        self.out.write(f"\r{text}" if self.is_terminal else text)


def load(customers: int, seed: int, line: Line) -> None:
    """Compose, send, record; a large number with a second process that records meanwhile."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    addresses = loading.ensure_sources()
    ensure_team()
    ensure_conversions()
    ensure_abandonments()
    requests = list(posts(compose(customers, seed, midnight), addresses, seed))
    line.all = sum(request.events for request in requests)
    with ExitStack() as stack:
        if customers >= MANY:
            beside = stack.enter_context(loading.DrainBeside())
            line.recorded_beside = lambda: beside.finished.value
        loading.send(requests, line.note_sent)
        loading.drain_everything(line.note_recorded)
    ensure_destination()
    loading.note_finished()
    line.end()


def worth_telling(seed: int) -> list[str]:
    """The customers worth opening first, by name, and why; nothing where the demonstration is not loaded."""
    found = loading.customers_of(worth_opening(seed))
    known = portraits(customer.pk for customer, _ in found)
    lines = [
        f"  {known[customer.pk].name}: {reason}\n    /customers/{customer.public_id}/" for customer, reason in found
    ]
    return ["Worth opening first:", *lines] if lines else []


def totals(seconds: float) -> str:
    customers = Identifier.objects.order_by().values("customer_id").distinct().count()
    failed = sum(balance.failed for balance in balances())
    interactions = Interaction.objects.count()
    return f"{customers:,} customers, {interactions:,} interactions, {failed} failed deliveries, in {seconds:.0f} s"
