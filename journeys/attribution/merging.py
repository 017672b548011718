"""Conversions that count once per customer, after customers were joined or parted: only theirs are judged anew."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from crm.sql import cursor
from journeys.attribution.judging import CUSTOMER, Definition
from journeys.attribution.tallying import judge_some

LOG = "crm_identityevent"
MOST = 500  # lines of the log
READ = "SELECT id, moved FROM crm_identityevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"


class Moved(NamedTuple):
    """The customers that gained or lost identifiers; upto: the line of the log that was read last; rows: how many."""

    customers: set[int]
    upto: int
    rows: int


def moved_since(places: Mapping[str, int], ceiling: int | None) -> Moved:
    """The next customers that moved."""
    place = places.get(LOG, 0)
    if ceiling is None or ceiling <= place:
        return Moved(set(), place, 0)
    with cursor() as sql:
        found = sql.execute(READ, [place, ceiling, MOST]).fetchall()
    customers = {one for _, moved in found for _, *ends in orjson.loads(moved) for one in ends if one}
    return Moved(customers, found[-1][0] if len(found) == MOST else ceiling, max(len(found), 1))


def judge_moved(definitions: Sequence[Definition], customers: set[int]) -> None:
    for definition in definitions:
        if definition.once == CUSTOMER:
            judge_some(definition, (), customers)
