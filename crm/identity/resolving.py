"""The live path: from values seen together to identifiers, links, and the customers that they add up to. Bulk first."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, LiteralString, NamedTuple

from django.conf import settings

from crm.identity.kinds import Key
from crm.reading import Reading, answering, read
from crm.sql import array, cursor, texts

LOCK = "SELECT count(pg_advisory_xact_lock(k)) FROM (SELECT unnest(%s::bigint[]) AS k ORDER BY 1) AS sorted"
# OFFSET 0: one step in the index for each, never a look at the whole table because it was small when last analysed.
FIND: LiteralString = """
    SELECT k.n, i.id, i.customer_id
    FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS k (kind, namespace, value, n)
    CROSS JOIN LATERAL (
        SELECT id, customer_id FROM crm_identifier
        WHERE value = k.value AND kind = k.kind AND namespace = k.namespace OFFSET 0
    ) AS i
"""
BEAR = """
    WITH given AS (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[]) WITH ORDINALITY
            AS k (kind, namespace, value, public_id, n)
    ), born AS (
        INSERT INTO crm_customer (public_id, brand, created_at)
        SELECT public_id, split_part(namespace, '@', 2), now() FROM given ORDER BY n RETURNING id, public_id
    )
    INSERT INTO crm_identifier (kind, namespace, value, customer_id, origin_id, shared, created_at, is_withheld)
    SELECT k.kind, k.namespace, k.value, born.id, born.id, '', now(), %s
    FROM given k JOIN born USING (public_id) ORDER BY k.n
    RETURNING kind, namespace, value, id, customer_id
"""
# What staff took back is a piece of evidence: an interaction, by which its source tied the two. The same one, delivered
# or replayed again, ties them no more, until it is put back; a new one does, for it is new evidence (what holds against
# that is a `different` verdict).
LINK: LiteralString = """
    INSERT INTO crm_link (a_id, b_id, verdict, basis, is_verified, weight, source_id, evidence, created_at, held)
    SELECT l.a, l.b, 'same', 'observed', l.verified, 0, l.source, jsonb_build_object('interaction', l.key), now(), ''
    FROM unnest(%s::bigint[], %s::bigint[], %s::bool[], %s::bigint[], %s::text[]) AS l (a, b, verified, source, key)
    WHERE (SELECT s.id FROM crm_link s WHERE s.a_id = l.a AND s.b_id = l.b AND s.basis = 'observed'
           AND s.verdict = 'same' AND s.is_verified = l.verified AND s.withdrawn_at IS NULL) IS NULL
      AND (SELECT w.id FROM crm_link w WHERE w.a_id = l.a AND w.b_id = l.b AND w.withdrawn_at IS NOT NULL
           AND w.basis = 'observed' AND w.source_id = l.source AND w.evidence->>'interaction' = l.key LIMIT 1) IS NULL
    ORDER BY l.a, l.b
    ON CONFLICT (a_id, b_id, basis, verdict, is_verified) WHERE withdrawn_at IS NULL DO NOTHING
    RETURNING a_id, b_id
"""


class Sighting(NamedTuple):
    """Identifiers that one event carried together, the most telling first; they are about one person.

    evidence: the key of the interaction that carried them.
    """

    keys: tuple[Key, ...]
    source_id: int
    is_verified: bool
    evidence: str


class Known(NamedTuple):
    """An identifier's row: its id, and the id of the customer it belonged to when it was read."""

    id: int
    customer_id: int


def lock_number(*parts: str) -> int:
    """The number (64 bits, signed) of the advisory lock that stands for a value."""
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=8).digest(), "big", signed=True)


def lock(numbers: Iterable[int]) -> None:
    """Take advisory locks until the transaction ends, in sorted order, so that no two takers can deadlock.

    Taken on the hash of an identifier's value before it is read, they also cover values that have no row yet.
    """
    with cursor() as sql:
        sql.execute(LOCK, [array(sorted(set(numbers)))])


def enrol(keys: Collection[Key]) -> dict[Key, Known]:
    """The row of each identifier; those never seen before are born, each with a customer of its own.

    The caller holds their locks.
    """
    return bear(keys, find(keys))


def bear(keys: Collection[Key], found: Mapping[Key, Known]) -> dict[Key, Known]:
    """As `enrol`, once it is known which of the identifiers there are."""
    known = {key: found[key] for key in keys if key in found}
    missing = sorted(set(keys) - known.keys())
    if missing:
        with cursor() as sql:
            sql.execute(BEAR, [*columns(missing), array(uuid.uuid4() for _ in missing), settings.ASK_FIRST])
            known |= {Key(kind, space, value): Known(row, customer) for kind, space, value, row, customer in sql}
    return known


def find(keys: Collection[Key]) -> dict[Key, Known]:
    """The row of each identifier that has one."""
    return read(finding(keys))


def finding(keys: Collection[Key]) -> Reading[dict[Key, Known]]:
    """As `find`, beside other readings."""
    ordered = sorted(keys)
    if not ordered:
        return {}
    rows = yield from answering(FIND, columns(ordered))
    return {ordered[n - 1]: Known(row_id, customer) for n, row_id, customer in rows}


def columns(keys: Sequence[Key]) -> list[str]:
    """Kinds, namespaces and values, each as one parameter."""
    return [texts(column) for column in zip(*keys, strict=True)]


def observe(sightings: Iterable[Sighting], known: Mapping[Key, Known]) -> set[int]:
    """Link what was seen together, unless that link stands already; returns the ids of what was newly linked."""
    return read(observing(sightings, known))


def observing(sightings: Iterable[Sighting], known: Mapping[Key, Known]) -> Reading[set[int]]:
    """As `observe`, beside other readings."""
    rows: dict[tuple[int, int, bool], tuple[Any, ...]] = {}
    for sighting in sightings:
        main = known[sighting.keys[0]].id
        for key in sighting.keys[1:]:
            a, b = sorted((main, known[key].id))
            if a != b:
                row = (a, b, sighting.is_verified, sighting.source_id, sighting.evidence)
                rows.setdefault((a, b, sighting.is_verified), row)
    if not rows:
        return set()
    *numbers, evidence = zip(*rows.values(), strict=True)
    pairs = yield from answering(LINK, [*map(array, numbers), texts(evidence)])
    return {identifier for pair in pairs for identifier in pair}
