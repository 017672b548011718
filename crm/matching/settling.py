"""From what Splink estimated to weights that may be used: nothing is scored with a guess. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.matching.errors import UntrainedLevel
from crm.matching.model import Trained

SMALLEST_M = 1e-4  # one pair in ten thousand: an estimate below it is noise


@dataclass(frozen=True)
class Taught:
    """A level as Splink left it; None where it saw none."""

    name: str
    m: float | None
    u: float | None


def settle(taught: Mapping[str, Sequence[Taught]], prior: float, drawn: float) -> dict[str, tuple[Trained, ...]]:
    """The levels to score with. drawn: how many random pairs u was estimated from.

    A level that no pair of one customer showed is left out: its pairs fall to the next looser level. A comparison
    without any is left out whole; when none remains, that is an error.
    """
    settled = {name: settled_levels(levels, prior, drawn) for name, levels in taught.items()}
    found = {name: levels for name, levels in settled.items() if len(levels) > 1}
    if not found:
        untrained = ", ".join(sorted(taught))
        raise UntrainedLevel(
            f"Nothing could be learned about {untrained}: too few records agree on anything. "
            "Map more columns, or bring more records."
        )
    return found


def settled_levels(levels: Sequence[Taught], prior: float, drawn: float) -> tuple[Trained, ...]:
    *closer, different = levels
    found = [trained(level, level.m, prior, drawn) for level in closer if level.m]
    if not found:
        return ()
    rest = 1 - sum(level.m for level in found)
    return (*found, trained(different, different.m or max(rest, SMALLEST_M), prior, drawn))


def trained(level: Taught, m: float, prior: float, drawn: float) -> Trained:
    """A level's m and u. Among random pairs some are one customer's: their share is taken out of u.

    A level that no random pair showed is rarer than one in those drawn, and counts as half of that.
    """
    rarest = 0.5 / drawn
    among_matches = min(max(m, SMALLEST_M), 1.0)
    by_chance = ((level.u or rarest) - prior * among_matches) / (1 - prior)
    return Trained(level.name, among_matches, min(max(by_chance, rarest), 1.0))
