"""A little of `manage.py benchmark doors`, in this process: no error of ours, and nothing inside gets out."""

import random
from collections.abc import Mapping

import orjson
import pytest
from django.test import Client

from crm.privacy.models import ApiKey
from crm.sources.models import Source
from integrations.adapter import Request
from integrations.benchmarks import doors, guided, parsing
from integrations.errors import Rejected
from integrations.inbox.receiving import facts
from integrations.inbox.tests.asking import ask
from integrations.sources import SOURCES
from journeys.tests.factories import annas_journey

pytestmark = pytest.mark.django_db(transaction=True)
FEW = 12


def to_the_door(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    answer = ask(path.partition("?")[0], body, method, headers)
    return answer.status, answer.body


def to_django(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = headers.get("Cookie", "").partition("=")[2]
    told = {name: value for name, value in headers.items() if name == "Authorization"}
    answer = client.generic(method, path, body, headers.get("Content-Type", ""), headers=told)
    return answer.status_code, b"" if answer.streaming else answer.content


def test_no_parser_falls_over_what_is_sent_to_it() -> None:
    found = {name: parsing.crashes(adapter, 40, random.Random(11), doors.CANARY) for name, adapter in SOURCES.items()}
    assert {name: fell for name, fell in found.items() if fell} == {}


def test_bodies_that_grow_towards_new_code_find_what_a_parser_falls_over() -> None:
    fell = guided.crashes("integrations.benchmarks.tests.falling:Falling", [b'{"a": {"b": 1}}'], 20_000, 7)
    assert fell == ["KeyError"]
    assert guided.crashes("segment", parsing.known_to(SOURCES["segment"]), 200, 7) == []


def test_no_door_answers_with_an_error_of_ours_nor_with_what_is_inside() -> None:
    for name, adapter in SOURCES.items():
        source = Source.objects.create(name=name, adapter=name, namespace=name, secret=doors.SECRET)
        asked = doors.webhooks(adapter, source.endpoint, source.write_key, random.Random(11))
        tally = doors.answered(asked, to_the_door, FEW)
        assert (tally.requests, tally.errors, tally.leaks) == (FEW, {}, {}), name


def test_nor_does_the_api_nor_a_page() -> None:
    annas_journey()
    described = orjson.loads(Client().get("/api/v1/schema/?format=json").content)
    token = ApiKey.issue("doors", "admin")[1]
    for asked in (doors.operations(described["paths"], token, random.Random(3)), doors.pages(random.Random(3))):
        tally = doors.answered(asked, to_django, 150)
        assert (tally.errors, tally.leaks) == ({}, {})


@pytest.mark.parametrize("path", ["/t/%00/number", "/t/a%00b.js", "/unsubscribe/%00/", "/desk/drafts/%00/"])
def test_an_address_with_a_nul_in_it_leads_nowhere(path: str) -> None:
    client = Client(raise_request_exception=False)
    assert client.post(path).status_code == client.get(path).status_code == 404


@pytest.mark.parametrize("body", [
    '"{}"', '{{"items": "{}"}}', '{{"events": "{}"}}', '{{"object": "page", "entry": "{}"}}',
    '{{"object": "page", "entry": [{{"id": "1", "messaging": "{}"}}]}}',
])  # fmt: skip
def test_a_text_where_a_list_should_be_is_not_an_event_a_letter(body: str) -> None:
    request = Request("POST", "https://x.example/in/x/", "", "", {"content-type": "application/json"},
                      body.format("x" * 70_000).encode())  # fmt: skip
    for name in ("sparkpost", "brevo", "mailtrap", "meta"):
        with pytest.raises(Rejected):
            SOURCES[name].split(request, facts(Source(name=name, adapter=name, namespace=name)))


def test_what_is_wrong_would_be_found() -> None:
    tally = doors.Tally()
    tally.note("GET /", 500, b"Traceback (most recent call last)")
    tally.note("GET /", 400, f"no {doors.CANARY} here".encode())
    tally.note("GET /", 200, doors.CANARY.encode())
    assert tally.errors == {"GET /": 1}
    assert set(tally.leaks) == {"GET /: Traceback", f"GET /: {doors.CANARY}"}
