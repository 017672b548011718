"""Finding customers by name: every word of it, in any order, while it is typed, by its short form, misspelt."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from crm.profile.names import forms
from crm.search.matches import Cursor, Match, Rank
from crm.search.spelling import SHORTEST_MISSPELT, attempts, lexemes, nearest, sound

ROWS = 200  # names that one statement brings, to be ranked
SIFTED = 2_000  # names that are read one by one for the words that an index would be too slow for
OPEN_FROM = 4  # letters of an unfinished word from which on the index is asked for all that begin so
OPEN_ALONE_FROM = 3
VOCABULARY = 8  # words that stand for the first letter or two
NEAREST = 8
FEW = 3
UNFINISHED = 50.0  # farther off than any misspelling
READ = 300  # words that a misspelling may mean, of which the nearest are taken
MATCH = """
    SELECT n.names, i.customer_id FROM (
        SELECT s.identifier_id, s.names FROM (
            SELECT identifier_id, names, document FROM crm_searchname WHERE document @@ %s::tsquery LIMIT %s
        ) AS s WHERE ts_match_vq(s.document, %s::tsquery) LIMIT %s
    ) AS n JOIN crm_identifier i ON i.id = n.identifier_id
"""
BEGINNING_SO = """
    SELECT token FROM crm_spelling
    WHERE spelling = token AND spelling ~>=~ %s::text AND spelling ~<~ (%s::text || U&'\\+10FFFF')
    ORDER BY spelling USING ~<~ LIMIT %s
"""
MISSPELT = """
    SELECT n.token, s.token FROM unnest(%s::text[], %s::text[]) AS n (token, spelling)
    CROSS JOIN LATERAL (SELECT token FROM crm_spelling WHERE spelling = n.spelling LIMIT %s) AS s
"""


def match_names(sql: Cursor, tokens: Sequence[str], enough: int) -> list[Match]:
    """Names that hold every token, the last of which may be unfinished.

    When they are of fewer customers than enough, also those with short and long forms of the tokens, and with
    tokens that an unknown one may be a misspelling of; when they are hardly any, that any may be a misspelling of.
    """
    if not tokens:
        return []
    rows = read(sql, every(map(term, tokens)))
    if is_short(rows, enough):
        rows |= read(sql, *unfinished(sql, tokens))
    matches = [spelt_right(tokens, names, customer) for names, customer in rows]
    if not is_short(rows, enough) or len(max(tokens, key=len)) < SHORTEST_MISSPELT:
        return matches
    candidates = misspelt(sql, tokens)
    open_end = "" if tokens[-1] in candidates[tokens[-1]] else tokens[-1]
    for is_wide in (False, True):
        meant = [meanings(token, candidates[token], is_wide) for token in tokens]
        others = read(sql, *any_meaning(meant, open_end)) - rows
        rows |= others
        matches += [spelt_wrong(meant, names, customer) for names, customer in others]
        if not is_short(rows, FEW):
            break
    return matches


def is_short(rows: Collection[tuple[str, int]], enough: int) -> bool:
    return len({customer for _, customer in rows}) < enough


# Asking


def term(token: str, is_open: bool = False) -> str:
    """A token as tsquery says it; tokens hold nothing but letters."""
    return f"'{token}':*" if is_open else f"'{token}'"


def every(terms: Iterable[str]) -> str:
    return " & ".join(terms)


def either(tokens: Iterable[str]) -> str:
    return "(" + " | ".join(map(term, tokens)) + ")"


def read(sql: Cursor, sure: str, sifting: str = "") -> set[tuple[str, int]]:
    """(names, customer id) that match `sure`, which the index answers, and `sifting`, which is tried on each."""
    if not sure:
        return set()
    most = SIFTED if sifting else ROWS
    sql.execute(MATCH, [sure, most, sifting or sure, ROWS])
    return set(sql.fetchall())


def unfinished(sql: Cursor, tokens: Sequence[str]) -> tuple[str, str]:
    """What to ask the index, and what to sift its answer by, where the last token and initials are unfinished.

    All names that begin with a letter or two are too many to ask an index of a million for (20 ms and more), so
    these are sifted from what the longer tokens match.
    """
    *whole, last = tokens
    open_from = OPEN_FROM if whole else OPEN_ALONE_FROM
    sure = [term(token) for token in whole if len(token) > 1]
    sifting = [term(token, is_open=True) for token in whole if len(token) == 1]
    (sure if len(last) >= open_from else sifting).append(term(last, is_open=True))
    if not sure:
        sql.execute(BEGINNING_SO, [(longest := max(tokens, key=len)), longest, VOCABULARY])
        beginning = [token for (token,) in sql]
        sure = [either(beginning)] if beginning else []
    return every(sure), every(sifting)


def misspelt(sql: Cursor, tokens: Sequence[str]) -> dict[str, set[str]]:
    """For each token, those that share a spelling with it; itself among them when it is known."""
    pairs = [(token, way) for token in tokens for way in sorted(attempts(token) | {sound(token)} - {""})]
    found: dict[str, set[str]] = {token: set() for token in tokens}
    for token, candidate in sql.execute(MISSPELT, [*map(list, zip(*pairs, strict=True)), READ]):
        found[token].add(candidate)
    return found


def meanings(token: str, candidates: Collection[str], is_wide: bool) -> dict[str, float]:
    """What a token may stand for and how far off each is: itself, its other forms, and, of an unknown token (or
    is_wide), the nearest spellings.
    """
    near = nearest(token, candidates, NEAREST) if is_wide or token not in candidates else []
    ways = {candidate: 2.0 + place for place, candidate in enumerate(near)}
    return ways | dict.fromkeys(sorted(forms(token)), 1.0) | {token: 0.0}


def any_meaning(meant: Sequence[Mapping[str, float]], open_end: str) -> tuple[str, str]:
    """What to ask the index, and what to sift its answer by, for any of the meanings of each token.

    open_end: the last token, unless it is a whole word that is known.
    """
    *whole, final = map(either, meant)
    if not open_end:
        return every([*whole, final]), ""
    longer = f"({final} | {term(open_end, is_open=True)})"
    if len(open_end) >= OPEN_FROM:
        return every([*whole, longer]), ""
    return (every(whole), longer) if whole else (final, "")


# Ranking


def spelt_right(tokens: Sequence[str], names: str, customer: int) -> Match:
    """The name that holds most of what was asked, and least else."""

    def merit(name: str) -> tuple[float, ...]:
        held = lexemes(name)
        missing = sum(token not in held for token in tokens)
        return Rank.NAME_BEGINNING if missing else Rank.NAME, missing, abs(len(held) - len(tokens))

    best = min(names.split("\n"), key=merit)
    return Match(merit(best), "name", best, customer)


def spelt_wrong(meant: Sequence[Mapping[str, float]], names: str, customer: int) -> Match:
    """The name that is nearest to what was asked."""

    def merit(name: str) -> tuple[float, ...]:
        held = lexemes(name)
        return Rank.MISSPELT, sum(min((ways.get(token, UNFINISHED) for token in held), default=0) for ways in meant)

    best = min(names.split("\n"), key=merit)
    return Match(merit(best), "name", best, customer)
