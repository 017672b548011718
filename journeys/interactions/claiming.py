"""Claiming: where a shared line rang and the agent found out who it was, that one interaction is the customer's.

The line stays shared. The interaction hangs off the customer's identifier and keeps the line it came on as its `via`,
so a claim that is taken back leaves it where it was. A claim may come before the interaction is recorded.
"""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.identity.models import Identifier
from crm.identity.resolving import lock, lock_number
from crm.live import notify
from crm.sources.models import Source
from crm.sql import array, cursor, texts
from journeys.interactions.models import Claim

# A web interaction's via is its browser, so only what has none is claimed; nor does a claim move what it moved before.
APPLY = """
    UPDATE journeys_interaction t SET via_id = t.identifier_id, identifier_id = c.identifier_id
    FROM unnest(%s::text[], %s::bigint[]) AS n (key, source)
    JOIN journeys_claim c ON c.key = n.key AND c.source_id = n.source AND c.withdrawn_at IS NULL
    WHERE t.key = n.key AND t.source_id = n.source AND t.via_id IS NULL AND t.channel <> 'web'
      AND t.identifier_id <> c.identifier_id
    RETURNING t.via_id, t.identifier_id
"""
RELEASE = """
    UPDATE journeys_interaction SET identifier_id = via_id, via_id = NULL
    WHERE key = %s AND source_id = %s AND identifier_id = %s AND via_id IS NOT NULL AND channel <> 'web'
    RETURNING identifier_id
"""


def lock_of(source_id: int, key: str) -> int:
    """The lock of an interaction that arrives in parts, or is claimed."""
    return lock_number("part", str(source_id), key)


@transaction.atomic
def claim(source: Source, key: str, identifier: Identifier, actor: User) -> Claim:
    """Say whom the interaction of a key is from, recorded or not yet. What was said before is taken back."""
    lock([lock_of(source.pk, key)])
    standing = Claim.objects.filter(source=source, key=key, withdrawn_at=None).first()
    if standing and standing.identifier_id == identifier.pk:
        return standing
    if standing:
        withdraw(standing, actor)
    made = Claim.objects.create(source=source, key=key, identifier=identifier, actor=actor, at=timezone.now())
    tell(apply_claims([(key, source.pk)]) | {identifier.pk})
    return made


@transaction.atomic
def take_back(claimed: Claim, actor: User) -> bool:
    """Take a claim back; False when it was already."""
    lock([lock_of(claimed.source_id, claimed.key)])
    if not Claim.objects.filter(pk=claimed.pk, withdrawn_at=None).exists():
        return False
    withdraw(claimed, actor)
    return True


def withdraw(claimed: Claim, actor: User) -> None:
    """The interaction hangs off its line again. The caller holds its lock."""
    Claim.objects.filter(pk=claimed.pk).update(withdrawn_at=timezone.now(), withdrawn_by=actor)
    with cursor() as sql:
        sql.execute(RELEASE, [claimed.key, claimed.source_id, claimed.identifier_id])
        tell({claimed.identifier_id, *(line for (line,) in sql)})


def apply_claims(keys: Collection[tuple[str, int]]) -> set[int]:
    """Have the interactions of (key, source id) hang off whom a standing claim says; returns the identifiers touched.

    The caller holds the interactions' locks.
    """
    if not keys:
        return set()
    named, sources = zip(*keys, strict=True)
    with cursor() as sql:
        sql.execute(APPLY, [texts(named), array(sources)])
        return {end for row in sql for end in row}


def tell(identifiers: Collection[int]) -> None:
    """Have open screens show it."""
    notify(Identifier.objects.filter(pk__in=identifiers).values_list("customer_id", flat=True))
