"""Ranking the queue: how much goes on with both customers of each open review, and so what deciding it is worth."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from crm.matching.worth import MOST_TRAFFIC, worth
from crm.sql import cursor, recordset
from journeys.interactions.drafts import Channel

RECENT = timedelta(days=90)
CHUNK = 200  # reviews
IDENTIFIERS_READ = 60  # of each customer
# One index range for each identifier and channel, none read past the cap.
READ = """
    WITH asked AS MATERIALIZED (
        SELECT id, a_id, b_id, probability FROM crm_review
        WHERE state = 'open' AND id > %(after)s ORDER BY id LIMIT %(chunk)s
    )
    SELECT asked.id, asked.probability, (
        SELECT count(*) FROM (
            SELECT 1
            FROM (SELECT DISTINCT customer_id FROM crm_identifier WHERE id IN (asked.a_id, asked.b_id)) AS c
            CROSS JOIN LATERAL (
                SELECT id FROM crm_identifier WHERE customer_id = c.customer_id LIMIT %(identifiers)s
            ) AS n
            CROSS JOIN unnest(%(channels)s::text[]) AS h (channel)
            CROSS JOIN LATERAL (
                SELECT 1 FROM journeys_interaction
                WHERE identifier_id = n.id AND channel = h.channel AND occurred_at >= %(since)s LIMIT %(most)s
            ) AS i
            LIMIT %(most)s
        ) AS counted
    )
    FROM asked ORDER BY asked.id
"""
WRITE = """
    UPDATE crm_review r SET traffic = n.traffic, value = n.value
    FROM json_to_recordset(%s) AS n (id bigint, traffic int, value float8)
    WHERE r.id = n.id AND (r.traffic, r.value) IS DISTINCT FROM (n.traffic, n.value)
"""


def rank(now: datetime) -> int:
    """Set traffic and value of every open review; returns how many there are."""
    ranked = 0
    for rows in read(now):
        worths = [(pk, traffic, worth(probability, traffic)) for pk, probability, traffic in rows]
        with transaction.atomic(), cursor() as sql:
            sql.execute(WRITE, [recordset("id traffic value", worths)])
        ranked += len(rows)
    return ranked


def read(now: datetime) -> Iterator[Sequence[tuple[int, float, int]]]:
    """(id, probability, interactions of both customers lately) of the open reviews, some at a time."""
    asked = {"chunk": CHUNK, "identifiers": IDENTIFIERS_READ, "channels": list(Channel), "since": now - RECENT,
             "most": MOST_TRAFFIC, "after": 0}  # fmt: skip
    while True:
        with cursor() as sql:
            rows = sql.execute(READ, asked).fetchall()
        if not rows:
            return
        yield [(int(pk), float(probability), int(traffic)) for pk, probability, traffic in rows]
        asked["after"] = rows[-1][0]
