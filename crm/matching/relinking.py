"""Writing what matching found: the scored pairs, and the scored links that should stand."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, LiteralString

import orjson

from crm.identity import causes
from crm.identity.regrouping import regrouping, wait_for_turn
from crm.matching.gathering import Standing
from crm.matching.profiles import Refreshed
from crm.matching.scoring import probability
from crm.matching.weighing import Judged
from crm.privacy.restricting.standing import NEITHER_RESTRICTED
from crm.reading import Reading, Rows, answering, both, read
from crm.sql import array, cursor, recordset

SAME_WEIGHT = 1e-4

WRITE_PAIRS = """
    WITH n AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%(pairs)s)
            AS n (a bigint, b bigint, weight float8, verdict smallint, reason smallint)
    ), gone AS (
        DELETE FROM crm_matchpair
        WHERE (a_id = ANY(%(units)s::bigint[]) AND b_id = ANY(%(units)s::bigint[])
                OR a_id = ANY(%(fresh)s::bigint[]) OR b_id = ANY(%(fresh)s::bigint[]))
            AND (a_id, b_id) NOT IN (SELECT a, b FROM n)
    )
    INSERT INTO crm_matchpair AS p (a_id, b_id, weight, verdict, reason) SELECT * FROM n
    ON CONFLICT (a_id, b_id) DO UPDATE
    SET weight = excluded.weight, verdict = excluded.verdict, reason = excluded.reason
    WHERE (p.weight, p.verdict, p.reason) IS DISTINCT FROM (excluded.weight, excluded.verdict, excluded.reason)
"""
ADD: LiteralString = """
    INSERT INTO crm_link (a_id, b_id, verdict, basis, is_verified, weight, evidence, created_at, held)
    SELECT n.a, n.b, 'same', 'scored', n.verified, n.weight, n.evidence, now(), ''
    FROM jsonb_to_recordset(%s) AS n (a bigint, b bigint, verified bool, weight float8, evidence jsonb)
    WHERE NEITHER_RESTRICTED
    ORDER BY n.a, n.b
    ON CONFLICT (a_id, b_id, basis, verdict, is_verified) WHERE withdrawn_at IS NULL DO NOTHING
    RETURNING id
""".replace("NEITHER_RESTRICTED", NEITHER_RESTRICTED.format("n.a", "n.b"))
WITHDRAW = "UPDATE crm_link SET withdrawn_at = now() WHERE id = ANY(%s::bigint[]) AND withdrawn_at IS NULL"
REWEIGH = """
    UPDATE crm_link l SET weight = n.weight FROM json_to_recordset(%s) AS n (id bigint, weight float8) WHERE l.id = n.id
"""


def write_pairs(pairs: Sequence[Judged], units: Collection[int], fresh: Refreshed) -> None:
    """Replace the scored pairs among the units, and all of those whose profiles changed."""
    rows = ((one.a, one.b, one.weight, one.verdict, one.reason) for one in pairs)
    told = {"units": array(units), "fresh": array(fresh.changed.keys() | fresh.gone.keys())}
    with cursor() as sql:
        sql.execute(WRITE_PAIRS, {"pairs": recordset("a b weight verdict reason", rows), **told})


def relink(wanted: Iterable[Judged], standing: Standing, version: str) -> set[int]:
    """Make the scored links those that are wanted, and fold; returns the customers that gained or lost."""
    links = {(one.a, one.b): one for one in wanted}
    stands = {
        pair: link
        for pair, link in standing.scored.items()
        if pair in links and link.is_verified == links[pair].is_verified
    }
    added = [one for pair, one in links.items() if pair not in stands]
    withdrawn = {pair: link.id for pair, link in standing.scored.items() if pair not in stands}
    reweighed = [
        (link.id, links[pair].weight)
        for pair, link in stands.items()
        if abs(link.weight - links[pair].weight) > SAME_WEIGHT
    ]
    if not (added or withdrawn or reweighed):
        return set()
    ends = {end for one in added for end in (one.a, one.b)} | {end for pair in withdrawn for end in pair}
    ends |= {end for pair in stands for end in pair} if reweighed else set()
    wait_for_turn()  # before any link is locked that somebody who folds may want to hold
    numbers: list[int] = []  # known once the links are written, which is before anything is folded

    def writing() -> Reading[None]:
        numbers.extend((yield from writing_links(added, withdrawn.values(), reweighed, version)))

    _, changed = read(both(writing(), regrouping(ends, causes.SCORED, links=numbers)))
    return changed


def write_links(
    added: Iterable[Judged], withdrawn: Collection[int], reweighed: Collection[tuple[int, float]], version: str
) -> list[int]:
    """Write links; returns the ids of those made and withdrawn."""
    return read(writing_links(added, withdrawn, reweighed, version))


def writing_links(
    added: Iterable[Judged], withdrawn: Collection[int], reweighed: Collection[tuple[int, float]], version: str
) -> Reading[list[int]]:
    """As `write_links`, beside other readings."""
    with cursor() as sql:
        if withdrawn:
            sql.execute(WITHDRAW, [array(withdrawn)])
        if reweighed:
            sql.execute(REWEIGH, [recordset("id weight", reweighed)])
    made: Rows = []
    if rows := [link_row(one, version) for one in added]:
        made = yield from answering(ADD, [orjson.dumps(rows).decode()])
    return sorted([*withdrawn, *(number for (number,) in made)])


def link_row(one: Judged, version: str) -> dict[str, Any]:
    evidence = {"reason": one.reason, "probability": round(probability(one.weight), 6), "model": version}
    return {"a": one.a, "b": one.b, "verified": one.is_verified, "weight": one.weight, "evidence": evidence}
