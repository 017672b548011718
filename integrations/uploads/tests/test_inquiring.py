"""What Google's Data Manager accepts is pending until it says what became of it: told once, and asked for till then."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from integrations.uploads import inquiring, sending
from integrations.uploads.inquiring import inquire
from integrations.uploads.models import Destination, Upload, UploadAnswer
from integrations.uploads.sending import send
from integrations.uploads.tests.data_manager import DataManagerApi, faults
from integrations.uploads.tests.factories import ago, buyer, destination, sale, turn
from integrations.uploads.tests.hearing import api, hear, questions, sent, told, values
from integrations.uploads.tests.platforms import Platforms, listening

pytestmark = pytest.mark.django_db
BY_PHONE = "911123456"


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


@pytest.fixture
def made(platforms: str) -> Destination:
    return destination("data_manager", platforms)


# It is told once, and is pending until they say


def test_what_is_accepted_is_pending_under_their_number_until_it_is_counted(made: Destination) -> None:
    sold = sale(buyer())
    turn()
    one = Upload.objects.get()
    assert (one.state, one.request, one.attempts) == ("pending", next(iter(api().requests)), 1)
    assert one.due_at
    assert timedelta(minutes=29) < one.due_at - timezone.now() < timedelta(minutes=31)
    assert (api().counted, questions()) == ({}, 0)
    hear(1)
    one = Upload.objects.get()
    assert (one.state, one.due_at, values(), len(sent())) == ("sent", None, [3180.0], 1)
    assert list(api().counted) == [f"throughline-{sold.pk}"]
    assert [answer.fate for answer in one.answers.all()] == ["taken", "pending"]


def test_google_is_told_of_the_click_its_time_value_and_consent(made: Destination) -> None:
    made.settings |= {"login_customer_id": "5555555555"}
    made.save()
    sold = sale(buyer())
    turn()
    [body] = sent()
    assert body == {
        "encoding": "HEX",
        "destinations": [{
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
            "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "5555555555"},
            "productDestinationId": "987654",
        }],
        "events": [{
            "transactionId": f"throughline-{sold.pk}", "eventTimestamp": f"{sold.at:%Y-%m-%dT%H:%M:%S.%f}Z",
            "eventSource": "WEB", "conversionValue": 3180.0, "currency": "GBP",
            "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_DENIED"},
            "adIdentifiers": {"gclid": body["events"][0]["adIdentifiers"]["gclid"]},
        }],
    }  # fmt: skip
    assert Platforms.asked[-1].headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize("kind", ["gbraid", "wbraid"])
def test_the_click_ids_of_apps_are_told(made: Destination, kind: str) -> None:
    sale(buyer(kind))
    turn()
    assert list(sent()[0]["events"][0]["adIdentifiers"]) == [kind]


def test_whoever_did_not_click_is_found_by_hashes_where_all_are_told(platforms: str) -> None:
    destination("data_manager", platforms, is_by_click=False)
    sale(buyer("", login="zebra"))
    turn()
    hear()
    [event] = sent()[0]["events"]
    assert {name for one in event["userData"]["userIdentifiers"] for name in one} == {"emailAddress", "phoneNumber"}
    assert not [word for word in ("zebra", BY_PHONE, "@") if word in json.dumps(sent())]
    assert told() == [("made", "sent", "")]


def test_what_they_still_work_on_is_asked_for_ever_less_often(made: Destination) -> None:
    sale(buyer())
    turn()
    api().busy, waits = 4, []
    for minutes in (30, 69, 120, 180):
        at = timezone.now()
        Upload.objects.update(sent_at=at - timedelta(minutes=minutes), due_at=at)
        inquire(5)
        due_at = Upload.objects.get().due_at
        assert due_at
        waits.append(round((due_at - at).total_seconds() / 60))
    assert waits == [39, 51, 60, 60]  # as Google proposes
    assert (questions(), UploadAnswer.objects.count()) == (4, 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [("unknown", "CLICK_NOT_FOUND"), ("consent", "DENIED_CONSENT"), ("old", "EVENT_TOO_OLD")],
)
def test_what_fails_there_is_refused_by_their_word_and_costs_no_other(made: Destination, wrong: str, code: str) -> None:
    first, second = sale(buyer()), sale(buyer())
    turn()
    events = [one for [(_, one)] in api().requests.values()]
    bad = next(one for one in events if one["transactionId"] == f"throughline-{second.pk}")
    if wrong == "unknown":
        api().unknown.add(bad["adIdentifiers"]["gclid"])
    elif wrong == "consent":
        bad["consent"]["adUserData"] = "CONSENT_DENIED"
    else:
        bad["eventTimestamp"] = "2026-01-01T00:00:00Z"
    hear()
    found = dict(Upload.objects.values_list("conversion", "state"))
    assert found == {first.pk: "sent", second.pk: "refused"}
    refused = Upload.objects.get(conversion=second.pk)
    assert (refused.why, refused.answers.latest("pk").code) == (code.replace("_", " ").lower(), code)


def test_a_click_that_google_does_not_know_yet_is_told_again_as_the_same(made: Destination) -> None:
    sold = sale(buyer())
    api().fresh.add(f"GCLID-{sold.identifier.value}-secret")
    turn()
    hear(1)
    one = Upload.objects.get()
    assert (one.state, one.why, one.sent_at) == ("waiting", "too recent click", None)
    assert one.due_at
    assert one.due_at > timezone.now() + timedelta(hours=5)
    api().fresh.clear()
    Upload.objects.update(due_at=timezone.now())
    send(5)
    hear()
    assert (told(), values()) == ([("made", "sent", "")], [3180.0])


def test_requests_and_questions_go_out_no_faster_than_google_allows(
    made: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(sending, "time", SimpleNamespace(sleep=naps.append, monotonic=time.monotonic))
    for _ in range(3):
        sale(buyer())
    turn()
    assert len(naps) == 2
    hear()
    assert len(naps) == 5
    assert {0 <= one <= 60 / 240 for one in naps} == {True}


def test_what_they_never_say_is_in_the_end_not_known(made: Destination) -> None:
    sale(buyer())
    turn()
    api().busy = 9
    Upload.objects.update(sent_at=ago(24 * 7 - 1))
    hear(1)
    assert told()[0][1] == "pending"
    Upload.objects.update(sent_at=ago(24 * 7 + 1))
    hear(1)
    assert told() == [("made", "unsure", "they did not say within 7 days what became of it")]


def test_what_nobody_asked_for_as_long_as_it_could_be_is_not_known(made: Destination) -> None:
    sale(buyer())
    turn()
    Destination.objects.update(paused_at=timezone.now())
    for days, state in ((49, "pending"), (51, "unsure")):
        Upload.objects.update(sent_at=ago(24 * days))
        hear(1)
        assert told()[0][1] == state
    assert (told()[0][2], questions()) == ("they were not asked in time what became of it", 0)


def test_a_request_that_they_know_nothing_of_is_not_known_either(made: Destination) -> None:
    sale(buyer())
    turn()
    api().requests.clear()
    hear()
    assert told() == [("made", "unsure", "they know nothing of the request any more")]
    assert UploadAnswer.objects.latest("pk").code.startswith("INVALID_REQUEST_ID")


# What breaks


@pytest.mark.parametrize("fault", [500, 429, "drop"])
def test_a_question_that_is_not_answered_is_asked_again_and_nothing_is_sent_again(
    made: Destination, fault: Any
) -> None:
    sale(buyer())
    turn()
    Platforms.faults.append(fault)
    hear(1)
    made.refresh_from_db()
    assert (told()[0][1], bool(made.failing_since)) == ("pending", True)
    hear(1)
    made.refresh_from_db()
    assert (told()[0][1], made.failing_since, len(sent())) == ("sent", None, 1)


def test_a_connection_that_drops_after_it_was_accepted_doubles_nothing(made: Destination) -> None:
    sale(buyer())
    Platforms.faults.append("drop")
    turn(1)
    assert told()[0][1] == "waiting"
    Upload.objects.update(due_at=timezone.now())
    turn(1)
    for number in list(api().requests):
        api().status(number)
    hear()
    assert (told(), values(), len(sent())) == ([("made", "sent", "")], [3180.0], 2)


def test_a_worker_that_dies_between_asking_and_noting_has_it_asked_again_and_nothing_sent_twice(
    made: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale(buyer())
    turn()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    Upload.objects.update(due_at=timezone.now())
    with monkeypatch.context() as dying:
        dying.setattr(inquiring, "keep", die)
        with pytest.raises(KeyboardInterrupt):
            inquire(5)
    inquire(5)
    assert (questions(), told()[0][1]) == (1, "pending")  # the lease holds
    hear()
    assert (told()[0][1], len(sent()), values()) == ("sent", 1, [3180.0])


def test_wrong_credentials_pause_the_destination_and_what_is_pending_stays_so(made: Destination) -> None:
    sale(buyer())
    turn()
    made.refresh_from_db()
    made.settings, made.token = made.settings | {"refresh_token": "wrong"}, ""
    made.save()
    hear()
    made.refresh_from_db()
    assert (made.paused_for, told()[0][1], len(sent())) == ("access", "pending", 1)


def test_one_event_that_is_refused_at_once_costs_no_other(made: Destination) -> None:
    first, second = sale(buyer()), sale(buyer())
    api_ingest = DataManagerApi.ingest

    def strict(self: DataManagerApi, body: Any) -> Any:
        if body["events"][0]["transactionId"] == f"throughline-{second.pk}":
            body["events"][0].pop("currency")
        return api_ingest(self, body)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DataManagerApi, "ingest", strict)
        turn()
    hear()
    assert dict(Upload.objects.values_list("conversion", "state")) == {first.pk: "sent", second.pk: "refused"}
    answer = UploadAnswer.objects.get(upload__conversion=second.pk)
    assert answer.code == "INVALID_CURRENCY_CODE INVALID_ARGUMENT 400"
    assert "Cj0K" not in json.dumps(list(UploadAnswer.objects.values("said", "code")))


def test_the_server_keeps_the_documented_limits() -> None:
    fit = {
        "destinations": [{"operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                          "productDestinationId": "1"}],
        "events": [{"eventTimestamp": "2026-11-01T00:00:00Z", "eventSource": "WEB", "currency": "GBP",
                    "adIdentifiers": {"gclid": "x"}}],
    }  # fmt: skip
    assert list(faults(fit)) == []
    many = fit | {"events": fit["events"] * 2_001}
    assert [reason for _, reason in faults(many)] == ["TOO_MANY_EVENTS"]
    half = [("1", {**fit["events"][0], "transactionId": str(n), "consent": {"adUserData": f"CONSENT_{word}"}})
            for n, word in enumerate(("GRANTED", "DENIED"))]  # fmt: skip
    assert DataManagerApi().work(half)["requestStatus"] == "PARTIAL_SUCCESS"


def test_nobody_is_told_of_without_consent(made: Destination) -> None:
    sale(buyer(agrees=False))
    turn()
    assert (sent(), told()) == ([], [("made", "left out", "no consent")])


def test_what_is_kept_of_what_was_sent_tells_nobody(platforms: str) -> None:
    destination("data_manager", platforms, is_by_click=False)
    sale(buyer(login="zebra"))
    turn()
    hear()
    kept = json.dumps(list(Upload.objects.values("shown", "why", "told_as")))
    assert "conversionValue" in kept
    hashes = [value for one in sent()[0]["events"][0]["userData"]["userIdentifiers"] for value in one.values()]
    assert len(hashes) == 2
    assert not [word for word in ("zebra", BY_PHONE, "secret", "@", *hashes) if word in kept]
