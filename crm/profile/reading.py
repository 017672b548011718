"""Reading what was asserted, and the rules that choose among it, in one statement."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import orjson

from crm.profile.golden import Assertion
from crm.profile.rules import DEFAULT, Rules, read_rules
from crm.reading import Reading, Statement, read
from crm.sql import array

# The rules come with the first row: a page reads them with the traits, or has no traits to apply them to.
READ = """
    SELECT t.name, t.value, s.name, s.is_trusted, t.last_seen_at, s.public_id, s.adapter = 'staff', t.is_verified,
        greatest(cardinality(t.days), 1), t.first_seen_at, t.identifier_id,
        CASE WHEN row_number() OVER () = 1 THEN (SELECT content FROM crm_rulechange ORDER BY id DESC LIMIT 1) END
    FROM crm_trait t JOIN crm_source s ON s.id = t.source_id
    WHERE t.identifier_id = ANY(%(identifiers)s::bigint[]) AND (%(names)s::text[] IS NULL OR t.name = ANY(%(names)s))
    LIMIT %(most)s
"""
MOST = 2_000  # traits of one customer; a list of customers reads fewer of each


class Heard(NamedTuple):
    """What was asserted, and the rules that stand."""

    assertions: list[Assertion]
    rules: Rules


def hear(identifiers: Iterable[int], names: Collection[str] | None = None, most: int | None = MOST) -> Heard:
    """What was asserted about these identifiers, of all fields or of some: the first `most` of it."""
    return read(hearing(identifiers, names, most))


def hearing(
    identifiers: Iterable[int], names: Collection[str] | None = None, most: int | None = MOST
) -> Reading[Heard]:
    """As `hear`, in one step."""
    asked = {"identifiers": array(identifiers), "names": None if names is None else list(names), "most": most}
    [rows] = yield [Statement(READ, asked)]
    content = rows[0][-1] if rows else None
    rules = read_rules(orjson.loads(content)) if content else DEFAULT
    return Heard([Assertion(*row[:-1]) for row in rows], rules)
