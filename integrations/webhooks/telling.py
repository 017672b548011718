"""Filling the outbox: a message for each endpoint of what happened, in bites, none twice and none left out.

Calls and conversions are noted by triggers, in the transaction that changed them (models.Happening). Changes of who is
who are read from the identity log, from a cursor. What was read and the messages made of it are one transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from crm.identity.models import IdentityEvent
from crm.identity.resolving import lock_number
from crm.privacy.restricting.standing import restricted_customers
from crm.sources.models import Source
from crm.sql import cursor
from integrations.webhooks.models import Endpoint, Happening, WebhookMessage, WebhookPlace
from integrations.webhooks.moving import moves_of
from integrations.webhooks.wording import Told, of_call, of_conversion
from journeys.attribution.following import settled
from journeys.attribution.models import Conversion
from journeys.calls.models import Call

log = structlog.get_logger(__name__)
BITE = 500  # of each kind
STRADDLE = timedelta(hours=1)  # longer than a transaction that writes to the log
IDENTITY = "identity log"
TELLING = lock_number("integrations", "webhooks")
TRY = "SELECT pg_try_advisory_xact_lock(%s)"
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
    last = settled("crm_identityevent")
    with transaction.atomic():
        if not is_alone():
            return False
        endpoints = list(Endpoint.objects.there())
        happened, moved = claim(limit), log_lines(last, endpoints, limit)
        if endpoints:
            put(endpoints, [*told_of(happened), *moves_of(moved)])
        return len(moved) == limit or len(happened) >= limit


def is_alone() -> bool:
    with cursor() as sql:
        (is_mine,) = sql.execute(TRY, [TELLING]).fetchone() or (False,)
    return bool(is_mine)


def claim(limit: int) -> list[Happening]:
    """Take what happened to calls and conversions, the earliest first."""
    with cursor() as sql:
        rows = sql.execute(CLAIM, [limit]).fetchall()
    return [Happening(id=n, kind=kind, row_id=row, was=was, at=at) for n, kind, row, was, at in sorted(rows)]


def log_lines(last: int | None, endpoints: Sequence[Endpoint], limit: int) -> list[IdentityEvent]:
    """The next lines of the identity log, up to the last that can be read; where nobody is told, they are passed by."""
    if last is None:
        return []
    if not endpoints:
        reach(last)
        return []
    upto = WebhookPlace.objects.filter(name=IDENTITY).values_list("upto", flat=True).first()
    if upto is None:
        upto = before(endpoints, last)
    found = list(IdentityEvent.objects.filter(pk__gt=upto, pk__lte=last).order_by("pk")[:limit])
    reach(found[-1].pk if len(found) == limit else last)
    return found


def before(endpoints: Sequence[Endpoint], last: int) -> int:
    """The line of the log before the first that any endpoint could be told of."""
    since = min(one.created_at for one in endpoints) - STRADDLE
    first = IdentityEvent.objects.filter(at__gte=since).aggregate(first=Min("pk"))["first"]
    return last if first is None else int(first) - 1


def reach(upto: int) -> None:
    WebhookPlace.objects.update_or_create(name=IDENTITY, defaults={"upto": upto})


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
