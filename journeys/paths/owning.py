"""Whose identifiers are, for millions of them at once: blocks of numbers, kept up by a worker, and over them what has
changed since, so that nobody reads what was. A merge or an unmerge rewrites no day.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from crm.sql import array, cursor
from journeys.attribution.models import Place
from journeys.paths.models import OwnerBlock
from journeys.paths.packing import Ints, packed, unpacked

SHIFT = 14
SIZE = 1 << SHIFT  # identifiers of a block
KNOWN, LOG = "owned identifiers", "owned identity"  # how far identifiers, and the identity log, are in the blocks
AT_ONCE = 100_000  # identifiers, and lines of the log, of one turn
OWNER = "CASE WHEN i.is_withheld THEN -i.customer_id ELSE coalesce(i.customer_id, 0) END"
# What is not in the blocks yet: read before they are, so that nothing falls between.
SINCE = f"""
    WITH place AS (
        SELECT coalesce(max(upto) FILTER (WHERE name = '{KNOWN}'), 0) AS known,
            coalesce(max(upto) FILTER (WHERE name = '{LOG}'), 0) AS log
        FROM journeys_place
    )
    SELECT n.id, {OWNER} FROM (
        SELECT identifier AS id FROM journeys_ownernote
        UNION
        SELECT (one ->> 0)::bigint FROM crm_identityevent e CROSS JOIN jsonb_array_elements(e.moved) AS one
        WHERE e.id > (SELECT log FROM place)
        UNION
        SELECT id FROM crm_identifier WHERE id > (SELECT known FROM place)
    ) AS n LEFT JOIN crm_identifier i ON i.id = n.id
"""  # noqa: S608 (our own words)
TAKE = "DELETE FROM journeys_ownernote RETURNING identifier"
MOVED = """
    SELECT id, ARRAY(SELECT (one ->> 0)::bigint FROM jsonb_array_elements(moved) AS one)
    FROM crm_identityevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
"""
NEW = "SELECT id, ARRAY[id] FROM crm_identifier WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"
OWNERS = f"""
    SELECT n.id, {OWNER} FROM unnest(%s::bigint[]) AS n (id) LEFT JOIN crm_identifier i ON i.id = n.id
"""  # noqa: S608 (our own words)
BLOCKS = "SELECT number, owners FROM journeys_ownerblock WHERE number = ANY(%s::bigint[])"


def owners_of(identifiers: Ints) -> Ints:
    """Whose each identifier is now, as OwnerBlock tells it."""
    if not len(identifiers):
        return np.zeros(0, dtype=np.int64)
    since = pairs_of(SINCE, [])
    blocks = identifiers >> SHIFT
    is_asked = np.zeros(int(blocks.max()) + 1, dtype=np.bool_)
    is_asked[blocks] = True
    numbers = np.flatnonzero(is_asked)
    places = np.cumsum(is_asked) - 1
    known = np.zeros(len(numbers) << SHIFT, dtype=np.int64)
    for number, owners in read_blocks(numbers).items():
        start = int(places[number]) << SHIFT
        known[start : start + SIZE] = owners
    changed = since[:, np.isin(since[0] >> SHIFT, numbers)]
    known[(places[changed[0] >> SHIFT] << SHIFT) + (changed[0] & (SIZE - 1))] = changed[1]
    found: Ints = known[(places[blocks] << SHIFT) + (identifiers & (SIZE - 1))]
    return found


def own(ceilings: Mapping[str, int | None]) -> int:
    """Bring the blocks up to what changed, within a transaction; returns how many identifiers were looked at."""
    places = dict(Place.objects.filter(name__in=(KNOWN, LOG)).values_list("name", "upto"))
    with cursor() as sql:
        changed = {one for (one,) in sql.execute(TAKE)}
    changed |= follow(LOG, MOVED, places, ceilings["crm_identityevent"])
    changed |= follow(KNOWN, NEW, places, ceilings["crm_identifier"])
    write(pairs_of(OWNERS, [array(sorted(changed))]) if changed else np.zeros((2, 0), dtype=np.int64))
    return len(changed)


def follow(name: str, statement: str, places: Mapping[str, int], ceiling: int | None) -> set[int]:
    """The identifiers that rows after a place tell of; the place goes on."""
    place = places.get(name, 0)
    if ceiling is None or ceiling <= place:
        return set()
    with cursor() as sql:
        rows: list[tuple[Any, ...]] = sql.execute(statement.encode(), [place, ceiling, AT_ONCE]).fetchall()
    upto = rows[-1][0] if len(rows) == AT_ONCE else ceiling
    Place.objects.update_or_create(name=name, defaults={"upto": upto})
    return {one for _, told in rows for one in told}


def write(pairs: Ints) -> None:
    """Put (identifier, owner) into the blocks."""
    blocks = pairs[0] >> SHIFT
    kept = read_blocks(np.unique(blocks))
    made = []
    for number in np.unique(blocks):
        owners = np.array(kept.get(int(number), np.zeros(SIZE)), dtype=np.int64)
        mine = pairs[:, blocks == number]
        owners[mine[0] & (SIZE - 1)] = mine[1]
        made.append(OwnerBlock(number=int(number), owners=packed(owners)))
    OwnerBlock.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["number"], update_fields=["owners"], batch_size=200
    )


def read_blocks(numbers: Ints) -> dict[int, "np.ndarray[Any, Any]"]:
    with cursor() as sql:
        found = sql.execute(BLOCKS, [array(numbers.tolist())], binary=True).fetchall()
    return {number: unpacked(owners, SIZE) for number, owners in found}


def pairs_of(statement: str, parameters: list[Any]) -> Ints:
    """(identifiers, owners), as two rows of one array."""
    with cursor() as sql:
        rows = sql.execute(statement.encode(), parameters).fetchall()
    return np.array(rows, dtype=np.int64).reshape(-1, 2).T
