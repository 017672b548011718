"""Weighing a few customers' identifiers against each other: the whole pass in small, over profiles in memory. Pure,
but for reading who else holds a contact.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from crm.matching.facts import CONTACTS
from crm.matching.gathering import Blocks, Standing
from crm.matching.linking import NOTHING, grouped, may_link, resolve_groups, rulings_from
from crm.matching.model import Model
from crm.matching.numbering import numbered
from crm.matching.pairs import Scorer
from crm.matching.policy import Decisions, Ints, Levels, decide
from crm.matching.profiles import Compared, read_profiles
from crm.matching.resolving import find_shared, rules_of
from crm.matching.scoring import measure
from crm.matching.tables import coded
from crm.matching.verdicts import Reason, Verdict

Pair = tuple[int, int]
MANY = 250  # pairs from which scoring all at once takes less than one after the other


@dataclass(frozen=True)
class PairScores:
    """Scored pairs in columns, as the policy reads them. left, right: rows."""

    left: Ints
    right: Ints
    weight: NDArray[np.float64]
    levels: Mapping[str, Levels]


class Measured:
    """Pairs of profiles (by identifier) as they were scored, each once."""

    def __init__(self, model: Model, profiles: dict[int, Compared]) -> None:
        self.model, self.profiles = model, profiles
        self.known: dict[Pair, tuple[float, tuple[int, ...]]] = {}

    def of(self, a: int, b: int) -> tuple[float, tuple[int, ...]]:
        """(the weight, the level of each comparison) of a pair that was scored."""
        return self.known[min(a, b), max(a, b)]

    def score(self, pairs: Iterable[Pair]) -> None:
        """Score those of the pairs that are not yet."""
        missing = sorted({(min(pair), max(pair)) for pair in pairs} - self.known.keys())
        if len(missing) >= MANY:
            self.score_at_once(missing)
            return
        for a, b in missing:
            self.known[a, b] = measure(self.model, self.profiles[a].features, self.profiles[b].features)

    def score_at_once(self, pairs: Sequence[Pair]) -> None:
        ends = np.array(pairs)
        ones, rows = np.unique(ends, return_inverse=True)
        features = [self.profiles[one].features for one in ones.tolist()]
        columns = {name: coded([told.get(name, ()) for told in features]) for name in sorted(self.model.columns)}
        scorer = Scorer(self.model, numbered(columns, self.model.columns, len(features)))
        left, right = rows.reshape(-1, 2).astype(np.int32).T
        found = scorer.score(left, right, floor=-np.inf)
        levels = np.column_stack([found.levels[one.name] for one in self.model.comparisons])
        own = zip(found.weight.tolist(), map(tuple, levels.tolist()), strict=True)
        self.known.update(zip(pairs, own, strict=True))


@dataclass(frozen=True)
class Weighed:
    """What is weighed. units: the identifiers whose links are settled; near: with whom the changed share a key."""

    measured: Measured
    units: set[int]
    near: Mapping[int, Collection[int]]
    blocks: Blocks

    @property
    def model(self) -> Model:
        return self.measured.model

    @property
    def profiles(self) -> dict[int, Compared]:
        return self.measured.profiles


@dataclass(frozen=True, slots=True)
class Judged:
    """What the policy makes of one pair; a < b are identifiers."""

    a: int
    b: int
    weight: float
    verdict: int
    reason: int
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Found:
    """pairs: all that are joined or in review; links: the joined pairs that should be scored links; taken_back: those
    that would be, had staff not withdrawn them.
    """

    pairs: list[Judged]
    links: list[Judged]
    taken_back: set[Pair]


def weigh(given: Weighed, standing: Standing, model_id: int) -> Found:
    """Score, decide and cluster as the whole pass does."""
    several = common_keys(given)
    held = add_holders(given, several, model_id)
    # Their own values break ties, not their row numbers.
    rows = sorted(given.profiles, key=lambda one: given.profiles[one].own)
    at = {one: row for row, one in enumerate(rows)}
    scores = scored(given, rows, as_rows(pairs_of(given, held, several), at))
    ends = {end for tie in (*standing.ties, *standing.apart) for end in tie}
    base = grouped([*rows, *ends], standing.ties)
    groups = np.array([base[one] for one in rows], dtype=np.int64)
    rulings = rulings_from(groups, {(base[a], base[b]) for a, b in standing.apart})
    columns = {name: coded([given.profiles[one].features.get(name, ()) for one in rows]) for name in CONTACTS}
    rules = rules_of(given.model)
    decided = decide(scores, rules, find_shared(scores, columns), rulings)
    inside = among(rows, given.units)
    settled = part(decided, inside[decided.left] & inside[decided.right])
    wanted = NOTHING
    if may_link(settled, groups):
        _, wanted = resolve_groups(settled, groups, np.arange(len(rows)), as_rows(standing.taken_back, at))
    is_changed = among(rows, given.near)
    kept = part(
        decided, (inside[decided.left] & inside[decided.right]) | is_changed[decided.left] | is_changed[decided.right]
    )
    return Found(
        judged(kept, np.flatnonzero(is_telling(kept)), rows, given.profiles),
        judged(settled, wanted.links, rows, given.profiles),
        {
            (min(pair), max(pair))
            for pair in ((one.a, one.b) for one in judged(settled, wanted.taken_back, rows, given.profiles))
        },
    )


def among(rows: Iterable[int], some: Collection[int]) -> NDArray[np.bool_]:
    """Which rows' identifiers are among some."""
    return np.array([one in some for one in rows], dtype=np.bool_)


def add_holders(given: Weighed, several: Mapping[int, Sequence[int]], model_id: int) -> list[frozenset[int]]:
    """Add the profiles of everybody who shares a contact with the units: what several people share counts less. The
    blocks of the keys that several units have are read with theirs.

    Returns those who hold one contact, contact by contact.
    """
    contacts = {key for one in given.units for key in given.profiles[one].contact_keys()}
    given.blocks.read(contacts | several.keys())
    held = [given.blocks.members[key] for key in contacts if key in given.blocks.members]
    around = {other for block in held for other in block}
    given.profiles.update(read_profiles(around - given.profiles.keys(), model_id))
    return held


def pairs_of(given: Weighed, held: Iterable[Collection[int]], several: Mapping[int, Sequence[int]]) -> set[Pair]:
    """The pairs to score: those of the changed, those that share a contact, those among the units."""
    found = {(one, other) for one, others in given.near.items() for other in others}
    for block in held:
        found |= set(combinations(block, 2))
    return found | pairs_inside(given, several)


def pairs_inside(given: Weighed, several: Mapping[int, Sequence[int]]) -> set[Pair]:
    """The pairs of units that share a key which is not in too many hands."""
    return {pair for key, ones in several.items() if key in given.blocks.members for pair in combinations(ones, 2)}


def common_keys(given: Weighed) -> dict[int, list[int]]:
    """The keys that several units have, with those units."""
    counts = Counter(chain.from_iterable(given.profiles[one].keys for one in given.units))
    shared: dict[int, list[int]] = {key: [] for key, count in counts.items() if count > 1}
    for one in given.units:
        for key in given.profiles[one].keys & shared.keys():
            shared[key].append(one)
    return shared


def as_rows(pairs: Iterable[Pair], at: Mapping[int, int]) -> list[Pair]:
    """Pairs of identifiers as pairs of rows, the smaller first, each once."""
    rows = ((at[a], at[b]) for a, b in pairs if a in at and b in at)
    return sorted({(min(pair), max(pair)) for pair in rows})


def scored(given: Weighed, rows: Sequence[int], pairs: Sequence[Pair]) -> PairScores:
    given.measured.score((rows[a], rows[b]) for a, b in pairs)
    found = [given.measured.of(rows[a], rows[b]) for a, b in pairs]
    ends = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    levels = np.array([own for _, own in found], dtype=np.int8).reshape(-1, len(given.model.comparisons))
    named = zip((one.name for one in given.model.comparisons), levels.T, strict=True)
    return PairScores(ends[:, 0], ends[:, 1], np.array([weight for weight, _ in found]), dict(named))


def part(decided: Decisions, kept: NDArray[np.bool_]) -> Decisions:
    """Some of the decided pairs."""
    return Decisions(*(column[kept] for column in vars(decided).values()))


def is_telling(decided: Decisions) -> NDArray[np.bool_]:
    """Which pairs are kept: those that the policy, not staff, joins or wants decided."""
    verdict, reason = decided.verdict, decided.reason
    is_staffs = (reason == Reason.STAFF_SAME) | (reason == Reason.STAFF_DIFFERENT)
    telling: NDArray[np.bool_] = ((verdict == Verdict.JOINED) | (verdict == Verdict.REVIEW)) & ~is_staffs
    return telling


def judged(
    decided: Decisions, at: NDArray[np.int64], rows: Sequence[int], profiles: Mapping[int, Compared]
) -> list[Judged]:
    found = []
    for row in at.tolist():
        a, b = sorted((rows[decided.left[row]], rows[decided.right[row]]))
        is_verified = profiles[a].is_vouched and profiles[b].is_vouched
        found.append(
            Judged(a, b, float(decided.weight[row]), int(decided.verdict[row]), int(decided.reason[row]), is_verified)
        )
    return found
