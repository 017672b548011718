"""What customers ask for by right: when it is due, more time once, what was done."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.models import Customer
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.requesting.handling import months_after
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.tests.signing import signed_in
from journeys.tests.factories import annas_journey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def anna() -> Customer:
    return annas_journey(timezone.now() - timedelta(hours=1))


def noted(anna: Customer, received_on: date, kind: str = "access") -> RightsRequest:
    told = {"kind": kind, "received_on": received_on.isoformat(), "words": "What do you know of me?"}
    answer = signed_in("privacy").post(f"/customers/{anna.public_id}/request/", told)
    found = RightsRequest.objects.latest("pk")
    assert answer["Location"] == f"/requests/{found.public_id}/"
    return found


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 27), 1, date(2026, 12, 27)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def test_a_request_is_due_in_a_month_and_extended_once_with_a_reason(anna: Customer) -> None:
    today, client = timezone.localdate(), signed_in("privacy")
    one = noted(anna, today)
    assert one.due_on == months_after(today, 1)
    address = f"/requests/{one.public_id}/"
    assert "Export everything held on them" in client.get(address).content.decode()
    said = client.post(address, {"act": "extend", "words": " "}, follow=True).content.decode()
    assert "say why it takes longer" in said
    client.post(address, {"act": "extend", "words": "Many recordings."})
    one.refresh_from_db()
    assert (one.due_on, one.is_extended) == (months_after(today, 3), True)
    again = client.post(address, {"act": "extend", "words": "Still."}, follow=True).content.decode()
    assert "possible once" in again
    client.post(address, {"act": "done", "words": "Sent on paper."})
    one.refresh_from_db()
    assert (one.state, one.outcome) == ("done", "Sent on paper.")
    subjects = AuditEntry.objects.filter(act=Act.ANSWERED).order_by("pk").values_list("subject", flat=True)
    assert [subject.rpartition(": ")[2] for subject in subjects] == ["noted", "extended", "done"]
    late = client.post(address, {"act": "done", "words": "Again."}, follow=True).content.decode()
    assert "it is closed already" in late
    assert "Sent on paper." in signed_in("auditor").get("/requests/").content.decode()


def test_what_is_overdue_is_first_and_says_so(anna: Customer) -> None:
    page = signed_in("privacy").get("/requests/").content.decode()
    assert "choose Request" in page
    noted(anna, timezone.localdate(), "rectify")
    old = noted(anna, timezone.localdate() - timedelta(days=40), "erase")
    page = signed_in("auditor").get("/requests/").content.decode()
    assert page.index("To be erased") < page.index("To have something corrected")
    assert page.count("overdue") == 1
    refused = signed_in("privacy").post(f"/requests/{old.public_id}/", {"act": "extend", "words": "x"}, follow=True)
    assert "its first month is over" in refused.content.decode()


def test_none_comes_from_the_future(anna: Customer) -> None:
    told = {"kind": "object", "received_on": (timezone.localdate() + timedelta(days=1)).isoformat(), "words": ""}
    answer = signed_in("privacy").post(f"/customers/{anna.public_id}/request/", told)
    assert answer.status_code == 400
    assert "It cannot have come in after today" in answer.content.decode()
    assert not RightsRequest.objects.exists()
