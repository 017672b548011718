"""How many numbers a pool needs, by Erlang's loss formula. Pure.

A visit holds a number from its landing until a while after its last sign of life; who comes while all are held sees the
fallback number. Source: A. K. Erlang, 1917 (the B formula, in its recursive form, which overflows nowhere).
"""

from datetime import timedelta

MOST_NUMBERS = 5_000


def offered_load(visits_per_second: float, mean_visit: timedelta, hold: timedelta) -> float:
    """Erlangs: how many numbers would be held, were there enough. hold: how long one is kept after a visit."""
    return visits_per_second * (mean_visit + hold).total_seconds()


def blocking(load: float, numbers: int) -> float:
    """The share of visits that find every number taken. load: erlangs."""
    share = 1.0
    for count in range(1, numbers + 1):
        share = load * share / (count + load * share)
    return share


def numbers_for(load: float, target: float) -> int:
    """The fewest numbers with which no larger share of visits than `target` finds none.

    Raises ValueError where MOST_NUMBERS are not enough, or the target is no share.
    """
    if not 0 < target < 1:
        raise ValueError("the share of visits without a number lies between 0 and 1, for example 0.01")
    share = 1.0
    for count in range(1, MOST_NUMBERS + 1):
        share = load * share / (count + load * share)
        if share <= target:
            return count
    raise ValueError(f"more than {MOST_NUMBERS:,} numbers would be needed; hold them for a shorter time")
