"""The suppression list: keyed hashes of whom we erased, so that nothing that comes late or again makes them anew."""

import hmac
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import LiteralString, NamedTuple

from django.conf import settings

from crm.identity.kinds import Key
from crm.reading import Reading, answering, read
from crm.sql import cursor, texts

IS_ANY: LiteralString = "SELECT EXISTS (SELECT 1 FROM crm_suppression)"
FIND: LiteralString = "SELECT hash, erased_at, lifted_at FROM crm_suppression WHERE hash = ANY(%s::text[])"
ADD = """
    INSERT INTO crm_suppression (hash, erased_at) SELECT h, %s FROM unnest(%s::text[]) AS h ORDER BY h
    ON CONFLICT (hash) DO UPDATE SET erased_at = excluded.erased_at, lifted_at = NULL
"""
LIFT = "UPDATE crm_suppression SET lifted_at = %s WHERE hash = ANY(%s::text[]) AND lifted_at IS NULL"


class Suppressed(NamedTuple):
    """Since when, and until when: nothing where that holds still."""

    erased_at: datetime
    lifted_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether what happened then is not to be recorded."""
        return self.lifted_at is None or at < self.lifted_at


def hash_of(key: Key) -> str:
    """What is kept of an identifier: without the key of this installation, it cannot be told whose it was."""
    return hmac.digest(settings.ERASURE_KEY.encode(), "\0".join(key).encode(), "sha256").hex()


def is_any_suppressed() -> bool:
    """Whether the list has anybody at all: most installations ask no more than this."""
    return read(looking_for_any())


def looking_for_any() -> Reading[bool]:
    [(found,)] = yield from answering(IS_ANY, [])
    return bool(found)


def suppressed(keys: Collection[Key]) -> dict[Key, Suppressed]:
    """Those of the identifiers that are on the list."""
    return read(finding_suppressed(keys))


def finding_suppressed(keys: Collection[Key]) -> Reading[dict[Key, Suppressed]]:
    """As `suppressed`, beside other readings."""
    if not keys or not (yield from looking_for_any()):
        return {}
    by_hash = {hash_of(key): key for key in keys}
    rows = yield from answering(FIND, [texts(by_hash)])
    return {by_hash[found]: Suppressed(*times) for found, *times in rows}


def is_suppressed(key: Key, at: datetime) -> bool:
    """Whether what happens to this identifier then is not to be kept."""
    found = suppressed([key]).get(key)
    return found is not None and found.holds(at)


def suppress(hashes: Iterable[str], at: datetime) -> None:
    """Put identifiers on the list. The caller holds their locks."""
    with cursor() as sql:
        sql.execute(ADD, [at, texts(hashes)])


def lift(hashes: Iterable[str], at: datetime) -> None:
    """Record what happens from then on again."""
    with cursor() as sql:
        sql.execute(LIFT, [at, texts(hashes)])
