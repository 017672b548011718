"""What deciding a review is worth: what the queue is sorted by. Pure."""

import math

MOST_TRAFFIC = 1_000  # interactions counted; past it a customer is no more urgent, and a switchboard no more than most


def worth(probability: float, traffic: int) -> float:
    """How close a pair is to being decided, either way, times how often it comes up.

    A pair that is nearly sure takes a glance, one at evens takes a call to the customer. Traffic counts by its
    doublings: each interaction is told half of a story, yet one busy pair is not worth a hundred quiet ones.
    """
    closeness = max(probability, 1 - probability)
    return closeness * (1 + math.log2(1 + min(traffic, MOST_TRAFFIC)))
