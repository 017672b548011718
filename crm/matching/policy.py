"""The policy: which scored pairs are joined, which a person decides, and which are let be. Pure.

A threshold alone joins households: at p >= .95 on a shared surname, street and landline, husband and wife are one. So
what a household shares counts once, up to a cap; an automatic join needs evidence of the person; and a contradiction
in the given name or the date of birth forbids it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from crm.matching.sharing import Sharing
from crm.matching.verdicts import Reason, Verdict

JOIN_PROBABILITY = 0.95
JOIN_WEIGHT = float(np.log2(JOIN_PROBABILITY / (1 - JOIN_PROBABILITY)))
HOUSEHOLD_WEIGHT = (
    -1.0
)  # what a household proves, after the prior: about one pair in three of its records is one person
MAILBOX_WEIGHT = 4.0  # the most that an address which is only alike adds to a name: most are made of the name
EVIDENCE = 1.0  # the least weight of a level that tells something: twice as often seen in one person as in two
MISSING, DIFFERS = -1, 0  # levels of every comparison; higher ones agree, the highest exactly

GIVEN_NAME, BIRTH = "given_name", "date_of_birth"
HOUSEHOLD = frozenset({"surname", "street_number", "street", "address", "address2", "city", "state", "postcode"})
COMMON = frozenset({"country", "language"})
IDENTIFIERS = ("email", "phone", "national_id")  # one person's, unless they are shared
SAME_HOUSEHOLD, SAME_NAME = "same household", "same name"  # what the policy counts once: see taken_off

Ints = NDArray[np.int32]
Levels = NDArray[np.int8]
Weights = NDArray[np.float32]
ScoredWeights = NDArray[np.float64] | NDArray[np.float32]
Flags = NDArray[np.bool_]
Rulings = Mapping[tuple[int, int], bool]
NO_RULINGS: Rulings = {}


class Scores(Protocol):
    """Scored pairs in columns. left, right: the records' indexes; weight: with the prior; levels: by comparison."""

    @property
    def left(self) -> Ints: ...
    @property
    def right(self) -> Ints: ...
    @property
    def weight(self) -> ScoredWeights: ...
    @property
    def levels(self) -> Mapping[str, Levels]: ...


@dataclass(frozen=True)
class Rules:
    """What the trained model tells the policy.

    strengths: the weight of every level of every comparison, from DIFFERS up; prior: the weight of two records drawn
    at random, so a negative number. has_households: whether people who share a household are among the records
    (households.py); where none are, fields that disagree are wrong, not another person's.
    """

    strengths: Mapping[str, Sequence[float]]
    prior: float
    has_households: bool = True

    @property
    def household_cap(self) -> np.float32:
        """The most that a household's common fields may add: enough to know the household, never the person."""
        return np.float32(max(0.0, HOUSEHOLD_WEIGHT - self.prior) if self.has_households else np.inf)

    def gain(self, scores: Scores, name: str) -> Weights:
        """What one comparison adds in each pair where it speaks for one person, without the rarity of its value."""
        table = np.array([0.0, *self.strengths[name]], dtype=np.float32)
        return np.maximum(table, 0)[scores.levels[name] + 1]


@dataclass(frozen=True)
class Decisions:
    """In columns, one row a pair: the scored ones in their order, then those that only staff spoke of.

    weight: after the household's cap, and without what shared values added. verdict, reason: of Verdict and Reason.
    """

    left: Ints
    right: Ints
    weight: Weights
    verdict: Levels
    reason: Levels


def decide(scores: Scores, rules: Rules, sharing: Mapping[str, Sharing], rulings: Rulings = NO_RULINGS) -> Decisions:
    """Decide every pair.

    sharing: by name of the comparison, for those whose values several people may share. rulings: staff's verdicts,
    whether two records are the same, by their indexes, the smaller one first.
    """
    shared = {name: values.is_shared(scores.left, scores.right) for name, values in sharing.items()}
    crowded = {name: values.is_crowded(scores.left, scores.right) for name, values in sharing.items()}
    weight = guarded_weight(scores, rules, shared, crowded)
    contradicts = contradictions(scores) & rules.has_households
    strong = unshared_identifier(scores, rules, shared) & ~contradicts
    person = strong | tells_people_apart(scores, rules) | (not rules.has_households)
    likely, was_likely = weight >= JOIN_WEIGHT, scores.weight >= JOIN_WEIGHT
    leans_on_shared = np.any([flags & agrees(scores, name) for name, flags in shared.items()], axis=0)
    cases: list[tuple[Flags, Verdict, Reason]] = [
        (contradicts & (weight >= 0), Verdict.REVIEW, Reason.CONTRADICTION),
        (contradicts, Verdict.NOTHING, Reason.CONTRADICTION),
        (likely & person, Verdict.JOINED, Reason.PERSON),
        (strong, Verdict.JOINED, Reason.IDENTIFIER),
        (was_likely & ~likely & leans_on_shared, Verdict.REVIEW, Reason.SHARED),
        (was_likely & ~person, Verdict.REVIEW, Reason.HOUSEHOLD),
        (was_likely | (weight >= 0), Verdict.REVIEW, Reason.UNSURE),
    ]
    verdict, reason = chosen(cases, len(scores.left))
    return obey(Decisions(scores.left, scores.right, weight, verdict, reason), rulings)


def chosen(cases: Sequence[tuple[Flags, Verdict, Reason]], size: int) -> tuple[Levels, Levels]:
    """The first case that holds for each pair."""
    verdict = np.full(size, Verdict.NOTHING, dtype=np.int8)
    reason = np.full(size, Reason.BELOW, dtype=np.int8)
    for holds, become, because in reversed(cases):
        verdict[holds], reason[holds] = become, because
    return verdict, reason


def guarded_weight(scores: Scores, rules: Rules, shared: Mapping[str, Flags], crowded: Mapping[str, Flags]) -> Weights:
    """The weight, where a household counts once and what several people share counts nothing."""
    weight = scores.weight.astype(np.float32)
    for taken in taken_off(scores, rules, shared, crowded).values():
        weight -= taken
    return weight


def taken_off(
    scores: Scores, rules: Rules, shared: Mapping[str, Flags], crowded: Mapping[str, Flags]
) -> dict[str, Weights]:
    """What the policy takes off the weight (never less than nothing), and for what: the name of the comparison whose
    value several people share, SAME_HOUSEHOLD, SAME_NAME.

    A phone that a few share is the household's line: it counts among what the household shares.
    """
    common = np.zeros(len(scores.left), dtype=np.float32)
    for name in sorted(HOUSEHOLD & scores.levels.keys()):  # sums of floats depend on their order
        common += rules.gain(scores, name)
    taken: dict[str, Weights] = {}
    for name, flags in shared.items():
        gained = np.where(flags, rules.gain(scores, name), 0)
        is_line = ~crowded[name] if name == "phone" else np.zeros(len(flags), dtype=np.bool_)
        common += np.where(is_line, gained, 0)
        taken[name] = np.where(is_line, 0, gained)
    taken[SAME_HOUSEHOLD] = np.maximum(common - rules.household_cap, 0)
    return taken | {SAME_NAME: echoed(scores, rules)}


def echoed(scores: Scores, rules: Rules) -> Weights:
    """What an address that is only alike adds to an agreeing given name beyond its cap."""
    if "email" not in scores.levels:
        return np.zeros(len(scores.left), dtype=np.float32)
    is_alike = agrees(scores, GIVEN_NAME) & ~is_exact(scores, rules, "email")
    return np.where(is_alike, np.maximum(rules.gain(scores, "email") - np.float32(MAILBOX_WEIGHT), 0), 0)


def contradictions(scores: Scores) -> Flags:
    """Whether the given names, or the dates of birth, of both records are known and disagree."""
    found = np.zeros(len(scores.left), dtype=np.bool_)
    for name in (GIVEN_NAME, BIRTH):
        if name in scores.levels:
            found |= scores.levels[name] == DIFFERS
    return found


def tells_people_apart(scores: Scores, rules: Rules) -> Flags:
    """Whether something agrees that the others of a household do not share.

    That is the given name or the date of birth; where the records bring neither (companies, say), all but what a
    household shares.
    """
    personal = scores.levels.keys() & {GIVEN_NAME, BIRTH} or scores.levels.keys() - HOUSEHOLD - COMMON
    found = np.zeros(len(scores.left), dtype=np.bool_)
    for name in personal:
        found |= rules.gain(scores, name) >= EVIDENCE
    return found


def agrees(scores: Scores, name: str) -> Flags:
    """Whether a comparison found any agreement."""
    if name not in scores.levels:
        return np.zeros(len(scores.left), dtype=np.bool_)
    return scores.levels[name] > DIFFERS


def unshared_identifier(scores: Scores, rules: Rules, shared: Mapping[str, Flags]) -> Flags:
    """Whether an identifier agrees exactly that nobody else is known to use."""
    found = np.zeros(len(scores.left), dtype=np.bool_)
    for name in scores.levels.keys() & set(IDENTIFIERS):
        exact = is_exact(scores, rules, name)
        found |= exact & ~shared[name] if name in shared else exact
    return found


def is_exact(scores: Scores, rules: Rules, name: str) -> Flags:
    """Whether a comparison found its closest level."""
    closest = max(1, len(rules.strengths[name]) - 1)
    exact: Flags = scores.levels[name] == closest
    return exact


def obey(decided: Decisions, rulings: Rulings) -> Decisions:
    """Let staff's verdicts stand over the policy's, and add the pairs that were never scored."""
    if not rulings:
        return decided
    ordered = sorted(rulings)
    ends = np.array(ordered, dtype=np.int32)
    verdict, reason = verdicts(np.array([rulings[pair] for pair in ordered]))
    ruled, scored = keys(ends[:, 0], ends[:, 1]), keys(decided.left, decided.right)
    at = np.minimum(np.searchsorted(ruled, scored), len(ruled) - 1)
    is_ruled = ruled[at] == scored
    unseen = ~np.isin(ruled, scored)
    return Decisions(
        np.append(decided.left, ends[unseen, 0]),
        np.append(decided.right, ends[unseen, 1]),
        np.append(decided.weight, np.zeros(int(unseen.sum()), dtype=np.float32)),
        np.append(np.where(is_ruled, verdict[at], decided.verdict), verdict[unseen]),
        np.append(np.where(is_ruled, reason[at], decided.reason), reason[unseen]),
    )


def verdicts(same: Flags) -> tuple[Levels, Levels]:
    """Staff's yes and no, in the policy's words."""
    verdict = np.where(same, Verdict.JOINED, Verdict.DIFFERENT).astype(np.int8)
    return verdict, np.where(same, Reason.STAFF_SAME, Reason.STAFF_DIFFERENT).astype(np.int8)


def keys(left: Ints, right: Ints) -> NDArray[np.int64]:
    """One number for each pair, whichever way round it stands."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    return (low << 32) | high
