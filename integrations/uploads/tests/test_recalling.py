"""Whoever is erased is taken back from ad platforms, as far as they let us, and the certificate says what is not."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.models import Customer
from crm.privacy.erasing.carrying import do_piece, finish_all
from crm.privacy.erasing.certifying import certificate
from crm.privacy.erasing.models import Erasure, ErasureNotice
from crm.privacy.tests.signing import signed_in
from integrations.uploads.models import Destination, Recall, Upload
from integrations.uploads.recalling import take_back
from integrations.uploads.tests.factories import ago, buyer, destination, sale, turn
from integrations.uploads.tests.platforms import Platforms, listening

pytestmark = pytest.mark.django_db
State = Erasure.State


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


def erased(customer: Customer, **told: Any) -> Erasure:
    made = Erasure.objects.create(customer_id=customer.pk, state=State.STARTING, reason="They wrote to us.", **told)
    finish_all()
    made.refresh_from_db()
    assert made.state == State.DONE
    assert not Upload.objects.exists()
    return made


def notice(of: Erasure) -> tuple[int, int, int, str]:
    """(waiting, told, left, why) of the only one who was told."""
    [one] = certificate(of)["notices"]
    assert one["remedy"]
    return one["waiting"], one["told"], one["left"], one["why"]


def test_google_is_told_to_take_back_what_it_was_told_of_whoever_is_erased(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    sale(customer)
    sale(customer, value="12.00")
    turn()
    made = erased(customer)
    assert notice(made) == (2, 0, 0, "")
    assert not take_back(5)
    assert [bool(one.get("retracted")) for one in Platforms.counted["google"].values()] == [True, True]
    assert notice(made) == (0, 2, 0, "")
    assert not Recall.objects.exists()


def test_google_is_told_no_more_of_them_than_the_number_of_the_conversion(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer(login="zebra")
    sale(customer)
    turn()
    erased(customer)
    kept = json.dumps(list(Recall.objects.values()), default=str)
    take_back(5)
    sent = json.dumps(Platforms.asked[-1].body)
    for text in (kept, sent):
        assert not [word for word in ("zebra", "911123456", "GCLID", "@") if word in text]


def test_a_refund_tells_ga4_and_its_browser_is_kept_sealed_until_then(platforms: str) -> None:
    destination("ga4", platforms)
    customer = buyer(login="zebra")
    sale(customer)
    turn()
    made = erased(customer)
    [kept] = Recall.objects.raw("SELECT id, client AS told_as FROM integrations_recall")
    assert kept.told_as.startswith("sealed:")
    take_back(5)
    refund = next(one for key, one in Platforms.counted["ga4"].items() if key.startswith("refund"))
    assert refund["params"]["value"] == 3180.0
    assert notice(made) == (0, 1, 0, "")
    assert not Recall.objects.exists()


@pytest.mark.parametrize(
    ("vendor", "clicked", "told", "why"),
    [
        ("meta", "fbclid", {}, "Meta takes nothing back"),
        ("google_ads", "wbraid", {}, "Google Ads takes back nothing that was told by wbraid"),
        (
            "data_manager",
            "gclid",
            {},
            "Google’s Data Manager changes nothing without the click, which is not known here any more",
        ),
        ("ga4", "gclid", {"actions": {"sale": "phone_sale"}}, "GA4 takes back nothing but purchases"),
    ],
)
def test_what_stays_there_is_said_with_why_and_what_is_left_to_do(
    platforms: str, vendor: str, clicked: str, told: dict[str, Any], why: str
) -> None:
    destination(vendor, platforms, **told)
    customer = buyer(clicked)
    sale(customer)
    turn()
    made, asked = erased(customer), len(Platforms.asked)
    take_back(5)
    assert (notice(made), len(Platforms.asked)) == ((0, 0, 1, why), asked)
    page = signed_in("privacy").get(f"/erasures/{made.public_id}/").content.decode()
    assert "Who else was told" in page
    assert ErasureNotice.objects.get().remedy in page


def test_what_is_refused_is_said_to_stay(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    sale(customer)
    turn()
    made = erased(customer)
    Platforms.counted["google"].clear()
    take_back(5)
    assert notice(made) == (0, 0, 1, "conversion not found")


def test_a_fault_is_tried_again_but_what_would_count_twice(platforms: str) -> None:
    for vendor in ("google_ads", "ga4"):
        destination(vendor, platforms)
    customer = buyer()
    sale(customer)
    turn()
    made = erased(customer)
    Platforms.faults.extend([503, 503])
    take_back(5)
    by_whom = {one.whom: (one.waiting, one.left) for one in ErasureNotice.objects.filter(erasure=made)}
    assert by_whom == {
        "ga4 account (Google Analytics 4)": (0, 1), "google_ads account (Google Ads)": (1, 0)
    }  # fmt: skip
    Recall.objects.update(due_at=timezone.now())
    take_back(5)
    assert ErasureNotice.objects.get(whom__startswith="google").told == 1


def test_what_was_never_told_is_not_taken_back(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer(agrees=False)
    sale(customer)
    turn()
    assert certificate(erased(customer))["notices"] == []


@pytest.mark.parametrize("of", ["is_replayed", "is_aged"])
def test_neither_a_rule_of_retention_nor_a_restored_backup_takes_back(platforms: str, of: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    sale(customer)
    turn()
    Upload.objects.update(identifier_id=customer.identifiers.earliest("pk").pk)
    subject = {"identifiers": list(customer.identifiers.values_list("pk", flat=True)), "customers": [customer.pk]}
    erased(customer, subject=subject | {"since": timezone.now().isoformat()}, **{of: True})
    assert not Recall.objects.exists()
    assert not ErasureNotice.objects.exists()


def test_what_was_on_its_way_while_they_were_erased_is_taken_back_once_it_has_come(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    sale(customer)
    turn(0)
    Platforms.faults.append("drop")
    turn(1)
    made = erased(customer)
    take_back(5)
    assert notice(made) == (1, 0, 0, "")  # its lease has not run out
    Recall.objects.update(due_at=timezone.now())
    take_back(5)
    assert notice(made) == (0, 1, 0, "")


def test_an_account_that_is_removed_or_silent_is_said_to_keep_it(platforms: str) -> None:
    there = destination("google_ads", platforms)
    customer, other = buyer(), buyer()
    for one in (customer, other):
        sale(one)
    turn()
    Destination.objects.update(paused_at=timezone.now())
    made = Erasure.objects.create(customer_id=customer.pk, state=State.STARTING)
    while do_piece():
        pass
    take_back(5)
    assert notice(made)[:3] == (1, 0, 0)
    Recall.objects.update(created_at=ago(24 * 31))
    take_back(5)
    assert notice(made) == (0, 0, 1, "nothing was answered for 30 days")
    Destination.objects.filter(pk=there.pk).update(removed_at=timezone.now() - timedelta(days=1))
    made = erased(other)
    assert notice(made) == (0, 0, 1, "the account was removed here")
