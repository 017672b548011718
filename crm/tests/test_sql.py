"""The cursor on Django's connection: its errors, and the plans that are kept."""

import pytest
from django.db import DataError, transaction

from crm.sources.models import Source
from crm.sql import THREAD, copying, cursor, kept_plans


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
    THREAD.spare.clear()
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


@pytest.mark.django_db
def test_within_a_block_what_is_wrong_is_said_at_its_end_and_the_next_block_knows_nothing_of_it() -> None:
    with pytest.raises(DataError), transaction.atomic(), kept_plans(), cursor() as sql:
        sql.execute("SELECT 1 / %s::int", [0])
    with kept_plans(), cursor() as sql:
        assert sql.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.django_db
def test_within_a_block_django_is_told_how_many_rows_it_changed() -> None:
    with kept_plans():
        assert Source.objects.filter(name="nobody's").update(name="somebody's") == 0


@pytest.mark.django_db
def test_rows_are_copied_in_within_a_block_and_what_was_asked_before_stands() -> None:
    with kept_plans():
        with cursor() as sql:
            sql.execute("CREATE TEMPORARY TABLE told (n int) ON COMMIT DROP")
        with copying("COPY told (n) FROM STDIN") as copy:
            copy.write_row([3])
        with cursor() as sql:
            assert sql.execute("SELECT n FROM told").fetchall() == [(3,)]


@pytest.mark.django_db
def test_a_cursor_is_not_used_again_before_it_is_answered() -> None:
    THREAD.spare.clear()
    with kept_plans():
        with cursor() as first:
            first.execute("SELECT pg_sleep(0.05)")
        with cursor() as second:
            assert second.execute("SELECT 2").fetchall() == [(2,)]
        assert second is not first


@pytest.mark.django_db
def test_a_cursor_that_was_asked_nothing_or_failed_stands_in_nobodys_way() -> None:
    THREAD.spare.clear()
    with cursor():
        pass
    assert not THREAD.spare
    for _ in range(3):
        with kept_plans(), cursor(), cursor() as sql:
            sql.execute("SELECT 1")
    with pytest.raises(DataError), transaction.atomic(), kept_plans(), cursor() as sql:
        sql.execute("SELECT 1 / %s::int", [0])
    assert THREAD.spare
    assert all(spare.pgresult for spare in THREAD.spare)
