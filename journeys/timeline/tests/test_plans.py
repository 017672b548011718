"""What each page asks of PostgreSQL: few queries, all through an index, whatever the size of the tables."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from journeys.customers import listing
from journeys.tests.factories import annas_journey, user
from journeys.timeline.entries import Visit
from journeys.timeline.lanes import Filters
from journeys.timeline.reading import read_page
from journeys.timeline.visits import read_steps, visit_around

pytestmark = pytest.mark.django_db
BIG = ("journeys_interaction", "journeys_session", "crm_link", "crm_identifier", "crm_consent", "crm_trait")


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plans of the statements that run from here on, as for tables of a million rows each: of a few rows every way
    costs the same, and what autovacuum happened to see would decide.
    """
    found: list[str] = []
    execute = psycopg.Cursor.execute

    def explain(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if type(self) is psycopg.Cursor and str(query).lstrip().startswith(("SELECT", "WITH")):
            execute(self, f"EXPLAIN {query}", params)
            found.append("\n".join(row[0] for row in self.fetchall()))
        return execute(self, query, params, **options)

    with connection.cursor() as sql:
        sql.execute("SET LOCAL enable_seqscan = off")
        sql.execute(
            "UPDATE pg_class SET reltuples = 1000000, relpages = 1, relallvisible = 1 WHERE relname = ANY(%s)",
            [list(BIG)],
        )
    monkeypatch.setattr(psycopg.Cursor, "execute", explain)
    return found


def scanned_whole(plans: Sequence[str]) -> list[str]:
    """The big tables that a plan reads from end to end."""
    return [table for plan in plans for table in BIG if f"Seq Scan on {table}" in plan]


def test_a_page_of_the_journey_is_read_through_indexes(plans: list[str]) -> None:
    customer = annas_journey()
    plans.clear()
    read_page(customer.pk)
    read_page(customer.pk, Filters(text="sea", direction="in"))
    read_page(customer.pk, flat=True)
    assert plans
    assert scanned_whole(plans) == []
    assert sum("interaction_timeline" in plan for plan in plans) >= 3
    assert sum("session_timeline" in plan for plan in plans) == 2


def test_the_keys_of_a_page_come_from_the_index_alone_and_in_its_order(plans: list[str]) -> None:
    customer = annas_journey()
    plans.clear()
    read_page(customer.pk, flat=True)
    [plan] = [plan for plan in plans if "interaction_timeline" in plan]
    assert "Index Only Scan Backward using interaction_timeline" in plan


def test_the_steps_of_a_visit_are_read_through_indexes(plans: list[str]) -> None:
    customer = annas_journey()
    visit = next(entry for entry in read_page(customer.pk).entries if entry.kind == "visit")
    assert isinstance(visit, Visit)
    plans.clear()
    hits, following = read_steps(visit_around(visit.head, list(customer.identifiers.values_list("pk", flat=True))))
    assert [hit.kind for hit in hits] == ["page", "page", "identify", "page", "page"]
    assert following is None
    assert scanned_whole(plans) == []


def test_the_list_of_customers_is_read_through_indexes(plans: list[str]) -> None:
    annas_journey()
    plans.clear()
    assert listing.latest_customers(user()).rows
    assert scanned_whole(plans) == []
    assert "interaction_latest" in "".join(plans)


def test_a_page_of_the_journey_takes_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    customer = annas_journey()
    with django_assert_max_num_queries(2):  # of Django's; the rest are counted by their plans above
        read_page(customer.pk)
