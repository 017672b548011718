"""Who may be calling a tracking number: everybody who held it lately, weighed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crm.sql import cursor
from integrations.tracking.dialling import WINDOW, Holder, Rates, weigh
from journeys.calls.ringing import SURE_FROM

MOST_HOLDERS = 200
LIKELY_FROM = 0.05  # below it a holder is not worth offering

# The customer of each holder's browser, whether a phone of that customer is known, and whether the caller's is one.
READ = """
    SELECT l.id, l.visitor, l.landed, l.landed_at, l.seen_at, known.has_phone, known.is_caller
    FROM integrations_trackingnumber n
    CROSS JOIN LATERAL (
        SELECT * FROM integrations_lease WHERE number_id = n.id AND landed_at <= %(at)s
        ORDER BY landed_at DESC LIMIT %(most)s
    ) AS l
    LEFT JOIN LATERAL (
        SELECT true AS has_phone, bool_or(p.value = %(line)s) AS is_caller
        FROM crm_identifier c JOIN crm_identifier p ON p.customer_id = c.customer_id AND p.kind = 'phone'
        WHERE c.kind = 'cookie' AND c.value = l.visitor AND c.namespace = %(namespace)s
        HAVING count(*) > 0
    ) AS known ON true
    WHERE n.number = %(dialled)s AND l.seen_at > %(since)s
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that may be the caller's. lease: its id; visitor: the browser's anonymous id."""

    lease: int
    visitor: str
    landed: dict[str, Any]
    holder: Holder


@dataclass(frozen=True, slots=True)
class Match:
    """Who may be calling. linked: the visit that the call is of, where that is as good as certain."""

    candidates: Sequence[tuple[Visit, float]]

    @property
    def linked(self) -> Visit | None:
        return self.candidates[0][0] if self.candidates and self.candidates[0][1] >= SURE_FROM else None


def visits_of(dialled: str, line: str, namespace: str, at: datetime) -> list[Visit]:
    """Who held a number lately. line: the caller's, empty where withheld. namespace: of the site's source."""
    with cursor() as sql:
        return [visit_of(row, line, at) for row in sql.execute(READ, asked(dialled, line, namespace, at))]


def asked(dialled: str, line: str, namespace: str, at: datetime) -> dict[str, Any]:
    """What READ is asked with; see visits_of."""
    since = at - WINDOW
    return {"dialled": dialled, "line": line, "namespace": namespace, "at": at, "since": since, "most": MOST_HOLDERS}


def visit_of(row: Sequence[Any], line: str, at: datetime) -> Visit:
    """A row of READ."""
    number, visitor, landed, landed_at, seen_at, *phones = row
    landed = orjson.loads(landed) if isinstance(landed, str) else landed
    return Visit(number, visitor, landed, Holder(str(number), landed_at, min(seen_at, at), said(line, *phones)))


def said(line: str, has_phone: bool | None, is_caller: bool | None) -> bool | None:
    return is_caller if line and has_phone else None


def match(visits: Sequence[Visit], at: datetime, rates: Rates) -> Match:
    """Weigh the visits; of one visitor's, the likeliest stands for all. Visitors who are not likely are left out."""
    by_key = {visit.holder.key: visit for visit in visits}
    best: dict[str, Visit] = {}
    shares: dict[str, float] = {}
    for one in weigh([visit.holder for visit in visits], at, rates):  # the likeliest first
        visit = by_key[one.key]
        best.setdefault(visit.visitor, visit)
        shares[visit.visitor] = shares.get(visit.visitor, 0.0) + one.probability
    ordered = sorted(shares.items(), key=lambda named: (-named[1], named[0]))
    return Match([(best[visitor], share) for visitor, share in ordered if share >= LIKELY_FROM])
