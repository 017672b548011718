"""Writing the audit log: what somebody did, where they do it.

Looks are the most of it. A look at the same customer by the same person within minutes is one look, and is written
without waiting for the disk; everything else is safe before it is answered.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from psycopg.pq import TransactionStatus

from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.sql import cursor, raw_connection

ONE_LOOK = 300.0  # seconds
LOOKS_KEPT = 20_000
NOTE = """
    INSERT INTO crm_auditentry (at, act, actor, user_id, api_key_id, customer_id, subject, detail)
    VALUES (now(), %(act)s, %(actor)s, %(user)s, %(key)s, %(customer)s, %(subject)s, %(detail)s::jsonb)
    RETURNING id
"""
GIVE_REASON = "INSERT INTO crm_auditreason (entry_id, text) VALUES (%s, %s)"
WITHOUT_WAITING = "SELECT set_config('synchronous_commit', 'off', true)"
looks: dict[tuple[str, int | UUID], float] = {}


def note(
    actor: Actor, act: Act, *, customer: int | None = None, subject: str = "", reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write that somebody did something. customer: their number; reason: in the actor's own words."""
    said = dict(detail or {}) | ({"reason": reason_hash(reason)} if reason else {})
    with transaction.atomic(), cursor() as sql:
        row = sql.execute(NOTE, entry_of(actor, act, customer, subject, said)).fetchone()
        if reason and row:
            sql.execute(GIVE_REASON, [row[0], reason[:500]])


def note_look(actor: Actor, customer: int) -> None:
    """Write that somebody looked at a customer (a number), unless they just did."""
    if not has_just_looked(actor, customer):
        write(entry_of(actor, Act.LOOKED, customer, "", {}))
        remember(actor, customer)


def has_just_looked(actor: Actor, customer: int | UUID) -> bool:
    """Whether somebody's look at a customer was written a few minutes ago. customer: their number, or public id."""
    return time.monotonic() - looks.get((str(actor), customer), float("-inf")) < ONE_LOOK


def note_search(actor: Actor, found: Sequence[int]) -> None:
    """Write that somebody was shown these customers (numbers) as the results of a search."""
    write(entry_of(actor, Act.SEARCHED, None, "", {"found": list(found)}))


def write(entry: Mapping[str, Any]) -> None:
    """Write an entry; one that is alone in its transaction does not wait for the disk."""
    raw = raw_connection()
    if not is_alone():
        raw.execute(NOTE, entry)
        return
    with raw.pipeline():  # one round trip and, as nothing else is in it, one transaction
        raw.execute(WITHOUT_WAITING)
        raw.execute(NOTE, entry)


def is_alone() -> bool:
    """Whether what is written next is a transaction of its own."""
    return raw_connection().info.transaction_status == TransactionStatus.IDLE


def remember(actor: Actor, customer: int | UUID) -> None:
    now = time.monotonic()
    if len(looks) >= LOOKS_KEPT:
        forget(now)
    looks[str(actor), customer] = now


def forget(now: float) -> None:
    """Forget the looks that are over; all of them, where there are too many still."""
    over = [one for one, at in looks.items() if now - at >= ONE_LOOK]
    for one in over or list(looks):
        looks.pop(one, None)


def entry_of(actor: Actor, act: Act, customer: int | None, subject: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says, as the statement's parameters."""
    key = getattr(actor, "key", None)
    return {
        "act": act.value, "actor": "" if actor is None else str(actor)[:150], "user": getattr(actor, "pk", None),
        "key": key.pk if key else None, "customer": customer, "subject": subject[:300],
        "detail": orjson.dumps(detail).decode(),
    }  # fmt: skip


def reason_hash(reason: str) -> str:
    """What an entry keeps of a reason: enough to tell that it was not changed, and nothing once it is erased."""
    return hmac.new(settings.AUDIT_KEY.encode(), reason[:500].encode(), hashlib.sha256).hexdigest()
