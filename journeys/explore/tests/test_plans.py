"""What Explore asks of PostgreSQL: a bounded number of rows through an index, whatever the size of the tables."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from journeys.explore.asking import asked_of
from journeys.explore.finding import AT_ONCE, STEPS, find
from journeys.explore.showing import estimate, page_of, wanted_of
from journeys.explore.tests.factories import shop_days
from journeys.tests.factories import user

pytestmark = pytest.mark.django_db
BIG = ("journeys_interaction", "journeys_session", "journeys_mood", "crm_identifier", "crm_customer", "crm_consent")


@pytest.fixture
def as_if_large() -> None:
    """Plans as for tables of a million rows each."""
    shop_days()
    with connection.cursor() as sql:
        sql.execute("SET LOCAL enable_seqscan = off")
        sql.execute(
            "UPDATE pg_class SET reltuples = 1000000, relpages = 1, relallvisible = 1 WHERE relname = ANY(%s)",
            [list(BIG)],
        )


def plans_of(query: str) -> list[str]:
    """The plans of all that a page of this question asks."""
    lead = user("lead")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page_of(asked_of(query), lead)
    statements = [one["sql"] for one in asked if one["sql"].lstrip().startswith("SELECT")]
    found = []
    with connection.cursor() as sql:
        for statement in statements:
            sql.execute(f"EXPLAIN {statement}")
            found.append("\n".join(row[0] for row in sql.fetchall()))
    return found


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "interaction_latest"),
        ("sort=oldest", "interaction_latest"),
        ("since=2026-11-01&until=2026-11-05", "interaction_latest"),
        ("channel=web&path=/quote", "interaction_latest"),
        ("landing=/offers", "interaction_latest"),
        ("campaign=Winter sun", "interaction_of_campaign"),
        ("campaign=Winter sun&since=2026-11-01", "interaction_of_campaign"),
        ("product=Atlantis", "interaction_of_product"),
        ("value_from=10", "interaction_of_value"),
        ("channel=call", "interaction_of_channel"),
        ("outcome=missed", "interaction_of_channel"),
        ("outcome=unanswered", "interaction_of_channel"),
        ("mood=annoyed", "mood_annoyed"),
        ("sort=-value", "interaction_by_value"),
        ("sort=value&value_from=10", "interaction_by_value"),
        ("sort=-campaign", "interaction_of_campaign"),
        ("sort=mood", "mood_neutral"),
        ("sort=-outcome", "interaction_of_channel"),
        ("sort=-value&before=%3D10~1700000000000000.0.5", "interaction_by_value"),
        ("path=/quote&journey=call within 7 days", "interaction_latest"),
    ],
)
def test_what_is_rare_is_found_through_an_index_of_its_own(as_if_large: None, query: str, index: str) -> None:
    plans = plans_of(query)
    assert any(f"using {index}" in plan for plan in plans), "\n\n".join(plans)
    if "journey" in query:
        assert any("using interaction_timeline" in plan for plan in plans), "\n\n".join(plans)
    assert not [plan for plan in plans if any(f"Seq Scan on {table}" in plan for table in BIG)]
    assert not [plan for plan in plans if "Sort" in plan and index in plan], "the index gives the order"


def test_a_page_takes_as_many_queries_for_many_rows_as_for_few(as_if_large: None) -> None:
    lead = user("lead")
    with CaptureQueriesContext(connection) as asked:
        find(wanted_of(asked_of("")), lead)
    assert len(asked) <= 6
    assert sum(STEPS) / AT_ONCE <= 40


def test_an_estimate_looks_at_no_row(as_if_large: None) -> None:
    for query in ("", "campaign=Winter sun", "path=/quote&channel=web"):
        with CaptureQueriesContext(connection) as asked:
            estimate(asked_of(query))
        assert all(one["sql"].startswith("EXPLAIN") or "pg_class" in one["sql"] for one in asked)
