"""How names are cut into searchable tokens, and how a misspelt token reaches those that were meant. Pure."""

from collections.abc import Collection
from functools import lru_cache

from jellyfish import damerau_levenshtein_distance, metaphone

from crm.profile.names import tokens

MAX_TOKEN = 60  # letters; as wide as Spelling's columns
SHORTEST_MISSPELT = 3
SHORTEST_TWO_SLIPS = 5


@lru_cache(maxsize=100_000)
def lexemes(name: str) -> tuple[str, ...]:
    """The tokens that a name is found by, in its own order; O'Brien is found as obrien, and as o brien."""
    found: dict[str, None] = {}
    for token in tokens(name):
        parts = token.replace("’", "'").split("'")
        found |= dict.fromkeys(["".join(parts), *parts] if len(parts) > 1 else parts)
    return tuple(lexeme[:MAX_TOKEN] for lexeme in found if lexeme)


def asked(query: str) -> tuple[str, ...]:
    """The tokens of a query: as `lexemes`, but an apostrophe only joins."""
    joined = (token.replace("’", "").replace("'", "")[:MAX_TOKEN] for token in tokens(query))
    return tuple(dict.fromkeys(token for token in joined if token))


def one_letter_less(token: str) -> frozenset[str]:
    """The token without one of its letters, each in turn; nothing of tokens too short to misspell."""
    if len(token) < SHORTEST_MISSPELT:
        return frozenset()
    return frozenset(token[:at] + token[at + 1 :] for at in range(len(token)))


def sound(token: str) -> str:
    """How a token sounds, after a `~` that no token has; empty where that says nothing (other alphabets)."""
    code = str(metaphone(token))[: MAX_TOKEN - 1]
    return f"~{code}" if code and len(token) >= SHORTEST_MISSPELT else ""


def spellings(token: str) -> frozenset[str]:
    """What leads to a token: itself, itself less a letter, and how it sounds."""
    return (one_letter_less(token) | {token, sound(token)}) - {""}


def attempts(token: str) -> frozenset[str]:
    """What a misspelt token may share with those meant: from five letters up, two may be left out of it."""
    less = one_letter_less(token)
    if len(token) >= SHORTEST_TWO_SLIPS:
        less |= frozenset().union(*(one_letter_less(shorter) for shorter in less))
    return less | {token}


def nearest(token: str, candidates: Collection[str], limit: int) -> list[str]:
    """The candidates that the token may be a misspelling of, nearest first.

    One slip is allowed in tokens of up to four letters, two in longer ones; what sounds the same may differ in half.
    """
    heard, ranked = sound(token), []
    allowed = 1 if len(token) < SHORTEST_TWO_SLIPS else 2
    for candidate in candidates:
        slips = damerau_levenshtein_distance(token, candidate)
        is_alike = bool(heard) and sound(candidate) == heard
        if slips <= (max(allowed, len(token) // 2) if is_alike else allowed):
            ranked.append((slips - is_alike / 2, candidate[0] != token[0], candidate))
    return [candidate for *_, candidate in sorted(ranked)[:limit]]
