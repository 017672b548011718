"""Gathering the facts that routing asks of a customer, ahead of their calls: whenever something happened to them.

What happened is announced to open screens anyhow (crm.live): a listener in the sweep hears it too, so that recording
costs nothing more. Only customers who can ring are kept: those with a phone, and browsers on sites whose numbers are
theirs to dial.
"""

import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import psycopg
from django.db import transaction
from django.utils import timezone

from crm.live import CHANNEL, heard
from crm.profile.standards import language as as_tag
from crm.sql import array, conninfo, cursor, texts

BATCH = 200  # customers at once
MOST_WAITING = 200_000  # customers; beyond it the oldest news is dropped: they are refreshed when they next do anything
IDENTIFIERS_READ, PAGES_READ, CALLS_READ = 40, 100, 30
TOPICS_KEPT = 60
WORD = re.compile(r"[^\W\d_]{4,}")
EMPTY_WORDS = frozenset("www http https html index page pages search home with your from this that about".split())
STARTED = re.compile(r"quote|checkout|basket|cart|booking started|application|payment", re.IGNORECASE)
FINISHED = re.compile(r"order (completed|placed)|purchase|booked|thank you|booking completed", re.IGNORECASE)

CAN_RING = """
    SELECT DISTINCT i.customer_id FROM unnest(%s::bigint[]) AS n (id) CROSS JOIN LATERAL (
        SELECT customer_id FROM crm_identifier WHERE customer_id = n.id AND shared = ''
            AND (kind = 'phone' OR (kind = 'cookie' AND namespace = ANY(%s::text[]))) LIMIT 1
    ) AS i
"""
READ = """
    SELECT n.id, t.channel, t.kind, t.occurred_at, t.title, t.data::text
    FROM unnest(%(customers)s::bigint[]) AS n (id)
    CROSS JOIN LATERAL (SELECT id, is_withheld FROM crm_identifier WHERE customer_id = n.id LIMIT %(identifiers)s) AS i
    CROSS JOIN LATERAL (
        (SELECT channel, kind, occurred_at, title, data FROM journeys_interaction
         WHERE identifier_id = i.id AND channel = 'web' AND NOT i.is_withheld
           AND occurred_at > now() - interval '7 days'
         ORDER BY occurred_at DESC LIMIT %(pages)s)
        UNION ALL
        (SELECT channel, kind, occurred_at, title, data FROM journeys_interaction
         WHERE identifier_id = i.id AND channel = 'call' AND direction = 'in'
         ORDER BY occurred_at DESC LIMIT %(calls)s)
    ) AS t
    ORDER BY n.id, t.occurred_at
"""
BESIDE = """
    SELECT n.id,
        (SELECT t.value FROM crm_identifier i JOIN crm_trait t ON t.identifier_id = i.id
         WHERE i.customer_id = n.id AND t.name = 'language' LIMIT 1),
        (SELECT s.subject FROM crm_identifier i JOIN journeys_case s ON s.identifier_id = i.id
         WHERE i.customer_id = n.id AND s.closed_at IS NULL ORDER BY s.id DESC LIMIT 1),
        (SELECT m.value FROM crm_identifier i JOIN journeys_mood m ON m.identifier_id = i.id
         WHERE i.customer_id = n.id ORDER BY m.at DESC LIMIT 1)
    FROM unnest(%s::bigint[]) AS n (id)
"""
WRITE = """
    INSERT INTO journeys_known (customer_id, facts, refreshed_at)
    SELECT n.id, n.facts::jsonb, now() FROM unnest(%s::bigint[], %s::text[]) AS n (id, facts) ORDER BY n.id
    ON CONFLICT (customer_id) DO UPDATE SET facts = excluded.facts, refreshed_at = excluded.refreshed_at
"""
LATELY = """
    SELECT DISTINCT i.customer_id FROM (
        SELECT identifier_id FROM journeys_interaction WHERE occurred_at > now() - interval '3 days'
        ORDER BY occurred_at DESC LIMIT %s
    ) AS t JOIN crm_identifier i ON i.id = t.identifier_id
"""
CAUGHT_UP = 20_000  # interactions that are looked at when the listener comes back


class Keeper:
    """Keeps the facts of customers up to date, a bite at a time: who changed waits, once, however much happened."""

    def __init__(self) -> None:
        self.connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self.waiting: dict[int, None] = {}

    def keep(self, seconds: float, namespaces: Collection[str]) -> int:
        """Refresh who changed, for so many seconds at most; returns how many. namespaces: of sites with numbers."""
        self.hear()
        ends_at, count = time.monotonic() + seconds, 0
        while self.waiting and time.monotonic() < ends_at:
            some = list(self.waiting)[:BATCH]
            for one in some:
                del self.waiting[one]
            count += refresh(some, namespaces)
        return count

    def hear(self) -> None:
        """Take what was announced since; after an interruption, whoever did something lately."""
        try:
            if self.connection is None or self.connection.closed:
                self.connection = psycopg.connect(conninfo(), autocommit=True, connect_timeout=5)
                self.connection.execute(f"LISTEN {CHANNEL}".encode())
                self.note(row[0] for row in self.connection.execute(LATELY, [CAUGHT_UP]))
            for notice in self.connection.notifies(timeout=0):
                self.note(int(topic) for topic in heard(notice.payload) if topic.isdigit())
        except psycopg.Error:
            self.close()

    def note(self, customers: Iterable[int]) -> None:
        self.waiting.update(dict.fromkeys(customers))
        for old in list(self.waiting)[: max(0, len(self.waiting) - MOST_WAITING)]:
            del self.waiting[old]

    def close(self) -> None:
        """Stop listening."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@transaction.atomic
def refresh(customers: Collection[int], namespaces: Collection[str]) -> int:
    """Gather the facts of these customers (ids), of those who can ring; returns how many that are."""
    with cursor() as sql:
        sql.execute("SET LOCAL synchronous_commit = off")  # lost in a crash, they are gathered again
        able = [one for (one,) in sql.execute(CAN_RING, [array(sorted(set(customers))), texts(namespaces)])]
        if not able:
            return 0
        listed = array(able)
        asked = {"customers": listed, "identifiers": IDENTIFIERS_READ, "pages": PAGES_READ, "calls": CALLS_READ}
        rows: dict[int, list[Sequence[Any]]] = {one: [] for one in able}
        for customer, *row in sql.execute(READ, asked).fetchall():
            rows[customer].append(row)
        beside = {one: told for one, *told in sql.execute(BESIDE, [listed])}
        now = timezone.now()
        found = [orjson.dumps(facts_from(rows[one], now) | said_beside(*beside[one])).decode() for one in able]
        sql.execute(WRITE, [listed, texts(found)])
    return len(able)


def said_beside(language: str | None, case: str | None, mood: float | None) -> dict[str, Any]:
    """What other rooms know."""
    told = {"language": as_tag(language or ""), "open_case": case, "mood": mood}
    return {name: value for name, value in told.items() if value is not None}


def facts_from(rows: Sequence[Sequence[Any]], now: datetime) -> dict[str, Any]:
    """The facts that interactions add up to: (channel, kind, time, title, data as JSON), the oldest first. Pure."""
    found: dict[str, Any] = {"days": {}, "calls": 0}
    for channel, kind, at, title, told in rows:
        data = orjson.loads(told)
        if channel == "call":
            found["calls"] += 1
            found |= {"last_agent": agent} if (agent := str(data.get("agent") or "")) else {}
        else:
            note_hit(found, kind, at, title, data)
    return found


def note_hit(found: dict[str, Any], kind: str, at: datetime, title: str, data: Mapping[str, Any]) -> None:
    """Add what a hit on the web says."""
    if kind in ("page", "screen"):
        topics = found["days"].setdefault(f"{at:%Y-%m-%d}", {})
        for topic in ["", *topics_of(title, data)]:
            if topic in topics or len(topics) < TOPICS_KEPT:
                topics[topic] = topics.get(topic, 0) + 1
    campaign = data.get("campaign")
    if isinstance(campaign, dict) and (name := campaign.get("name") or campaign.get("source")):
        found["campaign"] = [str(name), at.isoformat()]
    if data.get("value") is not None:
        found |= {"value": data["value"], "currency": data.get("currency")}
    step = str((data.get("properties") or {}).get("step") or "")
    if FINISHED.search(title):
        found.pop("abandoned", None)
    elif STARTED.search(title):
        found["abandoned"] = [step if step and not step.isdigit() else title[:80], at.isoformat()]


def topics_of(title: str, data: Mapping[str, Any]) -> list[str]:
    """The words that say what a page is about, each once: of its title and of its path."""
    path = str(data.get("path") or data.get("url") or "").partition("?")[0].rpartition("//")[2].partition("/")[2]
    words = WORD.findall(f"{title} {path}".casefold())
    return list(dict.fromkeys(word for word in words if word not in EMPTY_WORDS))[:12]
