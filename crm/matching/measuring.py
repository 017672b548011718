"""How well records were matched, against the truth: pairs and clusters, precision, recall and F1. Pure."""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Quality:
    """Shares in [0, 1] of pairs."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def figures(self, prefix: str) -> dict[str, float]:
        shares = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {f"{prefix}_{name}": round(share, 4) for name, share in shares.items()}


def quality(right: float, found: float, true: float) -> Quality:
    """right: of the found pairs, those that are true; nothing found is precise, and nothing to find is found."""
    return Quality(right / found if found else 1.0, right / true if true else 1.0)


def pair_count(labels: Ints, sides: NDArray[np.integer]) -> int:
    """How many pairs have the same label; where there are two sides, only those across count."""
    _, group = np.unique(labels, return_inverse=True)
    first = np.bincount(group[sides == 0], minlength=int(group.max(initial=0)) + 1)
    if not sides.any():
        return int((first * (first - 1) // 2).sum())
    return int((first * np.bincount(group[sides == 1], minlength=len(first))).sum())


def of_clusters(clusters: Ints, truth: Ints, sides: NDArray[np.integer]) -> Quality:
    """Every pair within a cluster counts as found."""
    both = clusters.astype(np.int64) * (int(truth.max(initial=0)) + 1) + truth
    right = pair_count(both, sides)
    return quality(right, pair_count(clusters, sides), pair_count(truth, sides))


def of_pairs(left: Ints, right: Ints, truth: Ints, sides: NDArray[np.integer]) -> Quality:
    """The given pairs are found, no others."""
    across = sides[left] != sides[right] if sides.any() else np.ones(len(left), dtype=np.bool_)
    left, right = left[across], right[across]
    return quality(int((truth[left] == truth[right]).sum()), len(left), pair_count(truth, sides))


def numbered_truth(labels: list[str]) -> Ints:
    """The truth as numbers; a record without a label is a customer of its own."""
    known: dict[str, int] = {}
    filled = (label or f"\0{at}" for at, label in enumerate(labels))
    return np.fromiter((known.setdefault(label, len(known)) for label in filled), dtype=np.int64)


def forget_peak() -> None:
    """Measure peak memory from here on, where the kernel lets a process (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0)
