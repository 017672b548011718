"""What identifiers are compared by: what was said about each, read from PostgreSQL, for a few or for all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import LiteralString

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from psycopg import sql as parts
from pyarrow import csv

from crm.matching.records import FIELDS, Values
from crm.reading import Reading, answering, read
from crm.sql import array, cursor

CONTACTS = ("email", "phone")
PERSON = ("given_name", "surname", "full_name", "date_of_birth", "company", "national_id")  # one makes a profile
SAID = tuple(field for field in FIELDS if field not in CONTACTS)
VALUES_READ = 20  # of one field of one identifier
LINKS_READ = 200  # of one identifier

# What was said: by whoever has checked it or is trusted, or by anybody. Contacts that a held link claims are not
# theirs: a browser may claim anybody's address.
TRAITS: LiteralString = """
    SELECT t.identifier_id, t.name, t.value, t.is_verified OR s.is_trusted
    FROM crm_trait t JOIN crm_source s ON s.id = t.source_id WHERE t.name = ANY({said}) AND {those}
"""
OWN: LiteralString = """
    SELECT i.id, i.kind, i.value, true FROM crm_identifier i WHERE i.kind IN ('email', 'phone') AND {these}
"""
TIED: LiteralString = """
    SELECT l.one, i.kind, i.value, true FROM (
        SELECT a_id AS one, b_id AS other FROM crm_link WHERE {as_a} AND {stands}
        UNION ALL SELECT b_id, a_id FROM crm_link WHERE {as_b} AND {stands}
    ) AS l JOIN crm_identifier i ON i.id = l.other AND i.kind IN ('email', 'phone')
"""
WALLS: LiteralString = """
    SELECT i.id, 'wall', split_part(i.namespace, '@', 2), true FROM crm_identifier i
    WHERE strpos(i.namespace, '@') > 0 AND {these}
"""
STANDS: LiteralString = "withdrawn_at IS NULL AND verdict = 'same' AND basis IN ('observed', 'rule') AND held = ''"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one identifier. record: its values by field, sorted.

    is_vouched: they come from who is trusted or has checked them; such facts stand by themselves where there are any.
    """

    record: Mapping[str, Values]
    is_vouched: bool


def statement(everything: bool) -> parts.Composed:
    """All facts as rows (identifier, field, value, is vouched): of all identifiers, or of those in %(ids)s."""
    some: dict[str, LiteralString] = {
        "those": "t.identifier_id = ANY(%(ids)s::bigint[])",
        "these": "i.id = ANY(%(ids)s::bigint[])",
        "as_a": "a_id = ANY(%(ids)s::bigint[])",
        "as_b": "b_id = ANY(%(ids)s::bigint[])",
    }
    chosen = {name: parts.SQL("true" if everything else text) for name, text in some.items()}
    said = parts.Literal(list(SAID))
    each = (
        parts.SQL(text).format(said=said, stands=parts.SQL(STANDS), **chosen) for text in (TRAITS, OWN, TIED, WALLS)
    )
    return parts.SQL(" UNION ALL ").join(each)


OF_SOME = statement(everything=False).as_string()


def facts_of(identifiers: Collection[int]) -> dict[int, Facts]:
    """The facts of these identifiers; one of which nobody said anything of a person is left out."""
    return read(reading_facts(identifiers))


def reading_facts(identifiers: Collection[int]) -> Reading[dict[int, Facts]]:
    said: dict[int, list[tuple[str, str, bool]]] = {}
    rows = yield from answering(OF_SOME, {"ids": array(identifiers)})
    for identifier, field, value, is_vouched in rows:
        said.setdefault(identifier, []).append((field, value, is_vouched))
    found = {identifier: assembled(rows) for identifier, rows in said.items()}
    return {identifier: facts for identifier, facts in found.items() if facts}


def assembled(rows: Sequence[tuple[str, str, bool]]) -> Facts | None:
    """The facts in these rows (field, value, is vouched); None where none is of a person."""
    is_vouched = any(vouched and field in PERSON for field, _, vouched in rows)
    if not is_vouched and not any(field in PERSON for field, _, _ in rows):
        return None
    values: dict[str, set[str]] = {}
    for field, value, vouched in rows:
        if vouched or not is_vouched:
            values.setdefault(field, set()).add(value)
    return Facts({field: tuple(sorted(own)[:VALUES_READ]) for field, own in sorted(values.items())}, is_vouched)


# All of them


@dataclass(frozen=True, slots=True)
class Population:
    """Every identifier with something to compare by, in the order of their own values (so that row numbers are ranks).

    ids: int64, one an identifier; fields: by field, one tuple of values a row; is_vouched: one flag a row.
    """

    ids: NDArray[np.int64]
    fields: dict[str, list[Values]]
    is_vouched: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, identifiers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each identifier; -1 for one that has none."""
        order = np.argsort(self.ids)
        at = np.minimum(np.searchsorted(self.ids[order], identifiers), max(len(order) - 1, 0))
        rows: NDArray[np.int64] = np.where(self.ids[order][at] == identifiers, order[at], -1)
        return rows


def read_population() -> Population:
    """Read everything that was said of anybody, in bulk."""
    said = copied(
        statement(True), {"one": pa.int64(), "field": pa.string(), "value": pa.string(), "vouched": pa.string()}
    )
    is_person = pc.is_in(said["field"], pa.array(PERSON)).to_numpy(zero_copy_only=False)
    vouched = pc.equal(said["vouched"], "t").to_numpy(zero_copy_only=False)
    ones = said["one"].to_numpy()
    ids = ordered(np.unique(ones[is_person]))
    population = Population(ids, {}, np.isin(ids, np.unique(ones[is_person & vouched])))
    rows = population.rows_of(ones)
    counts = rows >= 0
    counts &= vouched | ~population.is_vouched[rows]
    kept, rows = said.filter(pa.array(counts)), rows[counts]
    names = kept["field"].to_numpy(zero_copy_only=False)
    for field in sorted(set(names)):
        of_field = names == field
        values = kept["value"].filter(pa.array(of_field)).combine_chunks().dictionary_encode()
        population.fields[field] = spread(len(ids), rows[of_field], values)
    return population


def copied(query: parts.Composed | parts.SQL, types: Mapping[str, pa.DataType]) -> pa.Table:
    """What a query gives, as columns, by COPY: a row in Python would cost more than all else that reads it."""
    buffer = BytesIO()
    with cursor() as sql, sql.copy(parts.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    buffer.seek(0)
    read = csv.ReadOptions(column_names=list(types))
    parse = csv.ParseOptions(newlines_in_values=True)
    convert = csv.ConvertOptions(column_types=dict(types), strings_can_be_null=False)
    return csv.read_csv(buffer, read_options=read, parse_options=parse, convert_options=convert)


def ordered(identifiers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Identifiers in the order of their own values."""
    query = 'SELECT id FROM crm_identifier ORDER BY kind COLLATE "C", namespace COLLATE "C", value COLLATE "C"'
    everyone: NDArray[np.int64] = copied(parts.SQL(query), {"id": pa.int64()})["id"].to_numpy()
    return everyone[np.isin(everyone, identifiers)]


def spread(size: int, rows: NDArray[np.int64], values: pa.DictionaryArray) -> list[Values]:
    """One field's values, one tuple a row. values: those of `rows`, in any order, some of them twice."""
    distinct, codes = values.dictionary.to_pylist(), values.indices.to_numpy()
    pairs = np.unique(rows * (len(distinct) + 1) + codes)
    rows, codes = pairs // (len(distinct) + 1), pairs % (len(distinct) + 1)
    singles = np.empty(len(distinct) + 1, dtype=object)
    singles[:] = [*((value,) for value in distinct), ()]
    found = np.full(size, len(distinct))
    found[rows] = codes
    spread_out: list[Values] = singles[found].tolist()
    several, first = np.unique(rows, return_index=True)
    ends = np.append(first[1:], len(rows))
    for at in np.flatnonzero(ends - first > 1):
        own = sorted(distinct[code] for code in codes[first[at] : ends[at]])
        spread_out[several[at]] = tuple(own[:VALUES_READ])
    return spread_out
