"""A paused source goes on: what waited is pending again, in the order in which it came."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.sources.models import Pause, Source
from crm.sql import cursor
from integrations.inbox.hinting import hint

AT_ONCE = 20_000  # deliveries put back in one transaction
RELEASE = """
    WITH back AS (
        DELETE FROM integrations_pauseddelivery WHERE delivery_id IN (
            SELECT p.delivery_id FROM integrations_pauseddelivery p JOIN crm_source s ON s.id = p.source_id
            WHERE s.paused_at IS NULL ORDER BY p.delivery_id LIMIT %s FOR UPDATE OF p SKIP LOCKED)
        RETURNING delivery_id, attempts
    )
    INSERT INTO integrations_pending (delivery_id, available_at, attempts, reason)
    SELECT delivery_id, now(), attempts, '' FROM back ORDER BY delivery_id ON CONFLICT DO NOTHING
"""


@transaction.atomic
def resume(source: Source, actor: User | None, *, is_joining: bool = True) -> None:
    """Let a paused source go on; the breaker then leaves it alone for a day.

    is_joining: whether what it sees together is linked again; without, what waited is recorded and ties nobody.
    """
    now = timezone.now()
    Pause.objects.filter(source=source, ended_at=None).update(ended_at=now, ended_by=actor)
    Source.objects.filter(pk=source.pk).update(paused_at=None, is_joining=is_joining)
    source.refresh_from_db()
    transaction.on_commit(release)


def release() -> int:
    """Put back what was set aside of sources that are not paused; returns how many deliveries.

    The sweep does so too: a drain that read of the pause just before its end sets deliveries aside after it.
    """
    total = 0
    while count := release_some():
        total += count
    if total:
        hint()
    return total


def release_some() -> int:
    with transaction.atomic(), cursor() as sql:
        return sql.execute(RELEASE, [AT_ONCE]).rowcount


def waiting(source: Source) -> int:
    """How many deliveries of a source wait for the end of its pause."""
    with cursor() as sql:
        sql.execute("SELECT count(*) FROM integrations_pauseddelivery WHERE source_id = %s", [source.pk])
        (count,) = sql.fetchone() or (0,)
    return int(count)
