"""The ingest door: what is taken is stored, what is refused is told why, and neither is lost."""

import asyncio
import gzip
from typing import Any

import orjson
import pytest
from django.db import OperationalError

from crm.sources.models import Source
from integrations.inbox import draining
from integrations.inbox.draining import drain_all
from integrations.inbox.models import Delivery, FailedDelivery, Pending, Rejection
from integrations.inbox.reconciling import Balance, balances
from integrations.inbox.replaying import replay
from integrations.inbox.tests.asking import ask, ask_many, basic
from journeys.interactions.arrived import Noted
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints go nowhere: these tests drain for themselves."""
    for module in ("door", "replaying"):
        monkeypatch.setattr(f"integrations.inbox.{module}.hint", lambda: None)


@pytest.fixture
def shop() -> Source:
    return Source.objects.create(name="shop", adapter="segment", namespace="shop")


def track(number: int, **more: object) -> dict[str, object]:
    return {
        "type": "track", "event": "Quote", "messageId": f"m{number}", "anonymousId": "a1",
        "timestamp": "2026-11-03T11:28:00Z", **more,
    }  # fmt: skip


def balance() -> Balance:
    (found,) = balances()
    return found


def test_a_batch_is_stored_before_it_is_acknowledged_and_then_recorded(shop: Source) -> None:
    batch = orjson.dumps({"batch": [track(n) for n in range(20)]})
    assert ask("/v1/batch", batch, headers=basic(shop.write_key)).status == 200
    assert Delivery.objects.count() == Pending.objects.count() == 20
    assert drain_all() == 20
    assert Interaction.objects.count() == 20
    assert balance().difference == 0


def test_a_redelivery_is_counted_and_changes_nothing(shop: Source) -> None:
    for _ in range(3):
        ask("/v1/track", orjson.dumps(track(1)), headers=basic(shop.write_key))
    drain_all()
    found = balance()
    assert (found.sent, found.recorded, found.duplicates, found.difference) == (3, 1, 2, 0)


def test_a_bad_event_is_parked_with_its_reason_while_its_neighbours_go_in(shop: Source) -> None:
    bad = {"type": "track", "messageId": "bad", "event": "x", "timestamp": "2026-11-03T11:28:00Z"}
    answer = ask("/v1/batch", orjson.dumps({"batch": [track(1), bad, track(2)]}), headers=basic(shop.write_key))
    assert answer.status == 200
    assert answer.json()["failed"][0]["messageId"] == "bad"
    drain_all()
    assert Interaction.objects.count() == 2
    assert "userId" in FailedDelivery.objects.get().reason
    assert (balance().failed, balance().difference) == (1, 0)


def test_a_poison_event_is_bisected_out_and_tried_again_before_it_is_parked(
    shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from journeys.interactions import recording

    ask("/v1/batch", orjson.dumps({"batch": [track(n) for n in range(9)]}), headers=basic(shop.write_key))
    keep = recording.interaction_row

    def poisoned(item: Noted, *rest: Any) -> tuple[Any, ...]:
        if item.draft.key == "m4":
            raise ValueError("cannot be stored")
        return keep(item, *rest)

    monkeypatch.setattr(recording, "interaction_row", poisoned)
    drain_all()
    assert Interaction.objects.count() == 8
    waiting = Pending.objects.get()
    assert (waiting.attempts, "cannot be stored" in waiting.reason) == (1, True)
    for _ in range(6):
        Pending.objects.update(available_at="2020-01-01T00:00:00Z")
        drain_all()
    failed = FailedDelivery.objects.get()
    assert failed.attempts == 6
    assert balance().difference == 0
    monkeypatch.setattr(recording, "interaction_row", keep)
    assert replay([failed.pk]) == 1
    drain_all()
    assert Interaction.objects.count() == 9
    assert (balance().failed, balance().recorded, balance().difference) == (0, 9, 0)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "word"),
    [
        ("/v1/track", b"{}", {}, 401, "write key"),
        ("/v1/track", b"{}", basic("wk_nobody"), 401, "write key"),
        ("/in/src_nobody/", b"{}", {}, 404, "source"),
        ("/v1/track", b"not json", "KEY", 400, "JSON"),
        ("/v1/nothing", b"{}", "KEY", 404, ""),
        ("/v1/track", gzip.compress(b"{}" * 9, mtime=0)[:9], "GZIP", 400, "gzip"),
        ("/v1/batch", gzip.compress(b"0" * 50_000_000, mtime=0), "GZIP", 400, ""),
        ("/v1/track", b"[" * 100_000, "KEY", 400, ""),
        ("/v1/batch", b'{"batch":[' + b"1" * 600_000 + b"]}", "KEY", 400, ""),
        ("/v1/track", b'{"messageId":"x","event":"' + b"y" * 40_000 + b'"}', "KEY", 400, "32"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(
    shop: Source, path: str, body: bytes, headers: object, status: int, word: str
) -> None:
    given = basic(shop.write_key) if headers in ("KEY", "GZIP") else headers
    assert isinstance(given, dict)
    if headers == "GZIP":
        given |= {"content-encoding": "gzip"}
    answer = ask(path, body, headers=given)
    assert answer.status in (status, 413 if status == 400 else status)
    assert word.lower() in answer.json()["error"].lower()


def test_a_sender_that_signs_in_only_when_asked_is_asked() -> None:
    inbox = Source.objects.create(name="inbox", adapter="amazon_ses", namespace="inbox", is_trusted=True)
    answer = ask(
        inbox.endpoint, orjson.dumps({"Type": "Notification"}), headers={"x-amz-sns-message-type": "Notification"}
    )
    assert answer.status in (401, 403)
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_a_head_request_is_answered_without_a_body() -> None:
    inbox = Source.objects.create(name="inbox", adapter="mandrill", namespace="inbox", is_trusted=True)
    answer = ask(inbox.endpoint, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


def test_rejections_of_a_known_source_are_counted(shop: Source) -> None:
    for _ in range(3):
        ask("/v1/track", b"not json", headers=basic(shop.write_key))
    assert balance().rejected == 3
    assert Rejection.objects.get().times == 3


@pytest.mark.parametrize("path", ["/v1/batch", "/in/{}/"])
def test_a_body_that_is_too_large_is_heard_out_refused_and_counted(shop: Source, path: str) -> None:
    body = b'{"batch":[' + b"1" * 600_000 + b"]}"
    answer = ask(path.format(shop.public_id), body, headers=basic(shop.write_key))
    assert (answer.status, answer.unread) == (413, 0)
    assert "512000 bytes" in answer.json()["error"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (balance().sent, balance().rejected) == (1, 1)


def test_a_body_that_is_too_large_to_show_its_key_is_refused_for_its_size(shop: Source) -> None:
    body = orjson.dumps({"writeKey": shop.write_key, "batch": [track(1, properties={"x": "y" * 600_000})]})
    assert ask("/v1/batch", body).status == 413
    assert ask("/v1/batch", body, query=f"writeKey={shop.write_key}").status == 413
    assert balance().rejected == 1


def test_many_requests_at_once_share_transactions_and_all_are_stored(shop: Source) -> None:
    bodies = [orjson.dumps(track(number)) for number in range(200)]
    requests = [("/v1/track", body, "POST", basic(shop.write_key), "") for body in bodies]
    answers = asyncio.run(ask_many([*requests, *requests[:50]]))
    assert {answer.status for answer in answers} == {200}
    assert Delivery.objects.count() == 200
    drain_all()
    assert (balance().recorded, balance().duplicates, balance().difference) == (200, 50, 0)


def test_a_browser_may_ask_from_another_origin(shop: Source) -> None:
    answer = ask("/v1/t", method="OPTIONS", headers={"origin": "https://shop.example"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_nul_bytes_surrogates_and_strange_ids_lose_no_neighbour(shop: Source) -> None:
    nasty = (
        b'{"batch":[{"type":"track","event":"a\\u0000b","messageId":"n1","userId":42},'
        b'{"type":"track","event":"\\ud800","messageId":"n2","userId":"u"},'
        b'{"type":"track","event":"ok","messageId":"n3","userId":"u"}]}'
    )
    assert ask("/v1/batch", nasty, headers=basic(shop.write_key)).status == 200
    drain_all()
    assert Interaction.objects.filter(key__in=["n1", "n2", "n3"]).count() == 3


def test_a_chunk_that_postgresql_has_no_room_for_is_halved_until_it_fits(
    shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("/v1/batch", orjson.dumps({"batch": [track(n) for n in range(300)]}), headers=basic(shop.write_key))
    keep, tried = draining.drain_chunk, []

    def cramped(limit: int) -> int:
        tried.append(limit)
        if limit > 100:
            raise OperationalError("out of shared memory")
        return keep(limit)

    monkeypatch.setattr(draining, "drain_chunk", cramped)
    monkeypatch.setattr(draining, "PAUSE", 0)
    assert draining.drain(30) == 300
    assert tried[:6] == [2000, 1000, 500, 250, 125, 62]
