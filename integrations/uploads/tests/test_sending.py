"""Conversions reach the ad platforms once, as those document; what is refused, and what breaks, is told apart."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.uploads import sending
from integrations.uploads.models import Destination, Upload, UploadAnswer, UploadNote
from integrations.uploads.tests.factories import ago, buyer, destination, sale, turn
from integrations.uploads.tests.platforms import Platforms, listening

pytestmark = pytest.mark.django_db
VENDORS = ["google_ads", "ga4", "meta"]
KEPT_BY = {"google_ads": "google", "ga4": "ga4", "meta": "meta"}
CLICKED = {"google_ads": "gclid", "ga4": "gclid", "meta": "fbclid"}


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


def counted(vendor: str) -> list[dict[str, Any]]:
    return list(Platforms.counted[KEPT_BY[vendor]].values())


def states() -> list[str]:
    return list(Upload.objects.order_by("pk").values_list("state", flat=True))


def due_now() -> None:
    Upload.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_conversion_is_told_once(platforms: str, vendor: str) -> None:
    destination(vendor, platforms)
    made = sale(buyer(CLICKED[vendor]))
    turn()
    [one] = counted(vendor)
    assert f"throughline-{made.pk}" in json.dumps(one)
    assert states() == ["sent"]
    assert UploadAnswer.objects.get().fate == "taken"
    assert not UploadNote.objects.exists()


def test_google_is_told_of_the_click_its_time_value_and_consent(platforms: str) -> None:
    destination("google_ads", platforms)
    made = sale(buyer())
    turn()
    [one] = counted("google_ads")
    assert one == {
        "conversionAction": "customers/1234567890/conversionActions/987654",
        "gclid": one["gclid"], "orderId": f"throughline-{made.pk}", "conversionEnvironment": "WEB",
        "conversionDateTime": f"{made.at:%Y-%m-%d %H:%M:%S}+00:00", "conversionValue": 3180.0, "currencyCode": "GBP",
        "consent": {"adUserData": "GRANTED", "adPersonalization": "DENIED"},
    }  # fmt: skip
    assert one["gclid"].startswith("GCLID-b")
    asked = Platforms.asked[-1]
    assert asked.headers["developer-token"] == "dev-token"
    assert asked.path == "/v26/customers/1234567890:uploadClickConversions"


@pytest.mark.parametrize("kind", ["gbraid", "wbraid"])
def test_google_is_told_of_the_click_ids_of_apps(platforms: str, kind: str) -> None:
    destination("google_ads", platforms)
    sale(buyer(kind))
    turn()
    assert kind in counted("google_ads")[0]


def test_google_is_told_of_a_call_where_nobody_clicked(platforms: str) -> None:
    destination("google_ads", platforms, calls={"sale": "55"})
    made = sale(buyer("", 21), 20.9)
    turn()
    [one] = counted("google_ads")
    assert (one["callerId"], one["conversionAction"][-2:]) == (
        made.identifier.customer.identifiers.get(kind="phone").value,
        "55",
    )
    assert one["callStartDateTime"] < one["conversionDateTime"]
    assert Upload.objects.get(conversion=made.pk).call


def test_ga4_is_told_of_the_browser_its_session_and_when(platforms: str) -> None:
    destination("ga4", platforms)
    made = sale(buyer("gclid", 30), 20)
    turn()
    body = Platforms.asked[-1].body
    assert body["client_id"].startswith("11.b")
    assert body["timestamp_micros"] == int(made.at.timestamp() * 1_000_000)
    assert body["consent"] == {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}
    told = body["events"][0]["params"]
    assert (told["value"], told["currency"], told["session_id"]) == (3180.0, "GBP", "77")


def test_meta_is_told_of_nobody_by_what_could_be_read(platforms: str) -> None:
    destination("meta", platforms)
    sale(buyer("fbclid"))
    turn()
    [one] = counted("meta")
    assert one["action_source"] == "phone_call"
    assert set(one["user_data"]) == {"em", "ph", "fbc", "fbp"}
    assert one["user_data"]["fbc"].startswith("fb.1.1")
    assert "911123456" not in json.dumps(Platforms.asked[-1].body)


# What breaks


@pytest.mark.parametrize("fault", [500, 503, 429])
def test_what_their_fault_kept_is_told_later(platforms: str, fault: int) -> None:
    destination("meta", platforms)
    sale(buyer("fbclid"))
    Platforms.faults.append(fault)
    turn(1)
    waiting = Upload.objects.get()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert waiting.due_at
    assert waiting.due_at > timezone.now()
    due_now()
    turn(1)
    assert (states(), len(counted("meta"))) == (["sent"], 1)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_connection_that_drops_after_it_was_taken_doubles_nothing(platforms: str, vendor: str) -> None:
    destination(vendor, platforms)
    sale(buyer(CLICKED[vendor]))
    Platforms.faults.append("drop")
    turn(1)
    due_now()
    turn(1)
    assert (states(), len(counted(vendor))) == (["sent"], 1)
    assert len([one for one in Platforms.asked if one.path != "/token"]) == 2


def test_what_ga4_would_count_twice_is_not_sent_again(platforms: str) -> None:
    destination("ga4", platforms, actions={"sale": "generate_lead"})
    sale(buyer())
    Platforms.faults.append("drop")
    turn(1)
    due_now()
    turn(1)
    one = Upload.objects.get()
    assert (one.state, one.why, len(counted("ga4"))) == ("unsure", "no answer came, and it would count twice", 1)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_worker_that_dies_between_sending_and_noting_doubles_nothing(
    platforms: str, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination(vendor, platforms)
    sale(buyer(CLICKED[vendor]))

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(sending, "keep", die)
        with pytest.raises(KeyboardInterrupt):
            turn(1)
    assert (states(), len(counted(vendor))) == (["waiting"], 1)
    turn(1)
    assert len(Platforms.asked) <= 2  # the lease holds
    due_now()
    turn(1)
    assert (states(), len(counted(vendor))) == (["sent"], 1)


def test_a_token_that_ran_out_is_fetched_once_anew(platforms: str) -> None:
    destination("google_ads", platforms, token="token-of-before", token_until=timezone.now() + timedelta(hours=1))
    sale(buyer())
    turn(1)
    paths = [one.path.rpartition(":")[2] for one in Platforms.asked]
    assert paths == ["uploadClickConversions", "/token", "uploadClickConversions"]
    assert states() == ["sent"]
    assert Destination.objects.get().token == "token-1"


def test_a_token_that_cannot_be_fetched_now_is_fetched_later(platforms: str) -> None:
    made = destination("google_ads", platforms)
    sale(buyer())
    Platforms.token_faults.append(503)
    turn(2)
    made.refresh_from_db()
    waiting = Upload.objects.get()
    assert (waiting.state, waiting.attempts, made.paused_at, bool(made.failing_since)) == ("waiting", 0, None, True)
    due_now()
    turn(1)
    made.refresh_from_db()
    assert (states(), made.failing_since) == (["sent"], None)


@pytest.mark.parametrize(
    ("vendor", "wrong"), [("google_ads", "refresh_token"), ("meta", "access_token")], ids=["google", "meta"]
)
def test_wrong_credentials_pause_the_destination_and_lose_nothing(platforms: str, vendor: str, wrong: str) -> None:
    made = destination(vendor, platforms)
    made.settings = made.settings | {wrong: "wrong"}
    made.save()
    sale(buyer(CLICKED[vendor]))
    turn(2)
    made.refresh_from_db()
    assert (made.paused_for, bool(made.said)) == ("access", True)
    waiting = Upload.objects.get()
    assert (waiting.state, waiting.attempts) == ("waiting", 0)


def test_of_a_request_that_fails_in_part_the_others_are_taken(platforms: str) -> None:
    destination("google_ads", platforms)
    first, second, third = (sale(buyer()) for _ in range(3))
    turn(0)
    Platforms.unknown.add(f"GCLID-{second.identifier.value}-secret")
    turn()
    found = dict(Upload.objects.values_list("conversion", "state"))
    assert found == {first.pk: "sent", second.pk: "refused", third.pk: "sent"}
    refused = Upload.objects.get(conversion=second.pk)
    assert (refused.why, refused.answers.get().code) == ("click not found", "CLICK_NOT_FOUND")
    assert "Cj0K" not in json.dumps(list(UploadAnswer.objects.values("said", "code")))


def test_one_event_that_meta_refuses_costs_no_other(platforms: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would refuse the whole request: what is too old is not put into one, and what is wrong is found by halving."""
    destination("meta", platforms)
    made = [sale(buyer("fbclid", 30), 20) for _ in range(4)]
    old = sale(buyer("fbclid", 24 * 9), 24 * 8)
    monkeypatch.setattr(Platforms, "is_fit", lambda _, one: not one["event_id"].endswith(f"-{made[2].pk}"))
    turn()
    found = dict(Upload.objects.values_list("conversion", "state"))
    assert found == {one.pk: "sent" for one in made} | {made[2].pk: "refused", old.pk: "left out"}
    assert Upload.objects.get(conversion=old.pk).why == "Meta takes nothing older than 7 days"


def test_a_click_of_just_now_is_told_once_google_knows_of_it(platforms: str) -> None:
    destination("google_ads", platforms)
    sale(buyer("gclid", 2), 1)
    turn(1)
    one = Upload.objects.get()
    assert (one.state, one.attempts, len(Platforms.asked)) == ("waiting", 0, 0)
    assert one.due_at
    assert ago(0) + timedelta(hours=3.9) < one.due_at < ago(0) + timedelta(hours=4.1)


def test_a_destination_that_fails_for_five_days_is_paused(platforms: str) -> None:
    destination("meta", platforms, failing_since=timezone.now() - timedelta(days=5))
    sale(buyer("fbclid"))
    Platforms.faults.append(500)
    turn(1)
    assert Destination.objects.get().paused_for == "failing"


def test_nothing_is_sent_into_a_private_network() -> None:
    destination("meta", "https://127.0.0.1")
    sale(buyer("fbclid"))
    turn(1)
    assert "private network" in UploadAnswer.objects.get().said


def test_what_is_kept_of_what_was_sent_tells_nobody(platforms: str) -> None:
    for vendor in VENDORS:
        destination(vendor, platforms, is_by_click=vendor != "meta")
    sale(buyer("gclid", login="zebra"))
    turn()
    kept = json.dumps(list(Upload.objects.values("shown", "why", "told_as")))
    assert states() == ["sent"] * 3
    assert not [word for word in ("zebra", "911123456", "secret", "@") if word in kept]
    assert "(" in kept
