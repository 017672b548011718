"""Asking people: the reviews that follow from the scored pairs between customers who are apart."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, LiteralString

from crm.matching.models import Review
from crm.matching.scoring import probability
from crm.matching.verdicts import Verdict
from crm.reading import answering, each, read
from crm.sql import array, cursor, recordset

# Of the pairs between each two customers the one that says most: what the policy would have joined first, then by
# weight; ties by the identifiers' own values. The guard is what keeps a pair apart that the policy would join.
READ: LiteralString = """
    WITH asked AS (
        SELECT p.a_id, p.b_id, p.weight, p.reason,
            least(a.customer_id, b.customer_id) AS one, greatest(a.customer_id, b.customer_id) AS other,
            CASE
                WHEN (p.a_id, p.b_id) IN (SELECT * FROM unnest(%(back_a)s::bigint[], %(back_b)s::bigint[]))
                    THEN %(withdrawn)s
                WHEN p.verdict <> %(joined)s THEN ''
                WHEN EXISTS (SELECT 1 FROM crm_link l WHERE l.a_id = p.a_id AND l.b_id = p.b_id
                        AND l.basis = 'scored' AND l.withdrawn_at IS NULL AND l.held <> '') THEN %(held)s
                ELSE %(cluster)s
            END AS guard,
            concat_ws(chr(31), a.kind, a.namespace, a.value) COLLATE "C" AS mine,
            concat_ws(chr(31), b.kind, b.namespace, b.value) COLLATE "C" AS theirs
        FROM (
            SELECT * FROM crm_matchpair WHERE a_id = ANY(%(units)s::bigint[])
            UNION SELECT * FROM crm_matchpair WHERE b_id = ANY(%(units)s::bigint[])
        ) AS p
        JOIN crm_identifier a ON a.id = p.a_id JOIN crm_identifier b ON b.id = p.b_id
        WHERE a.customer_id <> b.customer_id
    )
    SELECT DISTINCT ON (one, other) one, other, a_id, b_id, weight, reason, guard
    FROM asked
    ORDER BY one, other, guard <> '' DESC, round(weight::numeric, 4) DESC, least(mine, theirs), greatest(mine, theirs)
"""
# Staff's verdicts on the customers of some identifiers, by their links: there may be many of other people.
RULED_APART: LiteralString = """
    WITH theirs AS MATERIALIZED (
        SELECT i.id FROM (SELECT DISTINCT customer_id FROM crm_identifier WHERE id = ANY(%(units)s::bigint[])) AS c
        JOIN crm_identifier i ON i.customer_id = c.customer_id
    )
    SELECT a.customer_id, b.customer_id
    FROM (
        SELECT a_id, b_id FROM crm_link
        WHERE a_id = ANY(ARRAY(SELECT id FROM theirs)) AND verdict = 'different' AND withdrawn_at IS NULL
        UNION ALL
        SELECT a_id, b_id FROM crm_link
        WHERE b_id = ANY(ARRAY(SELECT id FROM theirs)) AND verdict = 'different' AND withdrawn_at IS NULL
    ) AS l JOIN crm_identifier a ON a.id = l.a_id JOIN crm_identifier b ON b.id = l.b_id
"""
# The reviews of some identifiers, whatever became of them.
REVIEWS: LiteralString = """
    SELECT id, a_id, b_id, weight, reason, guard, state FROM crm_review WHERE a_id = ANY(%(units)s::bigint[])
    UNION SELECT id, a_id, b_id, weight, reason, guard, state FROM crm_review WHERE b_id = ANY(%(units)s::bigint[])
"""
# Settled by number, and by a condition that no index answers: planned while few reviews were open, it would read them
# all for each record that arrives.
OPEN = """
    WITH settled AS (
        UPDATE crm_review SET state = 'settled'
        WHERE state IS NOT DISTINCT FROM 'open' AND id = ANY(%(settled)s::bigint[])
    )
    INSERT INTO crm_review AS r (a_id, b_id, weight, probability, reason, guard, state, traffic, value, created_at)
    SELECT n.a, n.b, n.weight, n.probability, n.reason, n.guard, 'open', 0, n.probability, now()
    FROM json_to_recordset(%(asked)s)
        AS n (a bigint, b bigint, weight float8, probability float8, reason smallint, guard text)
    ORDER BY n.a, n.b
    ON CONFLICT (a_id, b_id) DO UPDATE
    SET weight = excluded.weight, probability = excluded.probability, reason = excluded.reason, guard = excluded.guard,
        state = 'open', decided_at = NULL, decided_by_id = NULL, link_id = NULL
    WHERE (r.weight, r.reason, r.guard, r.state) IS DISTINCT FROM
          (excluded.weight, excluded.reason, excluded.guard, 'open')
"""
Pair = tuple[int, int]
GUARDS: dict[str, Any] = {
    "joined": int(Verdict.JOINED), "withdrawn": str(Review.Guard.WITHDRAWN), "held": str(Review.Guard.HELD),
    "cluster": str(Review.Guard.CLUSTER),
}  # fmt: skip


def ask(units: Collection[int], taken_back: Collection[Pair] = ()) -> None:
    """Open, renew and settle the reviews of these identifiers: one for each two customers whom a pair ties.

    units: all compared identifiers of the customers concerned. taken_back: pairs whose scored link staff withdrew.
    """
    told = {"units": array(units)}
    back = {"back_a": array(a for a, _ in taken_back), "back_b": array(b for _, b in taken_back)}
    asked = answering(READ, {**told, **back, **GUARDS})
    questions, verdicts, reviews = read(each((asked, answering(RULED_APART, told), answering(REVIEWS, told))))
    apart = {(min(a, b), max(a, b)) for a, b in verdicts}
    wanted = {(a, b): tuple(said) for one, other, a, b, *said in questions if (one, other) not in apart}
    bring_in_line(wanted, reviews)


def bring_in_line(wanted: Mapping[Pair, tuple[Any, ...]], reviews: Sequence[tuple[Any, ...]]) -> None:
    """Write the reviews that differ from what is asked, and settle those that are open and asked no longer.

    wanted: by pair the weight, the reason, the guard.
    """
    stands = {(a, b): tuple(said) for _, a, b, *said in reviews}
    changed = [pair for pair in sorted(wanted) if stands.get(pair) != (*wanted[pair], Review.State.OPEN)]
    settled = [one for one, a, b, *_, state in reviews if state == Review.State.OPEN and (a, b) not in wanted]
    if not (changed or settled):
        return
    rows = ((*pair, weight, probability(weight), *why) for pair in changed for weight, *why in [wanted[pair]])
    told = {"settled": array(settled), "asked": recordset("a b weight probability reason guard", rows)}
    with cursor() as sql:
        sql.execute(OPEN, told)
