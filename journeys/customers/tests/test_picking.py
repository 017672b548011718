"""Picking customers for a merge, and what the merge's preview asks of a journey."""

from datetime import timedelta

import pytest

from crm.privacy.tests.signing import signed_in
from journeys.customers import counting
from journeys.tests.factories import NOON, annas_journey, page, recorded

pytestmark = pytest.mark.django_db


def test_admins_pick_customers_in_the_list_and_in_what_a_search_finds() -> None:
    annas_journey()
    admin = signed_in("admin")
    for address, people in (("/customers/", 2), ("/customers/?q=whitfield", 2)):
        html = admin.get(address).content.decode()
        assert html.count('form="merging" name="customer"') == people
        assert html.count('id="merging"') == 1


def test_agents_are_not_asked_to_pick() -> None:
    annas_journey()
    assert "merging" not in signed_in("agent").get("/customers/").content.decode()


def test_a_long_journey_is_counted_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "COUNTED", 5)
    anna = annas_journey()
    agent = signed_in("agent")
    assert agent.get(f"/customers/{anna.public_id}/extent/").content.decode() == "more than 5 interactions"
    monkeypatch.setattr(counting, "COUNTED", 1_000)
    before = int(agent.get(f"/customers/{anna.public_id}/extent/").content.decode().split()[0])
    recorded([page(NOON + timedelta(hours=1), "Bahamas holidays")])
    assert agent.get(f"/customers/{anna.public_id}/extent/").content.decode() == f"{before + 1} interactions"
