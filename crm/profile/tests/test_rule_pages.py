"""Setting the rules: tried on real customers first, kept with who and when, and undone."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.privacy.tests.signing import signed_in
from crm.profile.models import RuleChange
from crm.profile.record import record_of
from crm.profile.ruling import set_rules, standing_rules
from crm.profile.tests.people import customer, say, source

pytestmark = pytest.mark.django_db
FREQUENT_FIRST = ["frequent", "verified", "staff", "source", "recent"]


@pytest.fixture
def admin() -> Client:
    for number in range(3):
        one = customer(str(number))
        for days in (0, 1):
            say(one, "web", days=days, city="Bath", tier="gold")
        say(one, "helpdesk", days=5, city="Bristol" if number else "Bath", tier="tin")
    return signed_in("admin")


def places(order: list[str] = FREQUENT_FIRST) -> dict[str, str]:
    return {f"place{number}": rule for number, rule in enumerate(order)}


def shown(name: str, login: str = "1") -> str:
    return record_of(customer(login)).golden[name].value


def post(admin: Client, what: str, told: dict[str, Any]) -> str:
    return admin.post(f"/golden-record/{what}", told, follow=True).content.decode()


def test_a_change_is_tried_on_real_customers_before_it_is_saved(admin: Client) -> None:
    html = post(admin, "order/?field=city", places())
    assert "2 of 3</b> sampled customers" in html
    assert "said most often" in html
    assert shown("city") == "Bristol"
    assert not RuleChange.objects.exists()


def test_a_saved_order_decides_is_told_and_is_undone(admin: Client) -> None:
    html = post(admin, "order/?field=city", {**places(), "act": "save"})
    assert shown("city") == "Bath"
    assert "City: most frequent &gt; verified" in html
    change = RuleChange.objects.get()
    assert change.actor is not None
    post(admin, f"changes/{change.pk}/undo/", {})
    assert shown("city") == "Bristol"
    assert "undo that first" in post(admin, f"changes/{change.pk}/undo/", {})
    assert [one.said[:7] for one in RuleChange.objects.all()] == ["Undone:", "City: m"]


def test_the_default_order_decides_the_fields_without_one(admin: Client) -> None:
    post(admin, "order/?field=city", {**places(["recent", "frequent", "verified", "staff", "source"]), "act": "save"})
    post(admin, "order/", {**places(), "act": "save"})
    assert (shown("city"), shown("tier")) == ("Bristol", "gold")


def test_an_order_names_every_rule_once(admin: Client) -> None:
    html = post(admin, "order/", {**places(["recent"] * 5), "act": "save"})
    assert "Each rule stands once" in html
    assert not RuleChange.objects.exists()


def test_a_ranked_source_wins_over_a_newer_one(admin: Client) -> None:
    web, desk = source("web").public_id, source("helpdesk").public_id
    assert "2 of 3</b>" not in post(admin, "sources/", {web: "", desk: "1"})
    assert "two sources" in post(admin, "sources/", {web: "1", desk: "1", "act": "save"}).lower()
    post(admin, "sources/", {web: "1", desk: "2", "act": "save"})
    assert shown("city") == "Bath"
    assert record_of(customer("1")).golden["city"].why == "web ranks above helpdesk"


def test_a_ranked_source_that_is_gone_leaves_no_gap(admin: Client) -> None:
    web, desk = source("web").public_id, source("helpdesk").public_id
    set_rules(standing_rules().with_sources(["gone", web, desk]), User.objects.get(), "Sources")
    html = admin.get("/golden-record/sources/").content.decode()
    assert [html.count(f'<option value="{place}" selected') for place in ("1", "2", "3")] == [1, 1, 0]


def test_a_defined_field_takes_only_what_fits(admin: Client) -> None:
    told = {"name": "tier", "label": "Loyalty tier", "type": "choice", "choices": "gold\nsilver"}
    html = post(admin, "field/", told)
    assert "3 of 3</b>" in html
    post(admin, "field/", {**told, "act": "save"})
    record = record_of(customer("1"))
    assert record.golden["tier"].why == "the only value that fits"
    assert "already" in post(admin, "field/", {**told, "act": "save"})
    post(admin, "field/?field=tier", {**told, "label": "Tier", "choices": "tin", "act": "save"})
    assert (shown("tier"), standing_rules().fields["tier"].label) == ("tin", "Tier")
    post(admin, "fields/remove/", {"field": "tier"})
    assert standing_rules().fields == {}
    post(admin, f"changes/{RuleChange.objects.latest('pk').pk}/undo/", {})
    assert standing_rules().fields["tier"].label == "Tier"


@pytest.mark.parametrize(
    "told",
    [
        {"name": "Tier!", "label": "Tier", "type": "text"},
        {"name": "city", "label": "City", "type": "text"},
        {"name": "tier", "label": "Tier", "type": "choice", "choices": " \n"},
        {"name": "tier", "label": "Tier", "type": "email"},
        {"name": "tier", "label": "Tier", "type": "choice", "choices": "\n".join(map(str, range(101)))},
    ],
)
def test_a_field_that_cannot_be_is_not_defined(admin: Client, told: dict[str, str]) -> None:
    assert 'role="alert"' in post(admin, "field/", {**told, "act": "save"})
    assert not RuleChange.objects.exists()


def test_the_rules_are_for_admins_and_an_empty_installation_says_what_to_do() -> None:
    assert signed_in("agent").get("/golden-record/").status_code == 403
    html = signed_in("admin").get("/golden-record/").content.decode()
    assert "Connect the first one" in html
    assert "Nobody has changed the rules" in html
    assert signed_in("admin").get("/golden-record/nothing/").status_code == 404
    assert "nothing would change" in post(signed_in("admin"), "order/", places())
