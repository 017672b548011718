"""Keeping calls as they stand: what is told of them, in any order and twice, adds up to the same row.

One statement writes them, whoever tells: the door while a call rings, and the drain for what came without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crm.identity.kinds import Key, Kind
from crm.live import CHANNEL
from crm.privacy.erasing.suppressing import hash_of
from journeys.calls.routing import Rota
from journeys.calls.telling import Progress, Told

ALONE = 0.95  # how sure it is that a call from somebody's own line is theirs: phones are lent
COLUMNS = (
    "source", "call_id", "state", "line", "dialled", "rang_at", "answered_at", "ended_at", "identifier", "customer",
    "confidence", "candidates", "visitor", "visitor_namespace", "queue", "agent", "rule", "reason", "facts",
)  # fmt: skip
# is_told: the agent is whom the phone system names, not whom a rule proposed. A call that ended or was answered never
# rings again. The line of somebody who was erased is kept as a withheld one is: empty. Screens are told of calls that
# are going on, and those who take one become busy, unless it is history; who wrapped it up while it went on is ready
# when it ends, and who talks in another call goes on to.
KEEP = """
    WITH n AS (
        SELECT *, CASE WHEN EXISTS (SELECT 1 FROM crm_suppression s WHERE s.hash = n.hash AND s.lifted_at IS NULL)
                       THEN '' ELSE n.told END AS line
        FROM json_to_recordset(%(calls)s) AS n (
            source bigint, call_id text, state text, told text, hash text, dialled text, rang_at timestamptz,
            answered_at timestamptz, ended_at timestamptz, identifier bigint, customer bigint, confidence float,
            candidates jsonb, visitor text, visitor_namespace text, queue bigint, agent bigint, rule bigint,
            reason text, facts jsonb)
    ), kept AS (
        INSERT INTO journeys_call AS c (public_id, source_id, call_id, state, line, dialled, rang_at, answered_at,
            ended_at, identifier_id, customer_id, confidence, candidates, visitor, visitor_namespace, queue_id,
            agent_id, rule_id, reason, facts, wrap_code, outcome)
        SELECT gen_random_uuid(), source, call_id, state, line, dialled, rang_at, answered_at, ended_at, identifier,
            customer, confidence, candidates, visitor, visitor_namespace, queue, agent, rule, reason, facts, '', ''
        FROM n ORDER BY call_id, source
        ON CONFLICT (call_id, source_id) DO UPDATE SET
            state = CASE WHEN 'ended' IN (c.state, excluded.state) THEN 'ended'
                         WHEN 'answered' IN (c.state, excluded.state) THEN 'answered' ELSE 'ringing' END,
            line = coalesce(nullif(c.line, ''), excluded.line),
            dialled = coalesce(nullif(c.dialled, ''), excluded.dialled),
            rang_at = least(c.rang_at, excluded.rang_at),
            answered_at = least(c.answered_at, excluded.answered_at),
            ended_at = least(c.ended_at, excluded.ended_at),
            identifier_id = coalesce(c.identifier_id, excluded.identifier_id),
            customer_id = coalesce(c.customer_id, excluded.customer_id),
            confidence = CASE WHEN c.customer_id IS NULL THEN excluded.confidence ELSE c.confidence END,
            candidates = CASE WHEN c.candidates = '[]' THEN excluded.candidates ELSE c.candidates END,
            visitor = coalesce(nullif(c.visitor, ''), excluded.visitor),
            visitor_namespace = CASE WHEN c.visitor = '' THEN excluded.visitor_namespace ELSE c.visitor_namespace END,
            queue_id = coalesce(c.queue_id, excluded.queue_id),
            agent_id = CASE WHEN %(is_told)s AND (c.state = 'ringing' OR excluded.state <> 'ringing')
                            THEN coalesce(excluded.agent_id, c.agent_id)
                            ELSE coalesce(c.agent_id, excluded.agent_id) END,
            rule_id = coalesce(c.rule_id, excluded.rule_id),
            reason = coalesce(nullif(c.reason, ''), excluded.reason),
            facts = coalesce(c.facts, excluded.facts)
        RETURNING c.id, c.public_id, c.state, c.queue_id, c.agent_id, c.customer_id, c.confidence, c.reason,
            coalesce(c.ended_at, c.answered_at, c.rang_at) > now() - interval '30 minutes' AS is_now,
            c.wrapped_at IS NOT NULL AS is_wrapped
    ), busy AS (
        UPDATE journeys_agent a SET since = now(),
            presence = CASE WHEN k.state = 'answered' THEN 'on_call' WHEN k.is_wrapped THEN 'ready' ELSE 'wrap_up' END
        FROM (SELECT DISTINCT ON (agent_id) agent_id, state, is_wrapped FROM kept
              WHERE is_now AND state <> 'ringing' ORDER BY agent_id, id DESC) AS k
        WHERE a.id = k.agent_id AND CASE WHEN k.state = 'answered' THEN a.presence <> 'on_call'
                                         ELSE a.presence = 'on_call' AND NOT EXISTS (
                SELECT 1 FROM journeys_call o WHERE o.agent_id = a.id AND o.state = 'answered'
                    AND o.rang_at > now() - interval '4 hours' AND o.id NOT IN (SELECT id FROM kept)) END
    )
    SELECT k.public_id, k.state, k.queue_id, k.agent_id, k.confidence, k.reason,
        (SELECT public_id FROM crm_customer WHERE id = k.customer_id),
        CASE WHEN is_now THEN pg_notify(%(channel)s, concat_ws(',', 'agent:' || k.agent_id, 'queue:' || k.queue_id,
                                                               'call:' || k.public_id, 'calls'))::text END
    FROM kept k
"""
# Whose each line is, on a source's side of the walls; of a shared one, who they are that hang on it.
LINES = """
    SELECT i.value, i.namespace AS wall, i.id AS identifier, i.customer_id AS customer, i.shared <> '' AS is_shared, (
        SELECT json_agg(DISTINCT c.public_id) FROM (
            (SELECT l.b_id AS id FROM crm_link l
             WHERE l.a_id = i.id AND l.withdrawn_at IS NULL AND l.verdict = 'same' LIMIT 20)
            UNION ALL
            (SELECT l.a_id FROM crm_link l
             WHERE l.b_id = i.id AND l.withdrawn_at IS NULL AND l.verdict = 'same' LIMIT 20)
        ) AS tied
        JOIN crm_identifier other ON other.id = tied.id AND other.customer_id <> i.customer_id
        JOIN crm_customer c ON c.id = other.customer_id
        WHERE i.shared <> ''
    )::text AS sharers
    FROM unnest(%s::text[], %s::text[]) AS n (value, wall) JOIN crm_identifier i
        ON i.value = n.value AND i.kind = 'phone' AND i.namespace = n.wall
"""
SHARES_LINE = "shares the line"


@dataclass(frozen=True, slots=True)
class Line:
    """Whose a line is, by ids. sharers: the customers (public ids) who hang on it, where it is shared."""

    identifier: int
    customer: int
    is_shared: bool
    sharers: Sequence[str] = ()

    @property
    def candidates(self) -> list[dict[str, Any]]:
        share = round(1 / len(self.sharers), 4) if self.sharers else 0.0
        return [{"customer": one, "probability": share, "why": SHARES_LINE} for one in self.sharers]


def parameters(rows: Iterable[Mapping[str, Any]], rota: Rota, *, is_told: bool) -> dict[str, Any]:
    """Calls as the parameters of KEEP; what a row does not name is empty."""
    empty = dict.fromkeys(COLUMNS) | {
        "line": "", "dialled": "", "visitor": "", "visitor_namespace": "", "reason": "", "candidates": [],
        "confidence": 0.0,
    }  # fmt: skip
    text = orjson.dumps([with_hash(empty | dict(row), rota) for row in rows]).decode()
    return {"calls": text, "is_told": is_told, "channel": CHANNEL}


def with_hash(row: dict[str, Any], rota: Rota) -> dict[str, Any]:
    """A row, and what its line is on the list of the erased by, if it is."""
    line = row.pop("line")
    key = Key(Kind.PHONE.value, rota.wall_of(row["source"]), line)
    return row | {"told": line, "hash": hash_of(key) if line else ""}


def row_of(source_id: int, told: Told) -> dict[str, Any]:
    """What was told of a call, as a row."""
    times: dict[str, datetime] = {"rang_at": told.at}
    if told.progress == Progress.ANSWERED:
        times["answered_at"] = told.at
    if told.progress == Progress.ENDED:
        times["ended_at"] = told.at
    return {
        "source": source_id,
        "call_id": told.call_id,
        "state": told.progress.value,
        "line": told.line,
        "dialled": told.dialled[:40],
        **times,
    }


def whose(line: Line | None) -> dict[str, Any]:
    """Whom a call from a line is believed to be from, as part of a row."""
    if line is None:
        return {}
    if line.is_shared:
        return {"identifier": line.identifier, "candidates": line.candidates}
    return {"identifier": line.identifier, "customer": line.customer, "confidence": ALONE}


def lines_of(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], Line]:
    """What LINES found, by number and wall."""
    return {
        (value, wall): Line(identifier, customer, is_shared, orjson.loads(sharers) if sharers else ())
        for value, wall, identifier, customer, is_shared, sharers in rows
    }
