"""The chain of hashes over the audit log: each new entry is sealed within a second or two, and anybody can check.

A seal is HMAC-SHA256 (RFC 2104) over the seal before it and the entry as it was written, under a key that is not in the
database. So an entry that was changed, taken out, put in later or moved shows, and so does whatever was sealed after
it. Every hour the end of the chain is written to a file outside the database: a chain that was cut short shows too.
"""

import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from crm.identity.resolving import lock, lock_number
from crm.journal import append, lines_of
from crm.privacy.audit.noting import reason_hash
from crm.sql import array, cursor, texts

SEALING = "audit: sealing"
AT_ONCE = 2_000  # entries
LATE = 2_000  # numbers below the last sealed one that are looked at again: what began earlier may be committed later
BEGINNING = bytes(32)
MOST_SAID = 20
UNSEALED_FOR = timedelta(minutes=5)  # an entry that was not sealed for so long stands beside the chain
LAST = """
    SELECT position, hash, (SELECT max(entry_id) FROM crm_auditseal) FROM crm_auditseal ORDER BY position DESC LIMIT 1
"""
UNSEALED = """
    SELECT e.id, e.at, e.act, e.actor, e.user_id, e.api_key_id, e.customer_id, e.subject, e.detail::text
    FROM crm_auditentry e
    WHERE e.id > %s AND NOT EXISTS (SELECT 1 FROM crm_auditseal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT %s
"""
SEAL = """
    INSERT INTO crm_auditseal (position, entry_id, hash)
    SELECT n.position, n.entry, decode(n.hash, 'hex')
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n (position, entry, hash)
"""
CHAIN = """
    SELECT s.position, s.hash, s.entry_id, r.text,
        e.id, e.at, e.act, e.actor, e.user_id, e.api_key_id, e.customer_id, e.subject, e.detail::text
    FROM crm_auditseal s LEFT JOIN crm_auditentry e ON e.id = s.entry_id
    LEFT JOIN crm_auditreason r ON r.entry_id = e.id
    WHERE s.position > %s ORDER BY s.position LIMIT %s
"""
LEFT_OUT = """
    SELECT e.id FROM crm_auditentry e
    WHERE e.at < %s AND NOT EXISTS (SELECT 1 FROM crm_auditseal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT 10
"""


class Checked(NamedTuple):
    """What a check of the whole chain found. wrong: what is not as it was sealed, in words; the first of it."""

    sealed: int
    wrong: list[str]


@transaction.atomic
def seal() -> int:
    """Seal the entries that are not; returns how many."""
    lock([lock_number(SEALING)])
    with cursor() as sql:
        row = sql.execute(LAST).fetchone()
        position, before, newest = row or (0, BEGINNING, 0)
        entries = sql.execute(UNSEALED, [max(0, newest - LATE), AT_ONCE]).fetchall()
        hashes = list(chained(bytes(before), entries))
        if entries:
            positions = array(range(position + 1, position + 1 + len(entries)))
            sql.execute(SEAL, [positions, array(entry[0] for entry in entries), texts(one.hex() for one in hashes)])
    return len(entries)


def chained(before: bytes, entries: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """The hash of each entry, after those before it."""
    for entry in entries:
        before = sealed(before, entry)
        yield before


def sealed(before: bytes, entry: Sequence[Any]) -> bytes:
    """The hash of an entry (as UNSEALED reads it) that comes after another's."""
    number, at, *said = entry
    written = orjson.dumps([number, at.astimezone(UTC).isoformat(), *said])
    return hmac.digest(settings.AUDIT_KEY.encode(), before + written, "sha256")


# Where the chain ended, kept outside the database


def anchors_path() -> Path:
    return Path(settings.DATA_DIR) / "audit_anchors.jsonl"


def anchor() -> None:
    """Write down where the chain ends now."""
    with cursor() as sql:
        row = sql.execute(LAST).fetchone()
    if row is None or row[0] in anchors():
        return
    line = {"position": row[0], "hash": bytes(row[1]).hex(), "at": timezone.now().isoformat()}
    append(anchors_path(), line)


def anchors() -> dict[int, str]:
    """The hashes that were written down, by position."""
    return {told["position"]: told["hash"] for told in lines_of(anchors_path(), "position", "hash")}


# Checking


def check() -> Checked:
    """Go through the whole chain."""
    known, wrong, before, position = anchors(), list[str](), BEGINNING, 0
    for at, kept, number, reason, *entry in links():
        if at != position + 1:
            wrong.append(f"seals {position + 1} to {at - 1} were taken out")
        wrong += faults(before, bytes(kept), number, reason, entry)
        if known.pop(at, bytes(kept).hex()) != bytes(kept).hex():
            wrong.append(f"seal {at} is not what {anchors_path().name} says: the chain was made anew")
        before, position = bytes(kept), at
    if known:
        wrong.append(f"the chain was cut short: it had {max(known)} seals, and has {position}")
    wrong += [f"entry {number} is not in the chain: it was put in beside it" for number in left_out()]
    return Checked(position, wrong[:MOST_SAID])


def links() -> Iterator[tuple[Any, ...]]:
    """Every seal with its entry, in the chain's order."""
    position = 0
    while True:
        with cursor() as sql:
            rows = sql.execute(CHAIN, [position, AT_ONCE]).fetchall()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        position = rows[-1][0]


def faults(before: bytes, kept: bytes, number: int, reason: str | None, entry: Sequence[Any]) -> Iterator[str]:
    """What is wrong with one link, in words."""
    if entry[0] is None:
        yield f"entry {number} was taken out"
    elif not hmac.compare_digest(sealed(before, entry), kept):
        yield f"entry {number}, or what comes right before it, is not as it was sealed"
    elif reason is not None and orjson.loads(entry[-1]).get("reason") != reason_hash(reason):
        yield f"the reason of entry {number} is not as it was given"


def left_out() -> list[int]:
    """Entries (their numbers) that stand beside the chain; the first of them."""
    with cursor() as sql:
        return [number for (number,) in sql.execute(LEFT_OUT, [timezone.now() - UNSEALED_FOR])]
