"""The cursor on Django's connection: its errors, and the plans that are kept."""

import pytest
from django.db import DataError

from crm.sql import cursor, kept_plans


@pytest.mark.django_db
def test_what_the_database_refuses_is_an_error_of_djangos() -> None:
    with pytest.raises(DataError), cursor() as sql:
        sql.execute("SELECT 1 / %s::int", [0])


@pytest.mark.django_db
def test_a_cursor_within_another_leaves_its_rows_alone() -> None:
    with cursor() as outer:
        outer.execute("SELECT n FROM generate_series(1, 3) AS n")
        with cursor() as inner:
            assert inner.execute("SELECT 7").fetchall() == [(7,)]
        assert outer.fetchall() == [(1,), (2,), (3,)]


@pytest.mark.django_db
def test_a_cursor_is_used_again_unless_it_holds_many_rows() -> None:
    with cursor() as first:
        first.execute("SELECT 1")
    with cursor() as second:
        second.execute("SELECT n FROM generate_series(1, 2000) AS n")
    with cursor() as third:
        assert third.execute("SELECT 2").fetchall() == [(2,)]
    assert second is first
    assert third is not first


@pytest.mark.django_db
def test_plans_are_kept_within_a_block_and_read_no_table_whole() -> None:
    with kept_plans(), cursor() as sql:
        sql.execute("SELECT id FROM crm_customer WHERE id = %s::bigint", [1])
        plan = sql.execute("EXPLAIN SELECT id FROM crm_customer WHERE id = 1").fetchall()
    with cursor() as sql:
        sql.execute("SELECT id FROM crm_identifier WHERE id = %s::bigint", [1])
        sql.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM crm_%%'")
        assert sql.fetchall() == [("SELECT id FROM crm_customer WHERE id = $1::bigint",)]
    assert "Seq Scan" not in str(plan)
