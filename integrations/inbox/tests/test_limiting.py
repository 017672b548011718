"""How often the doors let somebody ask; the broker and the cache are not asked about it."""

import asyncio
from typing import Any

import orjson
import pytest
from django.test import Client
from rest_framework.views import APIView

from crm.limiting import Buckets
from crm.privacy import throttling
from crm.privacy.models import ApiKey
from crm.sources.models import Source
from integrations.inbox import door
from integrations.inbox.tests.asking import Answered, answered, basic
from integrations.tracking import views

pytestmark = pytest.mark.django_db(transaction=True)
OUTSIDE = "198.51.100.7"


@pytest.fixture(autouse=True)
def _tight(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IS_BEHIND_PROXY = True  # so that the address can be told
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                                   "LOCATION": "redis://127.0.0.1:1/0"}}  # fmt: skip
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.KEY_RATE, settings.ADDRESS_RATE = 2, 1
    monkeypatch.setattr(throttling, "ASKERS", Buckets(1, burst=3))
    monkeypatch.setattr(throttling, "WRONG_KEYS", Buckets(1, burst=3))
    monkeypatch.setattr(views, "VISITORS", Buckets(1, burst=3))


async def sent(source: Source, times: int, key: str = "", address: str = OUTSIDE) -> list[Answered]:
    """So many single events of one address."""
    headers = basic(key or source.write_key) | {"x-forwarded-for": address}
    body = orjson.dumps({"anonymousId": "c-1", "event": "Looked"})
    try:
        return [await answered("/v1/track", body, "POST", headers, "") for _ in range(times)]
    finally:
        await door.doors.pop(asyncio.get_running_loop()).close()


@pytest.fixture
def shop(transactional_db: None) -> Source:
    return Source.objects.create(name="shop", adapter="segment", namespace="shop")


@pytest.fixture
def server(transactional_db: None) -> Source:
    return Source.objects.create(name="server", adapter="segment", namespace="shop", is_trusted=True)


def statuses(answers: list[Answered]) -> dict[int, int]:
    found = [answer.status for answer in answers]
    return {status: found.count(status) for status in set(found)}


async def test_a_browser_that_asks_too_often_has_to_wait(shop: Source) -> None:
    answers = await sent(shop, 13)
    assert statuses(answers) == {200: 10, 429: 3}
    [last] = [answer for answer in answers if answer.status == 429][:1]
    assert last.headers["retry-after"]
    assert "too many requests from this address" in last.json()["error"]


async def test_servers_of_ones_own_have_no_limit_but_their_keys(server: Source) -> None:
    assert statuses(await sent(server, 25)) == {200: 20, 429: 5}


async def test_whoever_has_no_key_is_soon_not_even_looked_up(shop: Source) -> None:
    assert statuses(await sent(shop, 14, key="wk_guess")) == {401: 10, 429: 4}


def test_an_api_key_that_asks_too_often_has_to_wait_and_others_do_not() -> None:
    clients = [Client(headers={"authorization": f"Bearer {ApiKey.issue(name, 'agent')[1]}"}) for name in "ab"]
    told = [clients[0].get("/api/v1/customers/") for _ in range(5)]
    assert [answer.status_code for answer in told] == [200, 200, 200, 429, 429]
    assert int(told[-1]["Retry-After"]) >= 1
    assert clients[1].get("/api/v1/customers/").status_code == 200


def test_whoever_guesses_api_keys_has_to_wait() -> None:
    guesser = Client(headers={"authorization": "Bearer tl_guess", "x-forwarded-for": OUTSIDE})
    assert [guesser.get("/api/v1/customers/").status_code for _ in range(5)] == [401, 401, 401, 429, 429]


def test_nobody_takes_all_the_tracking_numbers() -> None:
    visitor = Client(headers={"x-forwarded-for": OUTSIDE})
    told = [visitor.post("/t/wk_none/number", "{}", content_type="text/plain").status_code for _ in range(5)]
    assert told == [404, 404, 404, 429, 429]


def test_every_view_of_the_api_is_held_to_it() -> None:
    assert APIView.throttle_classes == [throttling.KeyThrottle]
