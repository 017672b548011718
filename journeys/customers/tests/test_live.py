"""Live streams: who may listen, what they hear, and what a hundred of them cost."""

import asyncio
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
from django.db import connection
from django.test import Client

from crm.hub import Hub
from crm.identity.models import Customer, Identifier
from journeys.customers.tests.conftest import signed_in_cookie
from journeys.tests.factories import NOON, annas_journey, call, recorded
from journeys.tests.serving import Served

pytestmark = pytest.mark.django_db(transaction=True)
VIEWERS = 30


def wait_until(is_so: object, seconds: float = 8.0) -> None:
    """Return once a condition holds; fail when it does not in time."""
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def news(lines: Iterator[str]) -> None:
    """Read a stream up to the next news."""
    for line in lines:
        if line == "event: news":
            return
    raise AssertionError("the stream ended")


def listeners() -> int:
    """The connections of the test database that listen."""
    with connection.cursor() as sql:
        sql.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
        )
        return int(sql.fetchone()[0])


def connections() -> int:
    with connection.cursor() as sql:
        sql.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(sql.fetchone()[0])


def address(server: Served, customer: Customer) -> str:
    return f"{server.url}/customers/{customer.public_id}/live/"


def test_a_stream_tells_of_news_and_of_nothing_else(server: Served) -> None:
    customer = annas_journey()
    cookies = signed_in_cookie("agent")
    with httpx.stream("GET", address(server, customer), cookies=cookies, timeout=10) as response:
        assert response.headers["content-type"] == "text/event-stream"
        lines = response.iter_lines()
        news(lines)  # it listens from here on
        recorded([call(NOON)])
        news(lines)


def test_a_stream_of_an_old_id_is_that_of_the_customer_that_stands(server: Served) -> None:
    annas_journey()
    old = Identifier.objects.get(kind="cookie", value="c-anna-phone").origin
    with httpx.stream("GET", address(server, old), cookies=signed_in_cookie("agent"), timeout=10) as response:
        lines = response.iter_lines()
        news(lines)
        recorded([call(NOON)])
        news(lines)


def test_many_viewers_share_one_listener_and_hold_no_connection_and_no_thread(server: Served) -> None:
    customer = annas_journey()
    cookies = signed_in_cookie("agent")
    httpx.get(f"{server.url}/customers/", cookies=cookies)
    threads, held = server.threads(), connections()
    limits = httpx.Limits(max_connections=VIEWERS)
    with httpx.Client(cookies=cookies, timeout=20, limits=limits) as client:
        streams = [client.stream("GET", address(server, customer)) for _ in range(VIEWERS)]
        opened = [stream.__enter__() for stream in streams]
        heard = [response.iter_lines() for response in opened]
        for lines in heard:
            news(lines)
        wait_until(lambda: listeners() == 1)
        wait_until(lambda: server.threads() <= threads + 3)
        wait_until(lambda: connections() <= held + 2)
        recorded([call(NOON)])
        for lines in heard:
            news(lines)
        for stream in streams:
            stream.__exit__(None, None, None)
    wait_until(lambda: listeners() == 0)


def test_a_stream_that_lost_the_database_listens_again_and_tells_to_catch_up(server: Served) -> None:
    customer = annas_journey()
    with httpx.stream("GET", address(server, customer), cookies=signed_in_cookie("agent"), timeout=10) as response:
        lines = response.iter_lines()
        news(lines)
        with connection.cursor() as sql:
            sql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' "
                        "AND datname = current_database()")  # fmt: skip
        news(lines)
        recorded([call(NOON)])
        news(lines)


async def test_who_comes_as_the_last_one_leaves_is_told() -> None:
    hub = Hub()
    with hub.news_of("1") as event:
        await asyncio.wait_for(event.wait(), 10)
    with hub.news_of("1") as event:
        await asyncio.wait_for(event.wait(), 10)


async def test_who_comes_while_another_is_there_is_told_at_once() -> None:
    hub = Hub()
    with hub.news_of("1") as first:
        await asyncio.wait_for(first.wait(), 10)
        with hub.news_of("2") as second:
            await asyncio.wait_for(second.wait(), 0.1)


def test_nobody_listens_without_signing_in(client: Client) -> None:
    assert client.get(f"/customers/{annas_journey().public_id}/live/").status_code == 302


def test_nobody_listens_to_a_customer_that_is_not_there(server: Served) -> None:
    url = f"{server.url}/customers/{uuid.uuid4()}/live/"
    assert httpx.get(url, cookies=signed_in_cookie("agent")).status_code == 404
