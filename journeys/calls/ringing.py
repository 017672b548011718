"""A call rings: who it may be, where it goes and why, in two statements on a connection of the event loop's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import psycopg

from crm.privacy.roles import CROSSES_WALLS
from crm.sources.models import BRAND_GROUP
from journeys.calls.keeping import KEEP, LINES, Line, lines_of, parameters, row_of, whose
from journeys.calls.known import combined, facts_at, fit_to_keep
from journeys.calls.routing import Decision, Rota, decide, queue_word
from journeys.calls.telling import Caller, Told

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

SURE_FROM = 0.99  # the probability from which a call is a visit's without anybody being asked
VISITED = "looked at the page that shows this number"
OFFERED_FOR = "45 seconds"  # an agent whom a call was just proposed to is not proposed another

# Whose the line is; whose the browsers are; what is known of all of them; who is ready.
WHO = """
    WITH line AS MATERIALIZED (<lines>), browser AS MATERIALIZED (
        SELECT i.value, i.customer_id, c.public_id FROM unnest(%(visitors)s::text[]) AS v (value)
        JOIN crm_identifier i ON i.value = v.value AND i.kind = 'cookie' AND i.namespace = %(namespace)s
        JOIN crm_customer c ON c.id = i.customer_id
    )
    SELECT (SELECT row_to_json(line) FROM line)::text,
        (SELECT json_agg(browser) FROM browser)::text,
        (SELECT json_object_agg(k.customer_id, k.facts) FROM journeys_known k
         WHERE k.customer_id IN (SELECT customer FROM line WHERE NOT is_shared
                                 UNION SELECT customer_id FROM browser))::text,
        (SELECT json_object_agg(a.id, a.since) FROM journeys_agent a WHERE a.presence = 'ready' AND (
            %(groups)s::text[] IS NULL OR a.user_id IN (
                SELECT m.user_id FROM auth_user_groups m JOIN auth_group g ON g.id = m.group_id
                WHERE g.name = ANY(%(groups)s::text[]))) AND NOT EXISTS (
            SELECT 1 FROM journeys_call c WHERE c.agent_id = a.id AND c.state = 'ringing'
                AND c.rang_at > now() - <offered> AND NOT (c.call_id = %(call_id)s AND c.source_id = %(source)s)))::text
""".replace("<lines>", LINES.replace("%s::text[], %s::text[]", "%(lines)s::text[], %(walls)s::text[]")).replace(
    "<offered>", f"interval '{OFFERED_FOR}'"
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes, as its phone system is told. customer: public id; agent: as the phone system calls them."""

    queue: str
    reason: str
    agent: str | None = None
    customer: str | None = None
    confidence: float = 0.0
    timeout: int = 30
    next_queue: str = ""


@dataclass(frozen=True, slots=True)
class Visits:
    """Who of a site's visitors may be dialling: (cookie's value, probability), the likeliest first."""

    namespace: str = ""
    likely: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out of a call that rings. browsers: cookie's value -> (customer id, public id)."""

    line: Line | None
    browsers: Mapping[str, tuple[int, str]]
    facts: Mapping[int, Mapping[str, Any]]
    ready: Mapping[int, datetime]


def default_route(rota: Rota, reason: str) -> Route:
    """Where a call goes that nothing could be found out of."""
    queue = rota.default
    return Route(queue.name, f"{reason}: {queue_word(queue)}")


async def ring(connection: Connection, source_id: int, told: Told, visits: Visits, rota: Rota) -> Route:
    """Find out where a ringing call goes, and keep it; the same call again is answered the same."""
    found = await find(connection, source_id, told, visits, rota)
    row = row_of(source_id, told) | believed(found, visits)
    facts = facts_of(found, told, row)
    decision = decide(rota, facts, found.ready)
    if queue := rota.queue_called(told.queue):
        decision = replace(decision, queue=queue)
    named = rota.agent_called(told.agent)
    agent = named or decision.agent
    row |= {
        "queue": decision.queue.id, "agent": agent.id if agent else None, "rule": decision.rule,
        "reason": decision.reason, "facts": fit_to_keep(facts),
    }  # fmt: skip
    kept = await (await connection.execute(KEEP, parameters([row], rota, is_told=named is not None))).fetchone()
    assert kept is not None
    return route_of(kept, rota, decision)


async def find(connection: Connection, source_id: int, told: Told, visits: Visits, rota: Rota) -> Found:
    """Whose the line and the browsers are, and what is known of them; who is ready to answer, and may know them."""
    wall, brand = rota.wall_of(source_id), rota.brands.get(source_id)
    asked = {
        "walls": [wall] if told.line else [], "groups": [BRAND_GROUP + brand, *CROSSES_WALLS] if brand else None,
        "lines": [told.line] if told.line else [], "visitors": [visitor for visitor, _ in visits.likely],
        "namespace": visits.namespace, "call_id": told.call_id, "source": source_id,
    }  # fmt: skip
    line, browsers, facts, ready = await (await connection.execute(WHO, asked)).fetchone() or (None,) * 4
    of_line = lines_of([tuple(orjson.loads(line).values())]) if line else {}
    return Found(
        of_line.get((told.line, wall)),
        {one["value"]: (one["customer_id"], one["public_id"]) for one in orjson.loads(browsers or "[]")},
        {int(key): value for key, value in orjson.loads(facts or "{}").items()},
        {int(key): datetime.fromisoformat(value) for key, value in orjson.loads(ready or "{}").items()},
    )


async def note(connection: Connection, source_id: int, told: Told, rota: Rota) -> None:
    """Keep that a call was answered, or ended."""
    agent, queue = rota.agent_called(told.agent), rota.queue_called(told.queue)
    row = row_of(source_id, told) | {"agent": agent.id if agent else None, "queue": queue.id if queue else None}
    await connection.execute(KEEP, parameters([row], rota, is_told=True))


def believed(found: Found, visits: Visits) -> dict[str, Any]:
    """Whom a call is believed to be from, as part of its row: the line's owner, else a visitor as good as certain.

    Who else it may be are candidates: of a shared line everybody who hangs on it, and visitors who are likely.
    """
    row = whose(found.line)
    known = [(found.browsers[visitor], share) for visitor, share in visits.likely if visitor in found.browsers]
    visitors = [{"customer": public_id, "probability": share, "why": VISITED} for (_, public_id), share in known]
    sure = bool(visits.likely) and visits.likely[0][1] >= SURE_FROM
    if sure:
        row["visitor"], row["visitor_namespace"] = visits.likely[0][0], visits.namespace
        if "customer" not in row and known:
            (customer, _), share = known[0]
            return row | {"customer": customer, "confidence": share}
    if "customer" not in row:
        row["candidates"] = [*visitors, *row.get("candidates", [])]
    return row


def facts_of(found: Found, told: Told, row: Mapping[str, Any]) -> dict[str, Any]:
    """What rules may ask of a call."""
    customer, _ = found.browsers.get(str(row.get("visitor", "")), (0, ""))
    whom: set[int] = {row.get("customer") or 0, customer}
    facts = facts_at(combined([found.facts[one] for one in sorted(whom) if one in found.facts]), told.at)
    return facts | {"line": line_word(told, found.line), "dialled": told.dialled or None}


def line_word(told: Told, line: Line | None) -> str:
    """What the line is called in rules."""
    if told.caller != Caller.LINE:
        return "withheld" if told.caller == Caller.WITHHELD else told.caller.value
    if line is None:
        return "unknown"
    return "shared" if line.is_shared else "known"


def route_of(kept: Sequence[Any], rota: Rota, decision: Decision) -> Route:
    """The route of a call as it was kept: of two that ring at once, both are told the first's."""
    _, _, queue_id, agent_id, confidence, reason, customer, _ = kept
    queue, agent = rota.queues.get(queue_id, rota.default), rota.agents.get(agent_id)
    return Route(
        queue=queue.name,
        reason=reason,
        agent=agent.word if agent else None,
        customer=str(customer) if customer else None,
        confidence=round(confidence, 4),
        timeout=decision.timeout,
        next_queue=decision.next_queue.name if decision.next_queue else "",
    )
