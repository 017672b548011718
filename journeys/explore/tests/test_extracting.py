"""Files of what Explore finds: made in the background, veiled as the page is, gone at their time and with whoever is
erased.
"""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pyarrow import parquet

from crm.identity.models import Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.erasing import carrying
from crm.privacy.erasing.models import Erasure
from crm.privacy.revealing.acts import reveal
from crm.privacy.tests.signing import signed_in
from journeys.explore import extracting
from journeys.explore.forgetting import expire
from journeys.explore.models import Extract, Extracted
from journeys.explore.tests.factories import BEN_COOKIE, shop_days
from journeys.interactions.models import Interaction
from journeys.tests.factories import NOON, customer_of, page, recorded

pytestmark = pytest.mark.django_db
ALL = "columns=customer,channel,what,source,campaign,page,product,outcome,mood,value"


def made(client: Client, query: str = "", form: str = "csv") -> Extract:
    """A file that was asked for, and made by the worker."""
    answer = client.post("/explore/files/", {"query": query, "format": form}, follow=True)
    assert "being made" in answer.content.decode()
    extracting.make_waiting()
    return Extract.objects.latest("pk")


def content(client: Client, extract: Extract) -> bytes:
    answer = client.get(f"/explore/files/{extract.public_id}/")
    assert answer.status_code == 200
    return answer.getvalue()


def lines(client: Client, extract: Extract) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(client, extract).decode("utf-8-sig"))))


@pytest.mark.parametrize("size", [1, 3, 500])
def test_a_file_holds_what_the_page_finds(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    shop_days()
    monkeypatch.setattr(extracting, "AT_ONCE", size)
    lead = signed_in("lead")
    told = lines(lead, made(lead, ALL))
    in_order = Interaction.objects.order_by("-occurred_at", "-pk").values_list("pk", flat=True)
    assert [int(one["Interaction"]) for one in told] == list(in_order)
    [order] = [one for one in told if one["Product"]]
    assert (order["Product"], order["Value"], order["Customer"]) == ("Atlantis", "990.50 GBP", "Ben Harrow")
    assert {one["Mood"] for one in told} == {"", "annoyed"}
    customers = lines(lead, made(lead, "tab=customers"))
    assert len(customers) == len({one["Customer’s id"] for one in told}) == 3


def test_parquet_has_times_and_numbers() -> None:
    shop_days()
    lead = signed_in("lead")
    table = parquet.read_table(
        io.BytesIO(content(lead, made(lead, "product=Atlantis&columns=value,product", "parquet")))
    )
    [row] = table.to_pylist()
    assert (row["value"], row["currency"], row["product"]) == (990.5, "GBP", "Atlantis")
    assert row["at"] == NOON + timedelta(minutes=9)


def test_an_empty_file_is_a_file() -> None:
    shop_days()
    lead = signed_in("lead")
    assert lines(lead, made(lead, "product=Nothing")) == []
    assert parquet.read_table(io.BytesIO(content(lead, made(lead, "product=Nothing", "parquet")))).num_rows == 0


def test_a_marketers_file_says_nothing_of_who_they_are_even_of_somebody_opened() -> None:
    shop_days()
    marketer = signed_in("marketer")
    reveal(customer_of("login", "8801"), User.objects.get(username="marketer"), "to look at the complaint")
    for form in ("csv", "parquet"):
        said = content(marketer, made(marketer, ALL, form)).decode("utf-8", "replace")
        assert "Customer " in said
        for word in ("Ben", "Harrow", "900444", "900555", "8801", "ben@example.com"):
            assert word not in said


def test_nothing_in_a_spreadsheet_is_a_formula() -> None:
    recorded([page(NOON, "=HYPERLINK(1)", BEN_COOKIE, campaign={"name": "@SUM(1)"})])
    lead = signed_in("lead")
    [row] = lines(lead, made(lead))
    assert (row["What happened"], row["Campaign"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


def test_a_file_is_for_who_asked_alone() -> None:
    shop_days()
    extract = made(signed_in("lead"))
    other = signed_in("admin")
    assert other.get(f"/explore/files/{extract.public_id}/")["Location"] == "/explore/files/"
    assert other.post(f"/explore/files/{extract.public_id}/delete/").status_code == 404
    assert str(extract.public_id) not in other.get("/explore/files/").content.decode()


def test_who_may_no_longer_see_it_gets_it_no_more() -> None:
    shop_days()
    lead = signed_in("lead")
    extract, user = made(lead), User.objects.get(username="lead")
    user.groups.set([Group.objects.get_or_create(name="marketer")[0]])
    assert lead.get(f"/explore/files/{extract.public_id}/").status_code == 302
    Extract.objects.filter(pk=extract.pk).update(state="waiting", at=None)
    extracting.make_waiting()
    extract.refresh_from_db()
    assert (extract.state, extract.reason) == ("failed", "who asked for it may not see it any more")


def test_everything_done_with_a_file_is_in_the_audit_log() -> None:
    shop_days()
    lead = signed_in("lead")
    content(lead, extract := made(lead))
    expire(timezone.now() + timedelta(days=2))
    said = AuditEntry.objects.filter(act=Act.EXPORTED).order_by("pk").values_list("subject", flat=True)
    assert [one.rpartition(": ")[2] for one in said] == ["asked for", "made", "downloaded", "gone"]
    assert all(str(extract.public_id) in one for one in said)


def test_a_file_goes_when_its_time_is_over_or_it_is_deleted() -> None:
    shop_days()
    lead = signed_in("lead")
    first, second = made(lead), made(lead)
    lead.post(f"/explore/files/{second.public_id}/delete/")
    assert expire(timezone.now()) == 0
    assert expire(timezone.now() + timedelta(days=1, minutes=1)) == 1
    for extract in (first, second):
        assert not default_storage.exists(f"extracts/{extract.public_id}.csv")
        assert lead.get(f"/explore/files/{extract.public_id}/").status_code == 302
    assert not Extracted.objects.exists()


def erase(number: int) -> None:
    clerk = User.objects.get_or_create(username="clerk")[0]
    other = User.objects.get_or_create(username="other clerk")[0]
    told = {"asked_by": clerk, "checked_by": other, "checked_at": timezone.now(), "reason": "They wrote."}
    Erasure.objects.create(customer_id=number, state=Erasure.State.STARTING, **told)
    carrying.finish_all()


def test_a_file_goes_with_whoever_in_it_is_erased(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    shop_days()
    lead = signed_in("lead")
    bens, others = made(lead, "campaign=Winter sun"), made(lead, "outcome=missed")
    erase(customer_of("login", "8801").pk)
    bens.refresh_from_db()
    assert (bens.state, bens.file, bens.reason) == ("gone", "", "somebody in it was erased; ask for it again")
    assert not default_storage.exists(f"extracts/{bens.public_id}.csv")
    assert default_storage.exists(f"extracts/{others.public_id}.csv")


def test_what_is_being_made_goes_with_whoever_in_it_is_erased(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    shop_days()
    keep = extracting.keep

    def erased_before(*named: Any) -> None:
        erase(Identifier.objects.get(value="8801").customer_id)
        keep(*named)

    monkeypatch.setattr(extracting, "keep", erased_before)
    extract = made(signed_in("lead"))
    assert extract.state == "gone"
    assert not default_storage.exists(f"extracts/{extract.public_id}.csv")


def test_one_whose_maker_died_is_begun_anew_and_given_up_after_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_days()
    lead = signed_in("lead")

    def dies(*_: Any) -> None:
        raise MemoryError

    lead.post("/explore/files/", {"query": "", "format": "csv"})
    for _ in range(extracting.ATTEMPTS):
        with monkeypatch.context() as patched:
            patched.setattr(extracting, "keep", dies)
            with pytest.raises(MemoryError):
                extracting.make_waiting()
        assert not extracting.is_any_waiting()  # somebody may be at it
        Extract.objects.update(at=timezone.now() - timedelta(minutes=3))
        assert extracting.is_any_waiting()
    extracting.make_waiting()
    extract = Extract.objects.get()
    assert (extract.state, extract.attempts) == ("failed", 3)
    assert not default_storage.exists(f"extracts/{extract.public_id}.csv")


def test_progress_is_shown_until_it_is_made() -> None:
    shop_days()
    lead = signed_in("lead")
    lead.post("/explore/files/", {"query": "", "format": "csv"})
    assert 'hx-trigger="load delay:1s"' in lead.get("/explore/files/").content.decode()
    extracting.make_waiting()
    part = lead.get("/explore/files/", headers={"HX-Request": "true"}).content.decode()
    assert "Download" in part
    assert "hx-trigger" not in part


def test_too_many_and_odd_ones_are_refused() -> None:
    lead = signed_in("lead")
    assert "choose CSV" in lead.post("/explore/files/", {"format": "exe"}, follow=True).content.decode()
    for _ in range(extracting.WAITING_EACH + 1):
        answer = lead.post("/explore/files/", {"query": "x" * 9_000, "format": "csv"}, follow=True)
    assert "being made already" in answer.content.decode()
    assert Extract.objects.count() == extracting.WAITING_EACH
