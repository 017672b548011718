"""The graph in a real browser: it is drawn, and nothing of it asks for more than our policy allows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from journeys.customers.tests.conftest import Opener
from journeys.interactions.drafts import Seen
from journeys.paths.tests.test_packing import kept
from journeys.tests.factories import page, recorded
from journeys.tests.waiting import comes_true

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_graph_is_drawn_under_our_policy_and_a_flow_leads_to_who_went_so(open_page: Opener) -> None:
    at = timezone.now() - timedelta(days=9)
    for name in ("c-one", "c-two"):
        browser = Seen("cookie", name)
        recorded(
            [page(at + timedelta(minutes=n), title, browser) for n, title in enumerate(("Home", "Quote", "Cabins"))]
        )
    kept()
    shown = open_page("/paths/?step=/quote", "marketer")  # what the policy refuses is said in the console, and fails
    comes_true(shown, "!!document.querySelector('#sankey[data-drawn] .sankey-link')")
    assert shown.locator(".sankey-node").count() == 5
    shown.get_by_role("link", name="who went from /quote to /cabins").click()
    assert "2 customers" in shown.get_by_role("heading", level=2).inner_text()
