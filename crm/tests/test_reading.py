"""Readings: independent ones go on side by side, and nothing of one gets into another."""

import pytest
from django.db import DataError, connection

from crm import reading
from crm.reading import Reading, Rows, Statement, both, each, read
from crm.sql import raw_connection

pytestmark = pytest.mark.django_db


def counting(start: int, steps: int) -> Reading[list[int]]:
    """Counts on from a number, one statement a step."""
    found = []
    for n in range(start, start + steps):
        [[(answer,)]] = yield [Statement("SELECT %s::int", [n])]
        found.append(answer)
    return found


def test_each_reading_gets_its_own_rows_however_many_steps_it_takes() -> None:
    assert read(each(counting(10 * n, n) for n in (3, 0, 1, 2))) == [[30, 31, 32], [], [10], [20, 21]]
    assert read(both(counting(1, 1), both(counting(5, 2), counting(8, 0)))) == ([1], ([5, 6], []))
    assert read(each([])) == []


def test_readings_side_by_side_take_as_many_round_trips_as_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    trips: list[int] = []
    answers = reading.answers

    def counted(asked: list[Statement]) -> list[Rows]:
        trips.append(len(asked))
        return answers(asked)

    monkeypatch.setattr(reading, "answers", counted)
    read(each(counting(0, n) for n in (1, 3, 2)))
    assert trips == [3, 2, 1]


def test_only_what_is_asked_for_is_prepared() -> None:
    def asking() -> Reading[list[Rows]]:
        return (yield [Statement("SELECT 1 AS kept", ()), Statement("SELECT 2 AS planned_anew", (), is_kept=False)])

    read(asking())
    with connection.cursor() as sql:
        for _ in range(9):
            sql.execute("SELECT 3 AS of_django")
        sql.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT _ AS %%'")
        assert sql.fetchall() == [("SELECT 1 AS kept",)]


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_leaves_the_connection_as_it_was() -> None:
    def failing() -> Reading[list[Rows]]:
        return (yield [Statement("SELECT 1", ()), Statement("SELECT 1 / %s::int", [0]), Statement("SELECT 2", ())])

    with pytest.raises(DataError):
        read(failing())
    assert raw_connection().prepare_threshold is None
    assert read(counting(7, 2)) == [7, 8]
