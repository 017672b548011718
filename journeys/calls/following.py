"""Calls that nobody asked us about while they rang: rows of them from what was recorded, as it stands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from crm.sql import array, cursor, texts
from journeys.calls.keeping import KEEP, LINES, Line, lines_of, parameters, whose
from journeys.calls.rota import read_rota
from journeys.calls.routing import Rota
from journeys.calls.telling import Progress, line_of

RECORDED = """
    SELECT t.source_id, t.key, t.occurred_at, t.data, i.kind, i.value, s.country
    FROM unnest(%s::bigint[], %s::text[]) AS n (source, key)
    JOIN journeys_interaction t ON t.key = n.key AND t.source_id = n.source
    JOIN crm_identifier i ON i.id = coalesce(t.via_id, t.identifier_id)
    JOIN crm_source s ON s.id = t.source_id
    WHERE t.channel = 'call' AND t.direction = 'in'
"""
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
TAKEN = frozenset({"in-progress", "answered"})


def follow(calls: Collection[tuple[int, str]]) -> None:
    """Bring the rows of calls up to what is recorded of them: (source id, key of the interaction)."""
    if not calls:
        return
    sources, keys = zip(*sorted(calls), strict=True)
    with cursor() as sql:
        found = sql.execute(RECORDED, [array(sources), texts(keys)]).fetchall()
        if not found:
            return
        rota = read_rota()
        asked = sorted({(value, rota.wall_of(source)) for source, *_, kind, value, _ in found if kind == "phone"})
        lines = lines_of(sql.execute(LINES, [*map(texts, zip(*asked, strict=True))])) if asked else {}
        sql.execute(KEEP, parameters([row_of(one, lines, rota) for one in found], rota, is_told=True))


def row_of(found: Sequence[Any], lines: Mapping[tuple[str, str], Line], rota: Rota) -> dict[str, Any]:
    """A call as its interaction tells it, as a row."""
    source_id, key, occurred_at, told, kind, value, country = found
    data = orjson.loads(told) if isinstance(told, str) else told
    line = value if kind == "phone" else ""
    agent, queue = rota.agent_called(str(data.get("agent", ""))), rota.queue_called(str(data.get("queue", "")))
    _, dialled = line_of(str(data.get("dialled", "")), country)
    return {
        "source": source_id, "call_id": key, "line": line, "dialled": dialled,
        "agent": agent.id if agent else None, "queue": queue.id if queue else None,
        **whose(lines.get((line, rota.wall_of(source_id)))), **times(data, occurred_at),
    }  # fmt: skip


def times(data: Mapping[str, Any], occurred_at: datetime) -> dict[str, Any]:
    """How far a call is, and when it came there. Of one that ended, when it was answered follows from its length."""
    rang_at = said_at(data, "started_at") or occurred_at
    answered_at, ended_at = said_at(data, "answered_at"), said_at(data, "ended_at")
    talked, status = timedelta(seconds=int(data.get("duration") or 0)), str(data.get("status", ""))
    is_answered = data.get("outcome") == "answered" or bool(answered_at)
    if status in OVER or ended_at:
        ended_at = ended_at or (answered_at or rang_at) + talked
        if is_answered and talked and not answered_at:
            answered_at = max(rang_at, ended_at - talked)
        return {"state": Progress.ENDED.value, "rang_at": rang_at, "answered_at": answered_at, "ended_at": ended_at}
    if is_answered or status in TAKEN:
        taken_at = answered_at or occurred_at
        return {"state": Progress.ANSWERED.value, "rang_at": rang_at, "answered_at": taken_at}
    return {"state": Progress.RINGING.value, "rang_at": rang_at}


def said_at(data: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(data.get(name)))
    except ValueError:
        return None
