"""A customer's traits on the screen: everything that was said, what shows and why, and staff's word with its undo."""

import re
from typing import Any

import pytest

from crm.identity.models import Customer, Identifier
from crm.privacy.tests.signing import signed_in
from crm.profile.models import Correction, Trait
from crm.profile.portraits import portraits
from crm.profile.record import record_of
from crm.profile.tests.people import customer, say
from crm.search.finding import find
from crm.sources.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    anna = customer()
    say(anna, "web", given_name="Ana", surname="Whitfield", city="Bath")
    say(anna, "helpdesk", days=3, city="Bristol", date_of_birth="29/11/1986")
    return anna


def address(of: Customer) -> str:
    return f"/customers/{of.public_id}/traits/"


def correct(of: Customer, role: str = "agent", **told: Any) -> Any:
    return signed_in(role).post(f"{address(of)}correct/", told, follow=True)


def golden(of: Customer) -> dict[str, tuple[str, str]]:
    return {name: (field.value, field.why) for name, field in record_of(of).golden.items()}


def test_every_value_stands_with_its_source_and_what_shows_with_its_reason(anna: Customer) -> None:
    html = signed_in("privacy").get(address(anna)).content.decode()
    for word in ("Bath", "Bristol", "helpdesk", "most recent", "not a date such as 1986-11-29", "no value fits"):
        assert word in html
    assert "Keep as my word" in html  # whoever answers requests by right puts things right, too


def test_staff_correct_a_trait_and_take_it_back(anna: Customer) -> None:
    assert golden(anna)["city"] == ("Bristol", "most recent")
    html = correct(anna, name="city", value=" Cardiff ").content.decode()
    assert golden(anna)["city"] == ("Cardiff", "said by staff")
    assert re.search(r"City: <b[^>]*>Cardiff</b>", html)
    [made] = Correction.objects.all()
    assert made.actor.username == "agent"
    back = signed_in("admin").post(f"{address(anna)}{made.pk}/undo/", follow=True)
    assert "Taken back" in back.content.decode()
    assert golden(anna)["city"] == ("Bristol", "most recent")
    made.refresh_from_db()
    assert made.withdrawn_by is not None
    assert (
        "taken back already" in signed_in("admin").post(f"{address(anna)}{made.pk}/undo/", follow=True).content.decode()
    )


def test_a_country_is_called_by_its_name_and_what_is_none_is_marked(anna: Customer) -> None:
    say(anna, "web", country="gbr")
    say(anna, "helpdesk", days=3, country="Atlantis")
    assert golden(anna)["country"] == ("GB", "the only value that fits")
    html = signed_in("agent").get(address(anna)).content.decode()
    assert re.search(r"<b[^>]*>United Kingdom</b>", html)
    assert "not a country such as GB or United Kingdom" in html


def test_a_corrected_name_is_the_name_everywhere_and_splits_nobody(anna: Customer) -> None:
    correct(anna, name="given_name", value="Beatrix")
    assert portraits([anna.pk])[anna.pk].name == "Beatrix Whitfield"
    user = Correction.objects.get().actor
    assert [found.customer_id for found in find("beatrix whitfield", user)] == [anna.pk]
    assert not Identifier.objects.exclude(shared="").exists()
    signed_in("agent").post(f"{address(anna)}{Correction.objects.get().pk}/undo/")
    assert portraits([anna.pk])[anna.pk].name == "Ana Whitfield"
    assert find("beatrix", user) == []


def test_what_two_of_the_staff_said_alike_stays_when_one_takes_it_back(anna: Customer) -> None:
    correct(anna, name="city", value="Cardiff", is_verified="yes")
    correct(anna, role="admin", name="city", value="Cardiff")
    first, second = Correction.objects.order_by("pk")
    signed_in("agent").post(f"{address(anna)}{first.pk}/undo/")
    trait = Trait.objects.get(source__adapter="staff")
    assert (trait.value, trait.is_verified, trait.last_seen_at) == ("Cardiff", False, second.at)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"name": "date_of_birth", "value": "29.11.1986"}, "not a date"),
        ({"name": "country", "value": "Atlantis"}, "not a country such as GB or United Kingdom"),
        ({"name": "language", "value": "gibberish!"}, "not a language such as en-GB or English"),
        ({"name": "postcode", "value": "CF10 1AA, Cardiff"}, "not a postcode"),
        ({"name": "national_id", "value": "9" * 101}, "not an id"),
        ({"name": "city", "value": "  "}, "write a value"),
        ({"name": "email", "value": "anna@example.com"}, "choose one of the fields"),
        ({"name": "", "value": "x"}, "choose one of the fields"),
        ({"name": "city", "value": "x" * 1001}, "write a value"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason(anna: Customer, told: dict[str, str], reason: str) -> None:
    assert reason in correct(anna, **told).content.decode()
    assert not Correction.objects.exists()


def test_nothing_is_said_of_a_line_that_several_share(anna: Customer) -> None:
    Identifier.objects.filter(customer=anna).update(shared="staff")
    assert "several people share" in correct(anna, name="city", value="Cardiff").content.decode()


def test_marketers_correct_nothing_and_nobody_undoes_another_customers(anna: Customer) -> None:
    assert correct(anna, role="marketer", name="city", value="Cardiff").status_code == 403
    correct(anna, name="city", value="Cardiff")
    other = customer("4712")
    assert signed_in("agent").post(f"{address(other)}{Correction.objects.get().pk}/undo/").status_code == 404


def test_staff_are_no_connected_source(anna: Customer) -> None:
    correct(anna, name="city", value="Cardiff")
    assert Source.objects.filter(adapter="staff").count() == 1
    assert "staff" not in Source.objects.connected().values_list("adapter", flat=True)
