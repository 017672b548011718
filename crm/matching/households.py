"""Whether households are among the records: learned from the pairs themselves, without labels. Pure.

Two records at one address whose given names and birth dates both differ are one person's, twice mistyped, or two
people's. The first happens as often as the two mistakes together, which training has measured; what is beyond it are
people who live together.
"""

import math

from crm.matching.model import Model
from crm.matching.pairs import ScoredPairs
from crm.matching.policy import BIRTH, DIFFERS, GIVEN_NAME, JOIN_WEIGHT

FEWEST = 100  # pairs to judge from; with fewer, households are taken to be there
EXCESS = 1.5  # times as many as mistakes explain, and three standard deviations of chance


def has_households(model: Model, scores: ScoredPairs) -> bool:
    """Whether more pairs that share all else differ in both given name and birth than mistakes explain."""
    if not {GIVEN_NAME, BIRTH} <= model.levels.keys():
        return True
    given, birth = scores.levels[GIVEN_NAME], scores.levels[BIRTH]
    rest = scores.weight.copy()
    for name, levels in ((GIVEN_NAME, given), (BIRTH, birth)):
        for at, strength in enumerate(model.strengths[name]):
            rest[levels == at] -= strength
    alike = (rest >= JOIN_WEIGHT) & (given >= DIFFERS) & (birth >= DIFFERS)
    count = int(alike.sum())
    if count < FEWEST:
        return True
    by_mistake = count * model.levels[GIVEN_NAME][-1].m * model.levels[BIRTH][-1].m
    apart = int((alike & (given == DIFFERS) & (birth == DIFFERS)).sum())
    return apart > EXCESS * by_mistake + 3 * math.sqrt(by_mistake)
