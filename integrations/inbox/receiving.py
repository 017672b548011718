"""Receive: raw events into the inbox, in one transaction; only after its commit is the sender told 2xx."""

import base64
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from crm.sources.models import Source
from crm.sql import Texts, array, cursor, texts
from integrations.adapter import Event, SourceFacts
from integrations.errors import Rejected

BINARY = b"base64:"
# A parameter for each column, in the keys' order (`columns`), so that two batches with the same redelivered keys cannot
# deadlock. It returns a tally of each source.
INSERT = """
    WITH event AS MATERIALIZED (
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS e (s, k, d, b, r)
    ), inserted AS (
        INSERT INTO integrations_delivery (source_id, key, kind, body, received_at)
        SELECT s, k, d, b, now() FROM event ON CONFLICT DO NOTHING
        RETURNING id, source_id, key
    ), refused AS (
        INSERT INTO integrations_faileddelivery (delivery_id, source_id, reason, attempts, failed_at)
        SELECT DISTINCT ON (i.id) i.id, i.source_id, e.r, 0, now()
        FROM inserted i JOIN event e ON e.k = i.key AND e.s = i.source_id WHERE e.r <> ''
        RETURNING delivery_id, source_id
    ), waiting AS (
        INSERT INTO integrations_pending (delivery_id, available_at, attempts, reason)
        SELECT i.id, now(), 0, '' FROM inserted i WHERE i.id NOT IN (SELECT delivery_id FROM refused)
    )
    INSERT INTO integrations_tally (source_id, at, accepted, duplicates, rejected, recorded, failed)
    SELECT sent.s, now(), coalesce(new.n, 0), sent.n - coalesce(new.n, 0), 0, 0, coalesce(bad.n, 0)
    FROM (SELECT s, count(*) AS n FROM event GROUP BY s) AS sent
    LEFT JOIN (SELECT source_id AS s, count(*) AS n FROM inserted GROUP BY source_id) AS new USING (s)
    LEFT JOIN (SELECT source_id AS s, count(*) AS n FROM refused GROUP BY source_id) AS bad USING (s)
    RETURNING accepted, duplicates, failed
"""
REJECT = """
    WITH told AS (
        INSERT INTO integrations_rejection (source_id, reason, status, times, last_at)
        VALUES (%(s)s, %(r)s, %(c)s, 1, now())
        ON CONFLICT (source_id, reason) DO UPDATE SET times = integrations_rejection.times + 1, last_at = now()
    )
    INSERT INTO integrations_tally (source_id, at, accepted, duplicates, rejected, recorded, failed)
    VALUES (%(s)s, now(), 0, 0, %(n)s, 0, 0)
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of events at the door. failed: those of the accepted that were refused alone, with a reason."""

    accepted: int
    duplicates: int
    failed: int = 0


def stored(body: bytes) -> bytes:
    """A raw body as the delivery keeps it: text as it is, anything else in base64."""
    return body if is_text(body) else BINARY + base64.b64encode(body)


def is_text(body: bytes) -> bool:
    """Whether PostgreSQL takes it as text, and `raw` knows it for that."""
    if b"\0" in body or body.startswith(BINARY):
        return False
    with suppress(UnicodeDecodeError):
        return body.isascii() or body.decode() != ""
    return False


def raw(text: str) -> bytes:
    """The body that `stored` was given."""
    body = text.encode()
    return base64.b64decode(body[len(BINARY) :]) if body.startswith(BINARY) else body


def columns(events: Iterable[tuple[int, Event]]) -> list[object]:
    """(source id, event) as the parameters of INSERT."""
    ordered = sorted((event.key[:200], source_id, event) for source_id, event in events)
    keys, sources, sent = zip(*ordered, strict=True)
    return [
        array(sources),
        texts(keys),
        texts([event.kind[:200] for event in sent]),
        Texts([stored(event.body) for event in sent]),
        texts([event.reason for event in sent]),
    ]


def receive(source: Source, events: Sequence[Event]) -> Receipt:
    """Take events of one source into the inbox; those whose key is there already are duplicates."""
    if not events:
        return Receipt(0, 0)
    with transaction.atomic(), cursor() as sql:
        sql.execute(INSERT, columns((source.pk, event) for event in events))
        return Receipt(*(sql.fetchone() or (0, 0, 0)))


def reject(source: Source, refusal: Rejected) -> None:
    """Count a request that was refused, as the source's page shows it."""
    with cursor() as sql:
        sql.execute(REJECT, {"s": source.pk, "r": refusal.reason[:300], "c": refusal.status, "n": 1})


def facts(source: Source) -> SourceFacts:
    """What an adapter may know of a source."""
    return SourceFacts(
        public_id=source.public_id,
        name=source.name,
        adapter=source.adapter,
        namespace=source.namespace,
        country=source.country,
        write_key=source.write_key,
        secret=source.secret,
        settings=source.settings,
        is_trusted=source.is_trusted,
    )
