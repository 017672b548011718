"""Whether a figure is more or less than usual, and by how much, with an interval. Pure.

Figures of the same weekday are counts with more variance than Poisson's: variance = dispersion x mean, the dispersion
estimated by Pearson's statistic over the weekdays of those weeks (quasi-likelihood: McCullagh and Nelder, Generalized
Linear Models, 1989, 9.2). The square root of such a count has nearly the same variance whatever its mean (Anscombe,
Biometrika 35, 1948), and the interval of the ratio of two such means is Fieller's (JRSS B 16, 1954), with the quantile
of Student's t. Money is a sum of so many sales, whose variance grows with its mean, too: the same with the value of one
sale as the least dispersion. Many lines are looked at together, so news is what Benjamini and Hochberg's procedure
(JRSS B 57, 1995) leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from scipy.special import ndtr, ndtri, stdtr, stdtrit

FEWEST = 4  # weeks to compare with
LEVEL = 0.95
ANSCOMBE = 3 / 8
Groups = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Usual:
    """What a figure usually is: of so many (n) before it. degrees: of freedom of the dispersion."""

    mean: float
    n: int
    dispersion: float
    degrees: int

    @property
    def root(self) -> float:
        """The square root of the mean in counts whose variance is their mean."""
        return sqrt(self.mean / self.dispersion + ANSCOMBE)

    @property
    def reach(self) -> float:
        """Half the width of the interval of such a root that is known exactly."""
        return quantile(self.degrees) / 2

    @property
    def band(self) -> tuple[float, float]:
        """Between which figures nineteen of twenty are, where nothing changed."""
        reach = self.reach * sqrt(1 + 1 / self.n)
        low, high = max(self.root - reach, 0.0) ** 2 - ANSCOMBE, (self.root + reach) ** 2 - ANSCOMBE
        return self.dispersion * max(low, 0.0), self.dispersion * high


@dataclass(frozen=True)
class Comparison:
    """A figure against what it usually is. ratio: None of nothing; low, high: its interval, None where the figures are
    too small to tell; p: how often chance alone would make as much of a difference.
    """

    ratio: float | None
    low: float | None
    high: float | None
    p: float


@lru_cache(maxsize=200)
def quantile(degrees: int) -> float:
    return float(stdtrit(degrees, (1 + LEVEL) / 2))


def usual(groups: Groups, least: float = 1.0) -> Usual | None:
    """What the figures of the first group say is usual; the others, of other weekdays, help to tell how they vary.

    least: the least dispersion: 1 of counts, the value of one sale of money. None: there are too few of them, or they
    add up to less than nothing.
    """
    first = groups[0]
    if len(first) < FEWEST or sum(first) < 0:
        return None
    spread, degrees = 0.0, 0
    for group in groups:
        mean = sum(group) / max(len(group), 1)
        if mean > 0:
            spread += sum((one - mean) ** 2 for one in group) / mean
            degrees += len(group) - 1
    dispersion = max(spread / degrees, least) if degrees else least
    return Usual(sum(first) / len(first), len(first), dispersion, degrees or len(first) - 1)


def compare(now: float, usual: Usual) -> Comparison:
    """A figure against what is usual."""
    one, two, reach, n = sqrt(max(now, 0.0) / usual.dispersion + ANSCOMBE), usual.root, usual.reach, usual.n
    statistic = (one - two) / (0.5 * sqrt(1 + 1 / n))
    p = float(2 * stdtr(usual.degrees, -abs(statistic)))
    ratio = now / usual.mean if usual.mean > 0 else None
    known = two**2 - reach**2 / n
    if known <= 0 or ratio is None:
        return Comparison(ratio, None, None, p)
    middle, around = one * two, reach * sqrt(two**2 + one**2 / n - reach**2 / n)
    low, high = (ratio_of(max(root, 0.0) / known, usual) for root in (middle - around, middle + around))
    return Comparison(ratio, low, high, p)


def ratio_of(roots: float, usual: Usual) -> float:
    """How many times the mean it is whose root is so many times that of the mean."""
    return max((roots * usual.root) ** 2 - ANSCOMBE, 0.0) * usual.dispersion / usual.mean


def news(chances: Sequence[float], rate: float = 1 - LEVEL) -> list[bool]:
    """Which of these are news, so that of all that is called news, one in twenty is not (Benjamini and Hochberg)."""
    ranked = sorted(chances)
    passed = [p for at, p in enumerate(ranked, 1) if p <= rate * at / len(ranked)]
    return [p <= passed[-1] if passed else False for p in chances]


@dataclass(frozen=True)
class Share:
    """A share of so many, and its interval (Wilson, JASA 22, 1927)."""

    some: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.some / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """In percent."""
        if not self.of:
            return 0.0, 100.0
        z, n, p = quantile_of_normal(), self.of, self.some / self.of
        middle, around = p + z**2 / (2 * n), z * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low, high = (middle - around) / (1 + z**2 / n), (middle + around) / (1 + z**2 / n)
        return 100 * max(low, 0.0), 100 * min(high, 1.0)


def difference(now: Share, before: Share) -> tuple[float, float, float]:
    """(difference in percentage points, its interval): Newcombe, Statistics in Medicine 17, 1998, method 10."""
    found = now.percent - before.percent
    (low, high), (low_before, high_before) = now.interval, before.interval
    down = sqrt((now.percent - low) ** 2 + (high_before - before.percent) ** 2)
    up = sqrt((high - now.percent) ** 2 + (before.percent - low_before) ** 2)
    return found, found - down, found + up


def chance(now: Share, before: Share) -> float:
    """How often chance alone would part two shares as far."""
    together = Share(now.some + before.some, now.of + before.of)
    p = together.percent / 100
    if not now.of or not before.of or not 0 < p < 1:
        return 1.0
    z = (now.percent - before.percent) / 100 / sqrt(p * (1 - p) * (1 / now.of + 1 / before.of))
    return float(2 * ndtr(-abs(z)))


@lru_cache(maxsize=1)
def quantile_of_normal() -> float:
    return float(ndtri((1 + LEVEL) / 2))
