"""What a search matched, and how well."""

from enum import IntEnum
from typing import NamedTuple


class Rank(IntEnum):
    """How well something matches; the less, the better."""

    EXACT = 0
    NAME = 1
    BEGINNING = 2
    NAME_BEGINNING = 3
    END = 4
    MISSPELT = 5


class Match(NamedTuple):
    """One thing that a customer was found by. merit: a Rank, then what orders matches of one rank."""

    merit: tuple[float, ...]
    kind: str
    text: str
    customer_id: int
