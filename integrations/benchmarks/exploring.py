"""Ask Explore over millions of interactions as a marketer does: each facet, deep pages, customers, several at once."""

import random
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.core.management.base import CommandError

from crm.privacy.models import Role
from integrations.benchmarks import reporting
from integrations.benchmarks.browsing import Browser, sign_in
from integrations.benchmarks.populating import Scale, populate, timed
from integrations.benchmarks.settling import work_through
from integrations.benchmarks.stacks import add_source, django_reads, throw_away_stack
from integrations.benchmarks.timeline import SAMPLES, SMALLEST, measure
from journeys.explore.places import Place
from journeys.timeline.positions import start_of

GOAL = 100.0  # p95 of a page, in milliseconds
YEARS = timedelta(days=720)
CAMPAIGNS, PRODUCTS = 40, 25
# What is rare in what people do: a campaign of one hit in fifty, a product and what it is worth of one in a hundred.
MARKETED = f"""
    UPDATE journeys_interaction SET data = data
        || CASE WHEN id % 50 = 0 THEN jsonb_build_object('campaign', jsonb_build_object(
            'name', 'campaign ' || id / 50 % {CAMPAIGNS})) ELSE '{{}}' END
        || CASE WHEN id % 100 = 3 THEN jsonb_build_object('value', id % 997, 'products', jsonb_build_array(
            jsonb_build_object('name', 'product ' || id / 100 % {PRODUCTS}))) ELSE '{{}}' END
    WHERE channel = 'web' AND (id % 50 = 0 OR id % 100 = 3)
"""  # noqa: S608 (constants)
NEWEST = """
    SELECT i.id, i.occurred_at, i.channel, i.kind, i.title, i.data::text, o.customer_id
    FROM journeys_interaction i JOIN crm_identifier o ON o.id = i.identifier_id
    WHERE i.occurred_at < %s ORDER BY i.occurred_at DESC, i.id DESC LIMIT 51
"""
Asked = dict[str, str]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=20_000, help="default 20000; the goal is for 1000000")
    parser.add_argument("--interactions", type=int, default=200_000, help="default 200000; the goal is for 10000000")
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"of each case (default {SAMPLES})")
    parser.add_argument("--seed", type=int, default=7)


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: p50 and p95 in milliseconds of whole pages, by what they ask, and of the newest rows by hand."""
    if options["customers"] < SMALLEST or options["interactions"] < SMALLEST:
        raise CommandError(f"fewer than {SMALLEST} customers or interactions say nothing; ask for more")
    with throw_away_stack() as running, django_reads(running), running.connect() as own:
        add_source(running, "segment", "shop")
        add_source(running, "twilio", "contacts")
        populate(own, Scale(options["customers"], options["interactions"]), say)
        with timed("campaigns and products", say):
            own.execute(MARKETED.encode())
            own.execute(b"VACUUM (ANALYZE) journeys_interaction")
            own.execute(b"CHECKPOINT")
        with timed("touchpoints and paths", say):
            work_through()
        _, cookie = sign_in(Role.MARKETER)
        return measure_all(Browser(running.port, cookie), own, options, say)


def measure_all(
    browser: Browser, own: "psycopg.Connection[tuple[Any, ...]]", options: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, float]:
    figures: dict[str, float] = {}
    for case, ask in CASES.items():
        addresses = address_of(ask, random.Random(options["seed"]))
        taken = measure(partial(next, addresses), browser.get, options["samples"])
        figures |= told(case, taken)
        say(f"  {case:<24} p50 {figures[f'{case}_p50_ms']:8.2f}   p95 {figures[f'{case}_p95_ms']:8.2f} ms")
    chance = random.Random(options["seed"])
    by_hand = measure(lambda: some_time(chance), lambda at: own.execute(NEWEST, [at]).fetchall(), options["samples"])
    missed = [name for name, value in figures.items() if name.endswith("p95_ms") and value > GOAL]
    say(f"goal (a page's p95 < {GOAL:g} ms): missed {len(missed)} times")
    return figures | told("floor", by_hand)


def told(case: str, taken: list[float]) -> dict[str, float]:
    return {f"{case}_p{share:.0%}_ms".replace("%", ""): reporting.percentile(taken, share) for share in (0.5, 0.95)}


def address_of(ask: Callable[[random.Random], Asked], chance: random.Random) -> Iterator[str]:
    while True:
        yield f"/explore/?{urlencode(ask(chance))}"


def some_time(chance: random.Random) -> datetime:
    return datetime.now(UTC) - YEARS * chance.random()


# What is asked


def some_days(chance: random.Random) -> Asked:
    since = some_time(chance)
    return {"since": f"{since:%Y-%m-%d}", "until": f"{since + timedelta(days=chance.randrange(1, 60)):%Y-%m-%d}"}


def deep(chance: random.Random) -> Asked:
    return {"before": start_of(some_time(chance)).token}


def of_campaign(chance: random.Random) -> Asked:
    return {"campaign": f"campaign {chance.randrange(CAMPAIGNS)}"}


def of_product(chance: random.Random) -> Asked:
    return {"product": f"product {chance.randrange(PRODUCTS)}"}


def of_value(chance: random.Random) -> Asked:
    least = chance.randrange(900)
    return {"value_from": str(least), "value_to": str(least + 20)}


def by_value(chance: random.Random) -> Asked:
    """The beginning, or a page from the middle on."""
    place = Place(some_time(chance), 1, worth=Decimal(chance.randrange(997)))
    return {"sort": chance.choice(["value", "-value"])} | ({"before": place.token} if chance.random() < 0.5 else {})


def by_words(chance: random.Random) -> Asked:
    sort = chance.choice(["channel", "outcome", "-outcome", "mood", "-mood", "campaign", "-campaign"])
    return {"sort": sort} | chance.choice([{}, {"tab": "customers"}, {"value_from": "500"}])


def came_after(chance: random.Random) -> Asked:
    """Saw a page, did not buy within half an hour, called within a week."""
    journey = "not event:Order Completed within 30 minutes; call within 7 days"
    return {"path": "/checkout/*", "journey": journey} | deep(chance)


def came_before(chance: random.Random) -> Asked:
    """Called, and had looked at a page within the month before."""
    return {"channel": "call", "journey": "before page:/checkout/* within 30 days"} | deep(chance)


CASES: dict[str, Callable[[random.Random], Asked]] = {
    "everything": lambda chance: {},
    "deep": deep,
    "days": some_days,
    "channel": lambda chance: {"channel": chance.choice(["call", "email", "social", "web"])},
    "outcome": lambda chance: {"outcome": chance.choice(["answered", "missed", "voicemail"])} | deep(chance),
    "campaign": of_campaign,
    "product": of_product,
    "value": of_value,
    "path": lambda chance: {"path": chance.choice(["/checkout/*", "/quote/*", "/nothing-of-that-name"])} | deep(chance),
    "landing": lambda chance: {"landing": "/checkout/*"} | deep(chance),
    "mood": lambda chance: {"mood": chance.choice(["annoyed", "content"])},
    "consent": lambda chance: {"consent": "given:marketing"},
    "several": lambda chance: of_campaign(chance) | some_days(chance) | {"channel": "web"},
    "by_customer": lambda chance: {"tab": "customers"} | (deep(chance) if chance.random() < 0.5 else {}),
    "by_value": by_value,
    "by_words": by_words,
    "came_after": came_after,
    "came_before": came_before,
    "customers_of_campaign": lambda chance: {"tab": "customers"} | of_campaign(chance),
}
