"""The diff of a whole pass: which scored links it would make, and which it would withdraw."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from crm.matching.models import Change, Run
from crm.matching.outcome import Outcome
from crm.matching.policy import keys
from crm.matching.standing import Pair, Tie
from crm.matching.verdicts import Reason
from crm.sql import cursor

EXAMPLES = 300  # changes that a dry run keeps
COPY = "COPY crm_matchchange (run_id, action, a_id, b_id, weight, reason, link_id) FROM STDIN"


class Proposal(NamedTuple):
    """One change. weight: the pair's, or that of the link which is withdrawn (`link`)."""

    action: str
    a: int
    b: int
    weight: float
    reason: int
    link: int | None = None


def diff(outcome: Outcome) -> list[Proposal]:
    """What differs between the scored links that stand and those that should: the surest new ones first."""
    wanted, standing = wanted_of(outcome), outcome.standing.scored
    added = (Proposal("add", tie.a, tie.b, *wanted[tie]) for tie in wanted if tie not in standing)
    gone = [tie for tie in sorted(standing) if tie not in wanted]
    why = reasons_of(outcome, {(tie.a, tie.b) for tie in gone})
    parted = (Proposal("withdraw", tie.a, tie.b, standing[tie].weight, why[tie.a, tie.b], standing[tie].id)
              for tie in gone)  # fmt: skip
    return [*added, *parted]


def wanted_of(outcome: Outcome) -> dict[Tie, tuple[float, int]]:
    """The scored links that should stand, the surest first: (weight, reason)."""
    decided, vouched = outcome.decided, outcome.population.is_vouched
    links = outcome.wanted.links[np.argsort(-decided.weight[outcome.wanted.links], kind="stable")]
    sure = (vouched[decided.left[links]] & vouched[decided.right[links]]).tolist()
    said = zip(decided.weight[links].tolist(), decided.reason[links].tolist(), strict=True)
    return {Tie(*ends, own): told for ends, own, told in zip(outcome.ends(links), sure, said, strict=True)}


def reasons_of(outcome: Outcome, pairs: Iterable[Pair]) -> dict[Pair, int]:
    """Why these pairs (of identifiers) are not wanted: what staff said, what was decided, or that groups which hang
    together by too little are held apart.
    """
    ends = sorted(pairs)
    found = dict.fromkeys(ends, int(Reason.BELOW))
    left, right = (outcome.population.rows_of(np.array([one[side] for one in ends], np.int64)) for side in (0, 1))
    asked = keys(left.astype(np.int32), right.astype(np.int32))
    decided = keys(outcome.decided.left, outcome.decided.right)
    order = np.argsort(asked)
    apart = frozenset(outcome.wanted.apart.tolist())
    for row in np.flatnonzero(np.isin(decided, asked)):
        at = order[np.searchsorted(asked[order], decided[row])]
        found[ends[at]] = int(Reason.CLUSTER if int(row) in apart else outcome.decided.reason[row])
    for a, b, pair in zip(left.tolist(), right.tolist(), ends, strict=True):
        if a >= 0 and b >= 0 and outcome.standing.is_ruled_apart(a, b):
            found[pair] = int(Reason.STAFF_DIFFERENT)
    return found


def write_changes(run: Run, proposals: Iterable[Proposal]) -> None:
    """Write the run's diff in place of what it had."""
    Change.objects.filter(run=run).delete()
    with cursor() as sql, sql.copy(COPY) as copy:
        for one in proposals:
            copy.write_row((run.pk, one.action, one.a, one.b, one.weight, one.reason, one.link))


def in_order(run: Run, size: int) -> Iterator[list[Change]]:
    """The changes that are still to be applied, so many at a time."""
    while rows := list(Change.objects.filter(run=run, applied_at=None).order_by("pk")[:size]):
        yield rows
