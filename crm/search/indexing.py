"""Keeping the search documents: names of identifiers, their spellings, and references."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import LiteralString

from crm.reading import Reading, answering, read
from crm.search.models import Reference
from crm.search.spelling import lexemes, spellings
from crm.sql import array, cursor, texts

MOST_REFERENCES = 2_000
MOST_NAMES = 40  # of one identifier; who has more is no one person
REFER = """
    INSERT INTO crm_reference (identifier_id, kind, value)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""
READ_NAMES: LiteralString = """
    SELECT n.id, t.name, t.value FROM unnest(%s::bigint[]) AS n (id)
    CROSS JOIN LATERAL (
        SELECT DISTINCT name, value FROM crm_trait
        WHERE identifier_id = n.id AND name IN ('given_name', 'surname', 'full_name')
        ORDER BY name, value LIMIT %s
    ) AS t
"""
WRITE_DOCUMENTS = """
    INSERT INTO crm_searchname (identifier_id, names, document)
    SELECT n.id, n.names, array_to_tsvector(string_to_array(n.lexemes, ' '))
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n (id, names, lexemes) ORDER BY n.id
    ON CONFLICT (identifier_id) DO UPDATE SET names = excluded.names, document = excluded.document
    WHERE crm_searchname.names <> excluded.names OR crm_searchname.document <> excluded.document
"""
NEW_TOKENS: LiteralString = """
    SELECT n.token FROM unnest(%s::text[]) AS n (token)
    WHERE NOT EXISTS (SELECT 1 FROM crm_spelling s WHERE s.spelling = n.token AND s.token = n.token)
"""
WRITE_SPELLINGS = """
    INSERT INTO crm_spelling (spelling, token)
    SELECT n.spelling, n.token FROM unnest(%s::text[], %s::text[]) AS n (spelling, token)
    ON CONFLICT DO NOTHING
"""


def add_references(references: Iterable[tuple[int, str, str]]) -> None:
    """Write (identifier id, kind, number) of orders, bookings and tickets; numbers are folded to upper case."""
    rows = sorted({(identifier, kind[:20], value.strip().upper()[:120]) for identifier, kind, value in references})
    rows = [row for row in rows if row[2]]
    if rows:
        with cursor() as sql:
            sql.execute(REFER, [list(column) for column in zip(*rows, strict=True)])


def references_of(identifiers: Collection[int]) -> list[tuple[int, str]]:
    """(identifier's number, number of an order, a booking or a ticket) that these identifiers were seen with."""
    found = Reference.objects.filter(identifier__in=list(identifiers))
    return list(found.order_by("-pk").values_list("identifier_id", "value")[:MOST_REFERENCES])


def index_names(identifiers: Collection[int]) -> None:
    """Rebuild the search documents of these identifiers from their name traits.

    Three or four statements, whatever their number; rows are written in sorted order, so that two workers that
    meet wait for each other instead of deadlocking.
    """
    read(indexing_names(identifiers))


def indexing_names(identifiers: Collection[int]) -> Reading[None]:
    """As `index_names`, beside other readings."""
    if not identifiers:
        return
    named = yield from reading_names(identifiers)
    found_by = {identifier: lexemes_of(traits) for identifier, traits in named.items()}
    write_documents([(i, "\n".join(shown(named[i])), " ".join(found_by[i])) for i in sorted(named)])
    if nameless := sorted(set(identifiers) - named.keys()):
        with cursor() as sql:
            sql.execute("DELETE FROM crm_searchname WHERE identifier_id = ANY(%s)", [nameless])
    yield from adding_spellings({lexeme for lexemes in found_by.values() for lexeme in lexemes})


def reading_names(identifiers: Collection[int]) -> Reading[dict[int, dict[str, list[str]]]]:
    """The name traits of each identifier that has any: values by field, sorted."""
    found: dict[int, dict[str, list[str]]] = {}
    rows = yield from answering(READ_NAMES, [array(sorted(set(identifiers))), MOST_NAMES])
    for identifier, name, value in rows:
        found.setdefault(identifier, {}).setdefault(name, []).append(value)
    return found


def shown(traits: Mapping[str, Sequence[str]]) -> list[str]:
    """The names that an identifier was given, as people would read them. The same traits give the same names."""
    given, surnames = traits.get("given_name", []), traits.get("surname", [])
    joined = [f"{first} {last}" for first in given for last in surnames] or [*given, *surnames]
    return list(dict.fromkeys([*traits.get("full_name", []), *joined]))[:MOST_NAMES]


def lexemes_of(traits: Mapping[str, Sequence[str]]) -> list[str]:
    """Every token of an identifier's names, sorted."""
    return sorted({lexeme for values in traits.values() for name in values for lexeme in lexemes(name)})


def write_documents(rows: Sequence[tuple[int, str, str]]) -> None:
    """Write (identifier id, names as shown, tokens), sorted, where they changed."""
    if rows:
        numbers, *written = zip(*rows, strict=True)
        with cursor() as sql:
            sql.execute(WRITE_DOCUMENTS, [array(numbers), *map(texts, written)])


def adding_spellings(tokens: Collection[str]) -> Reading[None]:
    """Add the spellings of tokens that were never seen before: few, once the common names are known."""
    if not tokens:
        return
    new = yield from answering(NEW_TOKENS, [texts(sorted(tokens))])
    rows = sorted((one, token) for (token,) in new for one in spellings(token))
    if rows:
        with cursor() as sql:
            sql.execute(WRITE_SPELLINGS, [list(column) for column in zip(*rows, strict=True)])
