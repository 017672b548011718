"""Reads as steps, so that those which do not wait for each other share one round trip to the database.

A reading is a generator: it yields the statements that it wants answered next, gets their rows, and returns what it
made of them. `both` and `each` make one reading of several; `read` runs one.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, LiteralString, NamedTuple, TypeVar, cast

import psycopg
from django.db import connection

from crm.sql import THREAD, Cursor, at_hand, put_back, raw_connection

First = TypeVar("First")
Second = TypeVar("Second")
Result = TypeVar("Result")
Rows = list[tuple[Any, ...]]
NEVER_UNASKED = 1_000_000_000  # executions before a statement is prepared by itself


class Statement(NamedTuple):
    """A statement to be answered.

    is_kept: its plan is kept on the connection, as a prepared statement: for one that is answered through the same
    indexes whatever its parameters and the size of the tables. Planning takes three times as long as answering it.
    """

    text: LiteralString
    parameters: Sequence[Any] | Mapping[str, Any]
    is_kept: bool = True


Reading = Generator[list[Statement], list[Rows], Result]


def answering(text: LiteralString, parameters: Sequence[Any] | Mapping[str, Any]) -> Reading[Rows]:
    """The rows of one statement, planned anew unless all are kept."""
    [rows] = yield [Statement(text, parameters, is_kept=False)]
    return rows


def read(reading: Reading[Result]) -> Result:
    """Run a reading to its end."""
    try:
        asked = next(reading)
        while True:
            asked = reading.send(answers(asked))
    except StopIteration as end:
        return cast(Result, end.value)


def both(one: Reading[First], other: Reading[Second]) -> Reading[tuple[First, Second]]:
    """Two readings as one."""
    first, second = yield from each(cast(list[Reading[Any]], [one, other]))
    return first, second


def each(readings: Iterable[Reading[Result]]) -> Reading[list[Result]]:
    """Several readings as one: every step asks at once what each of those that are left asks next."""
    left = dict(enumerate(readings))
    found: dict[int, Result] = {}
    given: dict[int, list[Rows]] = {}
    while left:
        asked: dict[int, list[Statement]] = {}
        for n, reading in list(left.items()):
            try:
                asked[n] = reading.send(given[n]) if n in given else next(reading)
            except StopIteration as end:
                found[n] = cast(Result, end.value)
                del left[n]
        rows = iter((yield [one for some in asked.values() for one in some]) if asked else ())
        given = {n: list(islice(rows, len(some))) for n, some in asked.items()}
    return [found[n] for n in sorted(found)]


def answers(asked: Sequence[Statement]) -> list[Rows]:
    """The rows of each statement; several go to the database together."""
    raw = raw_connection()
    before = raw.prepare_threshold  # None on Django's connections (nothing is ever prepared); 0 within kept_plans
    raw.prepare_threshold = NEVER_UNASKED if before is None else before
    try:
        with connection.wrap_database_errors:
            if len(asked) == 1 or THREAD.keeping is raw:  # within kept_plans all is a pipeline
                under_way = [begun(raw, statement) for statement in asked]
            else:
                with raw.pipeline():
                    under_way = [begun(raw, statement) for statement in asked]
            return [taken(one) for one in under_way]
    finally:
        raw.prepare_threshold = before


def begun(raw: "psycopg.Connection[tuple[Any, ...]]", asked: Statement) -> Cursor:
    return at_hand(raw).execute(asked.text, asked.parameters, prepare=asked.is_kept or None)


def taken(answered: Cursor) -> Rows:
    """The rows of what was answered."""
    rows = answered.fetchall()
    put_back(answered)
    return rows
