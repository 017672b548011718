"""Finding customers by name: every word of it, in any order, while it is typed, by its short form, misspelt."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from crm.profile.names import forms
from crm.reading import Reading, Statement
from crm.search.matches import Match, Rank
from crm.search.spelling import SHORTEST_MISSPELT, attempts, lexemes, nearest, sound

Hits = set[tuple[str, int]]  # (names, customer id)
ROWS = 100  # names that one statement brings, to be ranked
SIFTED = 1_000  # names that one index scan brings, to be read one by one for the other words
OPEN_FROM = 4  # letters of an unfinished word from which on the documents' index is asked for all that begin so
NEAREST = 8
FEW = 3
UNFINISHED = 50.0  # farther off than any misspelling
READ = 300  # words that a misspelling may mean, of which the nearest are taken
LAST = "\U0010ffff"  # sorts after every letter
BY_DOCUMENT = """
    SELECT n.names, i.customer_id FROM (
        SELECT s.identifier_id, s.names FROM (
            SELECT identifier_id, names, document FROM crm_searchname WHERE document @@ %s::tsquery LIMIT %s
        ) AS s WHERE ts_match_vq(s.document, %s::tsquery) LIMIT %s
    ) AS n JOIN crm_identifier i ON i.id = n.identifier_id
"""
BY_WORDS = """
    SELECT n.names, i.customer_id FROM (
        SELECT s.identifier_id, s.names
        FROM unnest(%s::text[], %s::text[]) AS w (low, high) CROSS JOIN unnest(ARRAY[1, -1]) AS p (place)
        CROSS JOIN LATERAL (
            (SELECT identifier_id, names, document FROM crm_searchname
             WHERE p.place = 1 AND FIRST_WORD >= w.low AND FIRST_WORD < w.high ORDER BY FIRST_WORD LIMIT %s)
            UNION ALL
            (SELECT identifier_id, names, document FROM crm_searchname
             WHERE p.place = -1 AND LAST_WORD >= w.low AND LAST_WORD < w.high ORDER BY LAST_WORD LIMIT %s)
        ) AS s WHERE ts_match_vq(s.document, %s::tsquery) LIMIT %s
    ) AS n JOIN crm_identifier i ON i.id = n.identifier_id
"""
for name, place in (("FIRST_WORD", "1"), ("LAST_WORD", "-1")):  # as crm/search/models.py indexes them
    plain = "translate(lower(names), E'\\n-''’,.', '  ')"
    BY_WORDS = BY_WORDS.replace(name, f"split_part({plain}, ' ', {place}) COLLATE \"C\"")
MISSPELT = """
    SELECT n.token, s.token FROM unnest(%s::text[], %s::text[]) AS n (token, spelling)
    CROSS JOIN LATERAL (SELECT token FROM crm_spelling WHERE spelling = n.spelling LIMIT %s) AS s
"""


def matching_names(tokens: Sequence[str], enough: int) -> Reading[list[Match]]:
    """Names that hold every token, the last of which may be unfinished.

    When they are of fewer customers than enough, also those with short and long forms of the tokens, and with
    tokens that an unknown one may be a misspelling of; when they are hardly any, that any may be a misspelling of.
    """
    if not tokens:
        return []
    rows = yield from (one_word(tokens[0], enough) if len(tokens) == 1 else several_words(tokens, enough))
    matches = [spelt_right(tokens, names, customer) for names, customer in rows]
    if not is_short(rows, enough) or len(max(tokens, key=len)) < SHORTEST_MISSPELT:
        return matches
    candidates = yield from misspelt(tokens)
    open_end = "" if tokens[-1] in candidates[tokens[-1]] else tokens[-1]
    for is_wide in (False, True):
        meant = [meanings(token, candidates[token], is_wide) for token in tokens]
        others = (yield from any_meaning(meant, open_end)) - rows
        rows |= others
        matches += [spelt_wrong(meant, names, customer) for names, customer in others]
        if not is_short(rows, FEW):
            break
    return matches


def is_short(rows: Hits, enough: int) -> bool:
    return len({customer for _, customer in rows}) < enough


# Asking


def term(token: str, is_open: bool = False) -> str:
    """A token as tsquery says it; tokens hold nothing but letters."""
    return f"'{token}':*" if is_open else f"'{token}'"


def every(terms: Iterable[str]) -> str:
    return " & ".join(terms)


def either(tokens: Iterable[str]) -> str:
    return "(" + " | ".join(map(term, tokens)) + ")"


def by_document(sure: str, sifting: str = "") -> Reading[Hits]:
    """(names, customer id) that match `sure`, which the index answers, and `sifting`, which is tried on each.

    The index brings all of a common word before the first (20 ms of 60,000), but is quick where several words meet.
    """
    [rows] = yield [Statement(BY_DOCUMENT, [sure, SIFTED if sifting else ROWS, sifting or sure, ROWS])]
    return {(names, customer) for names, customer in rows}


def by_words(words: Sequence[tuple[str, bool]], sifting: str, most: int) -> Reading[Hits]:
    """(names, customer id) whose first or last word is one of (word, is_open), and that match `sifting`.

    most: the names to look at for each word. Takes the same time however common a word is.
    """
    lows = [word for word, _ in words]
    highs = [word + (LAST if is_open else " ") for word, is_open in words]
    [rows] = yield [Statement(BY_WORDS, [lows, highs, most, most, sifting, ROWS])]
    return {(names, customer) for names, customer in rows}


def one_word(token: str, enough: int) -> Reading[Hits]:
    """Names that hold a word, or one that begins so."""
    rows = yield from by_words([(token, False), (token, True)], term(token, is_open=True), enough)
    if is_short(rows, enough) and len(token) >= SHORTEST_MISSPELT:
        rows |= yield from by_document(term(token, is_open=True))
    return rows


def several_words(tokens: Sequence[str], enough: int) -> Reading[Hits]:
    """Names that hold all of the words, where the last and single letters may be beginnings."""
    rows = yield from by_document(every(map(term, tokens)))
    if not is_short(rows, enough):
        return rows
    *whole, last = tokens
    terms = {token: term(token, is_open=len(token) == 1) for token in whole} | {last: term(last, is_open=True)}
    sure = [token for token in whole if len(token) > 1] + [last] * (len(last) >= OPEN_FROM)
    if len(sure) > 1:
        return rows | (yield from by_document(every(terms[token] for token in sure), every(terms.values())))
    driver = max(sure or tokens, key=len)
    words = [(driver, False), (driver, True)] if terms[driver].endswith("*") else [(driver, False)]
    return rows | (yield from by_words(words, every(terms.values()), SIFTED))


def any_meaning(meant: Sequence[Mapping[str, float]], open_end: str) -> Reading[Hits]:
    """Names that hold any of the meanings of each word. open_end: the last word, unless it is whole and known."""
    groups = [either(ways) for ways in meant]
    if open_end:
        groups[-1] = f"({groups[-1]} | {term(open_end, is_open=True)})"
    *whole, _ = meant
    if len(whole) > 1 or (whole and len(open_end) not in range(1, OPEN_FROM)):
        return (yield from by_document(every(groups)))
    words = sorted(whole[0] if whole else meant[0], key=lambda way: (whole or meant)[0][way])
    return (yield from by_words([(word, False) for word in words], every(groups), SIFTED // len(words)))


def misspelt(tokens: Sequence[str]) -> Reading[dict[str, set[str]]]:
    """For each token, those that share a spelling with it; itself among them when it is known."""
    pairs = [(token, way) for token in tokens for way in sorted(attempts(token) | {sound(token)} - {""})]
    found: dict[str, set[str]] = {token: set() for token in tokens}
    [rows] = yield [Statement(MISSPELT, [*map(list, zip(*pairs, strict=True)), READ])]
    for token, candidate in rows:
        found[token].add(candidate)
    return found


def meanings(token: str, candidates: Collection[str], is_wide: bool) -> dict[str, float]:
    """What a token may stand for and how far off each is: itself, its other forms, and, of an unknown token (or
    is_wide), the nearest spellings.
    """
    near = nearest(token, candidates, NEAREST) if is_wide or token not in candidates else []
    ways = {candidate: 2.0 + place for place, candidate in enumerate(near)}
    return ways | dict.fromkeys(sorted(forms(token)), 1.0) | {token: 0.0}


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
