"""Who of a site's visitors may be ringing, asked while the call rings: on a connection of the event loop's own."""

from collections.abc import Mapping
from typing import Any

import orjson
import psycopg

from integrations.tracking.dialling import Rates
from integrations.tracking.holders import READ, asked, match, visit_of
from integrations.tracking.rates import rates_from
from journeys.calls.ringing import Visits
from journeys.calls.telling import Told

NUMBERS = """
    SELECT n.number, s.namespace, p.rates::text FROM integrations_trackingnumber n
    JOIN integrations_numberpool p ON p.id = n.pool_id JOIN crm_source s ON s.id = p.source_id
"""


class Numbers:
    """The tracking numbers there are, as last read: number -> (its site's namespace, the rates of its pool)."""

    def __init__(self) -> None:
        self.known: Mapping[str, tuple[str, Rates]] = {}

    async def read(self, connection: psycopg.AsyncConnection) -> None:
        """Read the numbers anew."""
        rows = await (await connection.execute(NUMBERS)).fetchall()
        rates = {told: rates_from(orjson.loads(told)) for told in {row[2] for row in rows}}
        self.known = {number: (namespace, rates[told]) for number, namespace, told in rows}

    async def visits(self, connection: "psycopg.AsyncConnection[tuple[Any, ...]]", told: Told) -> Visits:
        """Who may be ringing; nobody in particular where the number is none of these."""
        if told.dialled not in self.known:
            return Visits()
        namespace, rates = self.known[told.dialled]
        rows = await (await connection.execute(READ, asked(told.dialled, told.line, namespace, told.at))).fetchall()
        found = match([visit_of(row, told.line, told.at) for row in rows], told.at, rates)
        return Visits(namespace, [(visit.visitor, round(share, 4)) for visit, share in found.candidates])
