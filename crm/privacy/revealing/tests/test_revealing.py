"""Who customers are is open for minutes to those who say why; what is masked says no more than its end."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from crm.identity.models import Customer
from crm.privacy.access import visible_customers
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.masking import Veil, masked, pseudonym
from crm.privacy.revealing.acts import MOST_OPEN, reveal
from crm.privacy.revealing.models import Reveal
from crm.privacy.tests.signing import signed_in
from crm.profile.tests.people import customer, say

WHY = "Follows up the complaint about the brochure"


@pytest.fixture
def anna(db: None) -> Customer:
    anna = customer()
    say(anna, "web", given_name="Anna", surname="Whitfield", national_id="QQ123456C")
    return anna


def ask(by: Client, who: Customer, reason: str = WHY, after: str = "") -> str:
    """What a page says after somebody asked to see who a customer is."""
    told = {"reason": reason, "next": after}
    return by.post(f"/customers/{who.public_id}/reveal/", told, follow=True).content.decode()


@pytest.mark.parametrize(
    ("value", "kind", "left"),
    [
        ("jo.bloggs@example.com", "email", "j•••@example.com"),
        ("+447700900123", "phone", "•••• 0123"),
        ("QQ123456C", "national_id", "•••• 6C"),
        ("4711", "login", "••••"),
        ("", "email", "••••"),
    ],
)
def test_of_a_masked_value_its_end_is_left(value: str, kind: str, left: str) -> None:
    assert masked(value, kind) == left


@given(some.text(max_size=40), some.text(max_size=40))
def test_no_address_number_or_name_is_left_in_a_veiled_text(before: str, after: str) -> None:
    veil = Veil.of(["Anna Whitfield", "Dr Li"])
    for secret in ("anna.w@example.com", "+44 7700 900142", "(029) 2018-0142", "Whitfield", "ANNA"):
        shown = veil.text(f"{before} {secret} {after}")
        assert secret not in shown.replace(before, "").replace(after, "")


def test_a_veil_leaves_what_is_said_of_holidays_and_money() -> None:
    veil = Veil.of(["Anna"])
    for said in ("Quote, 2 adults, 14-28 February, £3,180", "Atlantis, Paradise Island", "Annapolis, 12 nights"):
        assert veil.text(said) == said
    assert veil.address("https://u:p@shop.example/me/anna?email=a@b.example#x") == "https://shop.example/me/•••"
    assert veil.address("https://[broken") == ""


def test_somebody_who_says_why_sees_who_it_is_for_minutes_and_it_is_noted(anna: Customer) -> None:
    marketer = signed_in("marketer")
    page = f"/customers/{anna.public_id}/traits/"
    led = marketer.get(page)
    assert led.status_code == 302
    assert led["Location"].startswith(f"/customers/{anna.public_id}/reveal/?next=%2Fcustomers%2F")
    assert "Whitfield" not in marketer.get(led["Location"]).content.decode()
    assert "Whitfield" in ask(marketer, anna, after=page)
    [noted] = AuditEntry.objects.filter(act=Act.REVEALED)
    assert (noted.actor, noted.customer_id, noted.detail["minutes"]) == ("marketer", anna.pk, 15)
    assert noted.reason.text == WHY
    Reveal.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert marketer.get(page).status_code == 302


def test_it_can_be_hidden_before_its_time(anna: Customer) -> None:
    marketer = signed_in("marketer")
    ask(marketer, anna)
    marketer.post(f"/customers/{anna.public_id}/hide/")
    assert marketer.get(f"/customers/{anna.public_id}/history/").status_code == 302


def test_without_a_reason_nothing_is_shown_and_the_remedy_is_said(anna: Customer) -> None:
    marketer = signed_in("marketer")
    for reason in ("", "   ", "x", "why \0 not"[:3]):
        assert "Whitfield" not in ask(marketer, anna, reason)
    assert "say what you need it for" in ask(marketer, anna, "x")
    assert not Reveal.objects.exists()


def test_who_may_look_at_nobody_reveals_nobody(anna: Customer) -> None:
    for role in ("auditor", "integration"):
        assert signed_in(role).post(f"/customers/{anna.public_id}/reveal/", {"reason": WHY}).status_code == 403
    assert Client().post(f"/customers/{anna.public_id}/reveal/", {"reason": WHY}).status_code == 302
    assert not Reveal.objects.exists()


def test_customers_are_not_looked_through_one_by_one(anna: Customer) -> None:
    signed_in("marketer")
    marketer = User.objects.get(username="marketer")
    for number in range(MOST_OPEN):
        reveal(customer(f"login-{number}"), marketer, WHY)
    assert visible_customers(marketer).count() == MOST_OPEN
    assert "hide some of them first" in ask(signed_in("marketer"), anna)


def test_nobody_is_led_out_of_the_house(anna: Customer) -> None:
    told = {"reason": WHY, "next": "https://elsewhere.example/"}
    led = signed_in("marketer").post(f"/customers/{anna.public_id}/reveal/", told)
    assert led["Location"] == f"/customers/{anna.public_id}/"


def test_a_masked_trait_is_shown_to_an_agent_who_says_why_and_cannot_be_overwritten_unseen(anna: Customer) -> None:
    agent, traits = signed_in("agent"), f"/customers/{anna.public_id}/traits/"
    for page in (traits, f"/api/v1/customers/{anna.public_id}/"):
        shown = agent.get(page).content.decode()
        assert "QQ123456C" not in shown
        assert "•••• 6C" in shown
    assert 'value="•••• 6C"' not in agent.get(traits).content.decode()
    assert "QQ123456C" in ask(agent, anna, after=traits)
    assert "QQ123456C" in signed_in("privacy").get(traits).content.decode()


def test_the_privacy_officer_says_which_traits_are_masked(anna: Customer) -> None:
    officer = signed_in("privacy")
    html = officer.get("/disclosure/").content.decode()
    assert "national_id" in html
    form = {"act": "save", "masked": "surname, iban", **{f"class_{one}": "sayable" for one in
            ("told", "ours", "observed", "inferred")}, **{f"topic_{n}": "hidden" for n in range(7)}}  # fmt: skip
    assert "It holds from now on" in officer.post("/disclosure/", form, follow=True).content.decode()
    shown = signed_in("agent").get(f"/customers/{anna.public_id}/traits/").content.decode()
    assert "QQ123456C" in shown
    assert "•••• ld" in shown


def test_a_pseudonym_is_the_beginning_of_the_customers_number() -> None:
    assert pseudonym(UUID(int=0x3AFA607A << 96)) == "Customer 3afa607a"
