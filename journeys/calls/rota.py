"""Reading who and what calls can be sent to: one statement, the same for the door's event loop and for Django."""

from collections.abc import Sequence
from typing import Any

import orjson

from crm.sql import cursor
from journeys.calls.routing import AgentKnown, QueueKnown, Rota, Rule, bare

READ_ROTA = """
    SELECT
        (SELECT json_agg(json_build_array(id, name, label, is_default) ORDER BY id) FROM journeys_queue)::text,
        (SELECT json_agg(json_build_array(a.id, a.extension, u.username, trim(u.first_name || ' ' || u.last_name),
                                          a.skills, (SELECT json_agg(queue_id) FROM journeys_agent_queues q
                                                     WHERE q.agent_id = a.id)) ORDER BY a.id)
         FROM journeys_agent a JOIN auth_user u ON u.id = a.user_id WHERE u.is_active)::text,
        (SELECT json_agg(json_build_array(id, name, conditions, queue_id, agent_id, skill, level, timeout,
                                          next_queue_id) ORDER BY position, id)
         FROM journeys_routingrule WHERE is_live)::text,
        (SELECT json_object_agg(id, brand_id) FROM crm_source WHERE brand_id IS NOT NULL)::text
"""


def rota_of(row: Sequence[Any]) -> Rota:
    """What READ_ROTA found."""
    queues, agents, rules, brands = (orjson.loads(text) if text else [] for text in row)
    return Rota(
        {queue[0]: QueueKnown(*queue) for queue in queues},
        {agent[0]: agent_of(*agent) for agent in agents},
        [Rule(*rule) for rule in rules],
        {int(source): word for source, word in dict(brands).items()},
    )


def agent_of(
    agent_id: int, extension: str, username: str, name: str, skills: dict[str, int], queues: list[int] | None
) -> AgentKnown:
    words = frozenset({bare(extension), bare(username)} - {""})
    return AgentKnown(agent_id, extension or username, name or username, skills, frozenset(queues or ()), words)


def read_rota() -> Rota:
    """Who and what calls can be sent to now."""
    with cursor() as sql:
        return rota_of(sql.execute(READ_ROTA).fetchone() or (None,) * 4)
