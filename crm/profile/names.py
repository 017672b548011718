"""Names of people: folding, splitting, and whether two could be one person's. Pure."""

import unicodedata
from functools import lru_cache

from jellyfish import damerau_levenshtein_distance
from nicknames import NickNamer

TITLES = frozenset("mr mrs ms miss mx dr prof sir dame rev herr frau mme mlle sr sra".split())
APOSTROPHES = "'’"
NICKNAMES = NickNamer()


@lru_cache(maxsize=100_000)
def tokens(name: str) -> tuple[str, ...]:
    """The words of a name, folded: lower case, no accents, no titles; "Whitfield, Anna" is put in order first."""
    last, comma, first = name.partition(",")
    ordered = f"{first} {last}" if comma and first.strip() else name
    plain = unicodedata.normalize("NFKD", ordered.casefold())
    letters = (letter for letter in plain if not unicodedata.combining(letter))
    spaced = "".join(letter if letter.isalpha() or letter in APOSTROPHES else " " for letter in letters)
    words = (word.strip(APOSTROPHES) for word in spaced.split())
    return tuple(word for word in words if word and word not in TITLES)


@lru_cache(maxsize=20_000)
def forms(given: str) -> frozenset[str]:
    """A folded given name with its short and long forms."""
    return frozenset({given} | NICKNAMES.nicknames_of(given) | NICKNAMES.canonicals_of(given))


@lru_cache(maxsize=100_000)
def could_be_one(mine: str, other: str) -> bool:
    """Whether two given or full names could belong to one person.

    They agree when the first given names are equal, initial and name, short and long form, one typing slip apart
    (in names of four letters or more), or when either stands anywhere in the other; a name of no letters agrees
    with all.
    """
    a, b = tokens(mine), tokens(other)
    if not a or not b or a[0] in b or b[0] in a:
        return True
    first, second = sorted((a[0], b[0]), key=len)
    if len(first) == 1 or second.startswith(first):
        return second.startswith(first)
    if forms(first) & forms(second):
        return True
    return len(first) >= 4 and damerau_levenshtein_distance(first, second) <= (1 if len(first) < 7 else 2)


def agree(mine: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of asserted names could be one person's: some pair agrees, or one side says nothing."""
    return not mine or not others or any(could_be_one(a, b) for a in mine for b in others)
