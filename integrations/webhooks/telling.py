"""Filling the outbox: a message for each endpoint of what happened, in bites, none twice and none left out.

Calls and conversions are noted by triggers, in the transaction that changed them (models.Happening). Changes of who is
who, and who enters and leaves segments, are read from their logs, from cursors. What was read and the messages made of
it are one transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min, prefetch_related_objects
from django.utils import timezone

from crm.identity.models import Customer, IdentityEvent
from crm.identity.resolving import lock_number
from crm.privacy.restricting.standing import restricted_customers
from crm.sources.models import Source
from crm.sql import cursor
from integrations.webhooks.models import Endpoint, Happening, WebhookMessage, WebhookPlace
from integrations.webhooks.moving import moves_of
from integrations.webhooks.wording import Told, of_call, of_conversion, of_passage
from journeys.attribution.following import settled
from journeys.attribution.locking import is_alone
from journeys.attribution.models import Conversion
from journeys.calls.models import Call
from journeys.segments.models import Passage

log = structlog.get_logger(__name__)
BITE = 500  # of each kind
STRADDLE = timedelta(hours=1)  # longer than a transaction that writes to the log
IDENTITY, SEGMENTS = "identity log", "segments"
LOGS: dict[str, type[IdentityEvent | Passage]] = {IDENTITY: IdentityEvent, SEGMENTS: Passage}
TELLING = lock_number("integrations", "webhooks")
# Whatever happened to one row goes together: what stands in the end is told, not the steps.
CLAIM = """
    DELETE FROM integrations_happening h USING (
        SELECT DISTINCT kind, row_id FROM (
            SELECT kind, row_id FROM integrations_happening ORDER BY id LIMIT %s
        ) AS first
    ) AS n WHERE (h.kind, h.row_id) = (n.kind, n.row_id)
    RETURNING h.id, h.kind, h.row_id, h.was, h.at
"""


def tell(limit: int = BITE) -> bool:
    """Make messages of the next things that happened; returns whether there may be more that nobody else is at."""
    last = {name: settled(model._meta.db_table) for name, model in LOGS.items()}
    with transaction.atomic():
        if not is_alone(TELLING):
            return False
        endpoints = list(Endpoint.objects.there())
        happened = claim(limit)
        lines = {name: log_lines(name, last[name], endpoints, limit) for name in LOGS}
        if endpoints:
            put(endpoints, [*told_of(happened), *moves_of(lines[IDENTITY]), *told_of_passages(lines[SEGMENTS])])
        return len(happened) >= limit or any(len(found) == limit for found in lines.values())


def claim(limit: int) -> list[Happening]:
    """Take what happened to calls and conversions, the earliest first."""
    with cursor() as sql:
        rows = sql.execute(CLAIM, [limit]).fetchall()
    return [Happening(id=n, kind=kind, row_id=row, was=was, at=at) for n, kind, row, was, at in sorted(rows)]


def log_lines(name: str, last: int | None, endpoints: Sequence[Endpoint], limit: int) -> list[Any]:
    """The next lines of a log, up to the last that can be read; where nobody is told, they are passed by."""
    if last is None:
        return []
    if not endpoints:
        reach(name, last)
        return []
    upto = WebhookPlace.objects.filter(name=name).values_list("upto", flat=True).first()
    if upto is None:
        upto = before(name, endpoints, last)
    found = list(LOGS[name]._default_manager.filter(pk__gt=upto, pk__lte=last).order_by("pk")[:limit])
    reach(name, found[-1].pk if len(found) == limit else last)
    return found


def before(name: str, endpoints: Sequence[Endpoint], last: int) -> int:
    """The line of the log before the first that any endpoint could be told of."""
    since = min(one.created_at for one in endpoints) - STRADDLE
    first = LOGS[name]._default_manager.filter(at__gte=since).aggregate(first=Min("pk"))["first"]
    return last if first is None else int(first) - 1


def reach(name: str, upto: int) -> None:
    WebhookPlace.objects.update_or_create(name=name, defaults={"upto": upto})


# What is told


def told_of(happened: Sequence[Happening]) -> Iterator[Told]:
    """What endpoints are told of calls and conversions that something happened to."""
    first: dict[tuple[str, int], Happening] = {}
    for one in happened:
        first.setdefault((one.kind, one.row_id), one)
    yield from told_of_calls([one for one in first.values() if one.kind == Happening.Kind.CALL])
    yield from told_of_conversions([one for one in first.values() if one.kind == Happening.Kind.CONVERSION])


def told_of_calls(happened: Sequence[Happening]) -> Iterator[Told]:
    rows = Call.objects.filter(pk__in=[one.row_id for one in happened])
    calls = rows.select_related("queue", "customer", "claimed_for__customer").in_bulk()
    brands = dict(Source.objects.values_list("pk", "brand_id"))
    for one in happened:
        if call := calls.get(one.row_id):
            customer = call.claimed_for.customer if call.claimed_for else call.customer
            yield of_call(call, customer, brands.get(call.source_id) or "")


def told_of_conversions(happened: Sequence[Happening]) -> Iterator[Told]:
    """Of each whether it counts now, where it did not before, or the other way round. Withheld browsing is not told."""
    rows = Conversion.objects.filter(pk__in=[one.row_id for one in happened])
    shown = rows.exclude(channel="web", identifier__is_withheld=True, order="")
    known = shown.select_related("identifier__customer", "definition").in_bulk()
    for one in happened:
        made = known.get(one.row_id)
        if made and one.was != (made.withdrawn_at is None):
            yield of_conversion(made, made.identifier.customer, one.pk, made.at if not one.was else one.at)


def told_of_passages(passages: Sequence[Passage]) -> Iterator[Told]:
    customers = Customer.objects.in_bulk({one.customer_id for one in passages})
    prefetch_related_objects(passages, "segment")
    for one in passages:
        if one.customer_id in customers:
            yield of_passage(one, customers[one.customer_id])


# Who is told


def put(endpoints: Iterable[Endpoint], told: Sequence[Told]) -> None:
    """Write a message for each endpoint that is told. Whose processing is restricted, nobody is told of."""
    about = {one for each in told for one in (each.customer, each.former) if one}
    silent = set(restricted_customers().filter(pk__in=about).values_list("pk", flat=True))
    rows = [
        message(endpoint, one)
        for one in told
        if silent.isdisjoint((one.customer, one.former))
        for endpoint in endpoints
        if is_told(endpoint, one)
    ]
    WebhookMessage.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)
    if rows:
        log.info("webhooks.told", messages=len(rows))


def is_told(endpoint: Endpoint, told: Told) -> bool:
    """Whether an endpoint wants this, may know of it, and was there when it happened."""
    return told.event in endpoint.events and told.brand in ("", endpoint.brand) and told.at >= endpoint.created_at


def message(endpoint: Endpoint, told: Told) -> WebhookMessage:
    return WebhookMessage(
        endpoint=endpoint, key=told.key, event=told.event, body=told.body, customer_id=told.customer,
        former_id=told.former, due_at=timezone.now(),
    )  # fmt: skip
