"""Millions of interactions straight into the tables, as recording them would have left them."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from integrations.benchmarks.statements import STEPS, TABLES, TEMPORARY

Connection = psycopg.Connection[tuple[Any, ...]]
Say = Callable[[str], None]

SLOTS = 6  # identifiers that a customer may have: e-mail, phone, browser, login id, handle, second browser
HOT = 100_000  # interactions of one customer
MERGED = 20  # customers that were merged into one
MANY = 300  # customers from the first on have many interactions
GIVEN = (
    "Anna Tom Priya Jonathan Mia Elizabeth Ravi Grace Noah Ella Omar Ines Oliver Amelia Harry Isla Jack Ava Charlie "
    "Emily Thomas Sophie Oscar Lily George Freya James Ivy Arthur Florence William Rosie Leo Willow Henry Alice Joseph "
    "Daisy Samuel Chloe Edward Evie Daniel Matilda Max Phoebe Lucas Jessica Isaac Ruby Alexander Millie Benjamin Emma "
    "Mohammed Fatima Aisha Yusuf Zainab Imran Chinwe Kwame Amara Kofi Mei Wei Hiroshi Yuki Carlos Lucia Mateo Sofia "
    "Pierre Camille Luca Giulia Lars Astrid Sven Katarzyna Piotr Agnieszka Dmitri Olga Ewa Marek Siobhan Niamh Declan"
).split()
BEGINNINGS = (
    "Ash Whit Black Brad Brom Bur Carl Chat Clay Cran Dal Dart East El Fair Farn Glen Green Had Hart Haw Hazel High "
    "Hol Kirk Lang Lin Long Mar Mel Mer Mid Mor New Nor Oak Old Pen Pick Rad Red Rich Rock Ros Rush Sand Shel South "
    "Stan Stock Strat Sut Thorn Tor Up Wake Wal War Wat Wells West Wick Win Wood Wor Yar"
).split()
ENDINGS = (
    "ford field ton ham ley worth bury wick by don well wood more land bourne combe dale den gate grove hill holm "
    "hurst ingham man mere mont ridge shaw side stead stone thorpe tree water way"
).split()

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c, (SELECT array_agg(t::regclass::oid) AS ids FROM unnest(%s::text[]) AS t) AS ours
    WHERE contype IN ('p', 'u', 'f') AND (conrelid = ANY(ids) OR confrelid = ANY(ids))
    ORDER BY contype <> 'f', contype DESC, conname
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) ORDER BY indexname"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is built."""

    customers: int
    interactions: int

    @property
    def hot(self) -> int:
        return min(HOT, self.interactions // 2)

    @property
    def parameters(self) -> dict[str, int]:
        """Of the statements. Four fifths are web hits, five a session on average."""
        general = max(0, self.interactions - self.hot - MERGED * 200)
        return {
            "customers": self.customers,
            "slots": SLOTS,
            "merged": MERGED,
            "sessions": general * 4 // 25,
            "hot_sessions": self.hot // 10,
            "merged_sessions": MERGED * 20,
            "others": general // 5,
            "hot_others": self.hot // 2,
            "merged_others": MERGED * 100,
        }


@dataclass(frozen=True, slots=True)
class Person:
    """One of the customers, as `statements` made them."""

    number: int

    @property
    def customer_id(self) -> int:
        return SLOTS + 1 if 1 <= self.number <= MERGED else self.number * SLOTS + 1

    @property
    def phone(self) -> str:
        """The nine digits after +447."""
        return f"{self.number * 999_983 % 1_000_000_000:09}"


def surnames() -> list[str]:
    """Some two thousand surnames, in a fixed order without rhyme."""
    made = [beginning + ending for beginning in BEGINNINGS for ending in ENDINGS]
    random.Random(7).shuffle(made)
    return made


def populate(connection: Connection, scale: Scale, say: Say) -> None:
    """Fill the tables in one transaction (a table truncated in it needs no write-ahead log), then vacuum them."""
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute("SET work_mem = '256MB'")
    with connection.transaction(), stripped(connection, say):
        write_names(connection)
        for told, statement in STEPS:
            with timed(told, say):
                connection.execute(bound(statement, scale.parameters))
    with timed("vacuumed and analysed", say):
        connection.execute(b"VACUUM (ANALYZE) " + ", ".join(TABLES).encode())


def write_names(connection: Connection) -> None:
    """The names that people are given, numbered."""
    for name, names in (("given", GIVEN), ("surname", surnames())):
        connection.execute(TEMPORARY.format(name=name).encode())
        with connection.cursor() as cursor, cursor.copy(f"COPY {name} (n, name) FROM STDIN".encode()) as copy:
            for row in enumerate(names):
                copy.write_row(row)


def bound(statement: str, parameters: Mapping[str, int]) -> sql.Composed:
    """A statement with its numbers written in: utility statements and plans then know them."""
    return sql.SQL(statement).format(**{name: sql.Literal(value) for name, value in parameters.items()})


@contextmanager
def timed(told: str, say: Say) -> Iterator[None]:
    started_at = time.perf_counter()
    yield
    say(f"  {told:<40} {time.perf_counter() - started_at:6.1f} s")


@contextmanager
def stripped(connection: Connection, say: Say) -> Iterator[None]:
    """Empty the tables and take their constraints and indexes away for the block; afterwards all are made again."""
    connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE".encode())
    constraints = connection.execute(CONSTRAINTS, [list(TABLES)]).fetchall()
    for table, name, *_ in constraints:  # foreign keys first
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
    indexes = connection.execute(INDEXES, [list(TABLES)]).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"'.encode())
    yield
    with timed("indexes", say):
        for _, definition in indexes:
            connection.execute(definition.encode())
        for table, name, definition in reversed(constraints):
            connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'.encode())
