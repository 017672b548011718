"""What answering a request by right does: processing is restricted, what is objected to stops, wrong is put right."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import ApiKey, Basis, Consent
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.restricting.standing import is_restricted
from crm.privacy.tests.signing import signed_in
from journeys.desk.models import ActionRule
from journeys.interactions.drafts import Seen
from journeys.tests.factories import ANNAS_LOGIN, annas_journey, customer_of, page, recorded, user

pytestmark = pytest.mark.django_db
BANNER = "Processing restricted"


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def anna() -> Customer:
    return annas_journey(timezone.now() - timedelta(hours=1))


def asks(anna: Customer, kind: str) -> str:
    """Enter a request; returns its address."""
    told = {"kind": kind, "received_on": timezone.localdate().isoformat(), "words": "Please."}
    signed_in("privacy").post(f"/customers/{anna.public_id}/request/", told)
    return f"/requests/{RightsRequest.objects.latest('pk').public_id}/"


def told(client_of: str, address: str) -> str:
    return str(signed_in(client_of).get(address).content.decode())


def restrict(anna: Customer, act: str = "put", reason: str = "They contest it.") -> str:
    answer = signed_in("privacy").post(
        f"/customers/{anna.public_id}/restriction/", {"act": act, "reason": reason}, follow=True
    )
    return str(answer.content.decode())


def test_a_request_leads_to_the_restriction_and_the_register_shows_it(anna: Customer) -> None:
    address = asks(anna, "restrict")
    assert f"/customers/{anna.public_id}/restriction/" in told("privacy", address)
    assert "say why" in restrict(anna, reason=" ").lower()
    assert "restricted until that is lifted" in restrict(anna)
    assert "restricted already" in restrict(anna)
    assert "Restricted by privacy" in told("auditor", address)
    assert BANNER in told("agent", f"/customers/{anna.public_id}/")
    assert "It is lifted" in restrict(anna, "lift", "It is settled.")
    assert BANNER not in told("agent", f"/customers/{anna.public_id}/")
    assert "“They contest it.”, lifted: “It is settled.”" in told(
        "auditor", f"/customers/{anna.public_id}/restriction/"
    )
    acts = AuditEntry.objects.filter(act=Act.RESTRICTED).order_by("pk").values_list("subject", flat=True)
    assert [one.rpartition(": ")[2] for one in acts] == ["put", "lifted"]


def test_marketing_does_not_see_who_is_restricted_on_any_page_or_by_the_api(anna: Customer) -> None:
    program = Client(headers={"authorization": f"Bearer {ApiKey.issue('campaigns', 'marketer')[1]}"})
    number = str(anna.public_id)
    assert number in told("marketer", "/customers/")
    restrict(anna)
    assert number not in told("marketer", "/customers/")
    assert number in told("agent", "/customers/")
    marketer = signed_in("marketer")
    for address in (f"/customers/{number}/", f"/customers/{number}/entries/", f"/customers/{number}/reveal/"):
        assert marketer.get(address).status_code == 404
    assert program.get(f"/api/v1/customers/{number}/timeline/").status_code == 404


def test_nothing_is_proposed_to_be_done_with_who_is_restricted(anna: Customer) -> None:
    ActionRule.objects.all().delete()
    held = {"fact": "pages_7d", "is": "at least", "value": "1"}
    ActionRule.objects.create(position=0, name="Any", says="Offer the sea view", days=1, conditions=[held])
    assert "Offer the sea view" in told("agent", f"/desk/customers/{anna.public_id}/")
    restrict(anna)
    shown = told("agent", f"/desk/customers/{anna.public_id}/")
    assert "Offer the sea view" not in shown
    assert BANNER in shown


def test_a_restriction_follows_merges_and_observed_links_join_still(anna: Customer) -> None:
    tom = customer_of("login", "4712")
    restrict(tom)
    recorded([page(timezone.now(), "On another device", Seen("cookie", "c-tom-new"), Seen("login", "4712"))])
    assert is_restricted(customer_of("cookie", "c-tom-new").pk)
    merge(anna, tom, user("admin"))
    assert BANNER in told("agent", f"/customers/{customer_of('login', '4711').public_id}/")


def test_an_objection_withdraws_what_was_for_our_own_interest_and_marketing(anna: Customer) -> None:
    login = Identifier.objects.get(kind=ANNAS_LOGIN.kind, value=ANNAS_LOGIN.value)
    Consent.objects.create(
        identifier=login, purpose="analytics", channel="", state="given", basis=Basis.INTEREST,
        occurred_at=timezone.now(),
    )  # fmt: skip
    address = asks(anna, "object")
    answer = signed_in("privacy").post(address, {"act": "object"}, follow=True).content.decode()
    assert "Marketing withdrawn on every channel" in answer
    assert "Analytics withdrawn on every channel" in answer
    shown = told("agent", f"/desk/customers/{anna.public_id}/")
    assert "No marketing" in shown
    assert "No analytics" in shown
    asked = RightsRequest.objects.get()
    assert Consent.objects.filter(evidence=f"They objected: request {asked.public_id}").exists()
    signed_in("privacy").post(address, {"act": "done", "words": "Told by letter."})
    late = signed_in("privacy").post(address, {"act": "object"}, follow=True).content.decode()
    assert "it is closed already" in late


def test_nothing_is_withdrawn_by_a_request_for_something_else(anna: Customer) -> None:
    before = Consent.objects.count()
    answer = signed_in("privacy").post(asks(anna, "access"), {"act": "object"}, follow=True).content.decode()
    assert "there is nobody who objects" in answer
    assert Consent.objects.count() == before


def test_what_is_put_right_outweighs_the_sources_and_stands_in_the_register(anna: Customer) -> None:
    address = asks(anna, "rectify")
    page_ = told("privacy", f"/customers/{anna.public_id}/traits/")
    assert "back to the request" in page_
    assert address in page_
    assert "back to the request" not in told("agent", f"/customers/{anna.public_id}/traits/")
    signed_in("privacy").post(f"/customers/{anna.public_id}/traits/correct/", {"name": "city", "value": "Swansea"})
    assert "Swansea" in told("agent", f"/customers/{anna.public_id}/")
    assert "City corrected by privacy" in told("auditor", address)
