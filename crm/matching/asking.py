"""Asking people: the reviews that follow from the scored pairs between customers who are apart."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

from crm.identity.kinds import Key
from crm.matching.models import Review
from crm.matching.scoring import probability
from crm.matching.verdicts import Verdict
from crm.reading import answering, both, read
from crm.sql import array, cursor, recordset

# Pairs between two customers, with whether a scored link between the two is held. Customers whom staff called
# different are not asked about again.
READ: LiteralString = """
    SELECT p.a_id, p.b_id, p.weight, p.verdict, p.reason, a.customer_id, b.customer_id,
        a.kind, a.namespace, a.value, b.kind, b.namespace, b.value,
        EXISTS (SELECT 1 FROM crm_link l WHERE l.a_id = p.a_id AND l.b_id = p.b_id AND l.basis = 'scored'
                AND l.withdrawn_at IS NULL AND l.held <> '')
    FROM (
        SELECT * FROM crm_matchpair WHERE a_id = ANY(%(units)s::bigint[])
        UNION SELECT * FROM crm_matchpair WHERE b_id = ANY(%(units)s::bigint[])
    ) AS p
    JOIN crm_identifier a ON a.id = p.a_id JOIN crm_identifier b ON b.id = p.b_id
    WHERE a.customer_id <> b.customer_id
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
# Settled by number, and by a condition that no index answers: planned while few reviews were open, it would read them
# all for each record that arrives.
OPEN = """
    WITH n AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%(asked)s)
            AS n (a bigint, b bigint, weight float8, probability float8, reason smallint, guard text)
    ), about AS MATERIALIZED (
        SELECT id, a_id, b_id FROM crm_review WHERE a_id = ANY(%(units)s::bigint[])
        UNION SELECT id, a_id, b_id FROM crm_review WHERE b_id = ANY(%(units)s::bigint[])
    ), settled AS (
        UPDATE crm_review SET state = 'settled' WHERE state IS NOT DISTINCT FROM 'open'
            AND id = ANY(ARRAY(SELECT id FROM about WHERE (a_id, b_id) NOT IN (SELECT a, b FROM n)))
    )
    INSERT INTO crm_review AS r (a_id, b_id, weight, probability, reason, guard, state, traffic, value, created_at)
    SELECT n.a, n.b, n.weight, n.probability, n.reason, n.guard, 'open', 0, n.probability, now() FROM n
    ORDER BY n.a, n.b
    ON CONFLICT (a_id, b_id) DO UPDATE
    SET weight = excluded.weight, probability = excluded.probability, reason = excluded.reason, guard = excluded.guard,
        state = 'open', decided_at = NULL, decided_by_id = NULL, link_id = NULL
    WHERE (r.weight, r.reason, r.guard, r.state) IS DISTINCT FROM
          (excluded.weight, excluded.reason, excluded.guard, 'open')
"""
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """One pair of identifiers, of two customers who are apart, that speaks for their being one."""

    a: int
    b: int
    weight: float
    reason: int
    guard: str
    customers: Pair
    keys: tuple[Key, Key]

    @property
    def telling(self) -> tuple[bool, float, tuple[Key, Key]]:
        """Sorts the pairs of two customers: what the policy would have joined first, then by weight."""
        return not self.guard, -round(self.weight, 4), self.keys


def ask(units: Collection[int], taken_back: Collection[Pair] = ()) -> None:
    """Open, renew and settle the reviews of these identifiers: one for each two customers whom a pair ties.

    units: all compared identifiers of the customers concerned. taken_back: pairs whose scored link staff withdrew.
    """
    told = {"units": array(units)}
    rows, apart = read(both(answering(READ, told), answering(RULED_APART, told)))
    best: dict[Pair, Question] = {}
    for question in sorted(questions(rows, set(taken_back)), key=lambda one: one.telling):
        best.setdefault(question.customers, question)
    for a, b in apart:
        best.pop((min(a, b), max(a, b)), None)
    asked = [
        (one.a, one.b, one.weight, probability(one.weight), one.reason, one.guard)
        for one in sorted(best.values(), key=lambda one: (one.a, one.b))
    ]
    with cursor() as sql:
        sql.execute(OPEN, {**told, "asked": recordset("a b weight probability reason guard", asked)})


def questions(rows: Iterable[tuple[Any, ...]], taken_back: set[Pair]) -> Iterable[Question]:
    for a, b, weight, verdict, reason, mine, other, *own, is_held in rows:
        guard = guard_of((a, b), verdict, is_held, taken_back)
        low, high = sorted((Key(*own[:3]), Key(*own[3:])))
        yield Question(a, b, weight, reason, guard, (min(mine, other), max(mine, other)), (low, high))


def guard_of(pair: Pair, verdict: int, is_held: bool, taken_back: set[Pair]) -> str:
    """What keeps a pair apart that the policy would join; empty where the policy itself asks."""
    if pair in taken_back:
        return Review.Guard.WITHDRAWN
    if verdict != Verdict.JOINED:
        return Review.Guard.NO
    return Review.Guard.HELD if is_held else Review.Guard.CLUSTER
