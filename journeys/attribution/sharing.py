"""Models that share a conversion out along its own path, by where in it a touch stands. Pure.

First, last and linear touch are those of the package ChannelAttribution for R and Python, to the last digit.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from journeys.attribution.paths import Codes, Credits, Floats, Paths


def first(paths: Paths) -> Credits:
    """All of it to the first touch."""
    return whole(paths, paths.touches[paths.starts[:-1]])


def last(paths: Paths) -> Credits:
    """All of it to the last touch."""
    return whole(paths, paths.touches[paths.starts[1:] - 1])


def linear(paths: Paths) -> Credits:
    """The same share to each touch; a channel that was touched twice has two."""
    return shared(paths, paths.touches, 1 / paths.lengths)


def shapley(paths: Paths) -> Credits:
    """The Shapley value of the game in which a set of channels wins the conversions of the paths that touch no other.

    That game is a sum of one unanimity game for each path, whose value its channels share alike, so this is exact for
    any number of channels: the same share to each channel of a path, however often it was touched.
    """
    shape = (len(paths.conversions), len(paths.channels))
    touched = sparse.csr_matrix((np.ones(len(paths.touches), np.int8), paths.touches, paths.starts), shape, copy=True)
    touched.sum_duplicates()
    touches, counts = touched.indices, np.diff(touched.indptr)
    each = (np.repeat(figures / counts, counts) for figures in (paths.conversions, paths.values))
    return Credits(*(paths.by_channel(touches, one) for one in each))


def whole(paths: Paths, touches: Codes) -> Credits:
    """Credits where one touch of each path has all of it."""
    return Credits(paths.by_channel(touches, paths.conversions), paths.by_channel(touches, paths.values))


def shared(paths: Paths, touches: Codes, shares: Floats) -> Credits:
    """Credits where every touch of a path has the same share of it. shares: one a path."""
    each = (paths.spread(figures * shares) for figures in (paths.conversions, paths.values))
    return Credits(*(paths.by_channel(touches, one) for one in each))


SHARING: dict[str, Callable[[Paths], Credits]] = {
    "first": first, "last": last, "linear": linear, "shapley": shapley,
}  # fmt: skip
