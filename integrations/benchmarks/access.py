"""What access checks and the audit log cost a request for a timeline: the same requests with and without them."""

import random
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.test import Client, override_settings

from crm.identity.models import Customer
from crm.privacy.audit import noting
from crm.privacy.audit.looking import COLUMNS
from crm.privacy.models import Role
from crm.reading import Statement, answers
from integrations.benchmarks import reporting
from integrations.benchmarks.browsing import sign_in
from integrations.benchmarks.populating import Scale, populate
from integrations.benchmarks.stacks import add_source, django_reads, throw_away_stack

FEWEST = 20
# The names of static files are asked of no manifest, which this process does not have.
PLAIN_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WARM_UP = 30
KNOWN = """
    SELECT DISTINCT c.public_id FROM crm_customer c JOIN crm_identifier i ON i.customer_id = c.id
    WHERE i.kind = 'login' LIMIT %s
"""
PAGES = {"page": "/customers/{}/", "entries": "/customers/{}/entries/"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=20_000, help="default 20000")
    parser.add_argument("--interactions", type=int, default=200_000, help="default 200000")
    parser.add_argument("--requests", type=int, default=1_000, help="pairs of requests of each page (default 1000)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: for the whole page and for the timeline alone, the medians with and without, and the share in per cent.

    Every request with them is a look at somebody who was not looked at before, so that it is written.
    """
    if options["requests"] < FEWEST:
        raise CommandError(f"fewer than {FEWEST} requests say nothing; ask for more")
    with throw_away_stack() as running, django_reads(running), running.connect() as own:
        add_source(running, "segment", "shop")
        add_source(running, "twilio", "contacts")
        populate(own, Scale(options["customers"], options["interactions"]), say)
        with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
            return measure(own, options["requests"])


def measure(own: "psycopg.Connection[tuple[Any, ...]]", count: int) -> dict[str, float]:
    _, cookie = sign_in()
    client = Client(SERVER_NAME="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie.partition("=")[2]
    customers = [public_id for (public_id,) in own.execute(KNOWN, [count]).fetchall()]
    figures: dict[str, float] = {}
    for page, address in PAGES.items():
        times = list(paired(client, address, random.Random(7).choices(customers, k=count + WARM_UP)))[WARM_UP:]
        guarded, plain = zip(*times, strict=True)
        extra = statistics.median(one - other for one, other in times)
        figures |= {
            f"{page}_ms": reporting.percentile(guarded, 0.5), f"{page}_without_ms": reporting.percentile(plain, 0.5),
            f"{page}_share": 100 * extra / statistics.median(plain),
        }  # fmt: skip
    return figures


def paired(client: Client, address: str, customers: list[Any]) -> Iterator[tuple[float, float]]:
    """(milliseconds with, milliseconds without) of a page of each customer; which comes first takes turns."""
    for number, public_id in enumerate(customers):
        path = address.format(public_id)
        if number % 2:
            guarded = timed(client, path)
            yield guarded, timed_without(client, path)
        else:
            plain = timed_without(client, path)
            yield timed(client, path), plain


def timed_without(client: Client, path: str) -> float:
    with unguarded():
        return timed(client, path)


def timed(client: Client, path: str) -> float:
    """How long a request takes, in milliseconds; nobody was looked at before."""
    noting.looks.clear()
    began = time.perf_counter()
    answer = client.get(path)
    took = 1_000 * (time.perf_counter() - began)
    if answer.status_code != 200:
        raise CommandError(f"{path} answered {answer.status_code}")
    return took


def plainly_read(_: Any, **which: Any) -> Customer:
    """A customer, read as `followed_or_404` reads them, without a look."""
    text, parameters = Customer.objects.filter(**which)[:1].query.sql_with_params()
    [[row]] = answers([Statement(text, parameters)])
    return Customer.from_db("default", COLUMNS, row)


@contextmanager
def unguarded() -> Iterator[None]:
    """No policy, no roles, no door, no log: what a program would be that asks for none of it."""
    everybody = frozenset({Role.AGENT.value})
    with ExitStack() as stack:
        for name, instead in (
            ("crm.privacy.access.PolicyMiddleware.process_view", lambda *_: None),
            ("crm.privacy.signing_in.users.GROUPS", "NULL::text[]"),
            ("crm.privacy.access.groups_of", lambda _: everybody),
            ("journeys.customers.views.followed_or_404", plainly_read),
            ("journeys.customers.views.is_open_to", lambda *_: True),
            ("journeys.customers.views.roles_of", lambda _: everybody),
        ):
            stack.enter_context(patch(name, instead))
        yield
