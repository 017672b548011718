"""The real segment-analytics-python, unchanged but for the host, against the adapter over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from segment.analytics import request as client_requests
from segment.analytics.client import Client

from integrations.segment.tests.listening import Listener, listening

WHEN = datetime(2026, 5, 28, 12, tzinfo=UTC)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found
    client_requests._session.close()


def client(listener: Listener, **options: Any) -> Client:
    def failed(error: Exception, _: object) -> None:
        raise error

    return Client("wk_web", host=listener.url, on_error=failed, max_retries=0, **options)


@pytest.mark.parametrize("gzip", [False, True])
def test_every_call_of_the_python_client_arrives(listener: Listener, gzip: bool) -> None:
    sender = client(listener, sync_mode=True, gzip=gzip)
    sender.identify("97980cfea0067", {"email": "jane.okafor@example.com", "firstName": "Jane"}, timestamp=WHEN)
    sender.track("97980cfea0067", "Quote Requested", {"destination": "Nassau", "total": 1800}, timestamp=WHEN)
    sender.page("97980cfea0067", "Holidays", "Bahamas", {"url": "https://holidays.example/bahamas"}, timestamp=WHEN)
    sender.screen("97980cfea0067", "App", "My bookings", timestamp=WHEN)
    sender.group("97980cfea0067", "g-1", {"name": "Okafor & Sons"}, timestamp=WHEN)
    sender.alias("507f191e810c19729de860ea", "97980cfea0067", timestamp=WHEN)
    assert [draft.kind for draft in listener.drafts] == ["identify", "track", "page", "screen", "group", "alias"]
    assert {draft.occurred_at for draft in listener.drafts} == {WHEN}
    assert listener.one("identify").traits == {"given_name": "Jane"}
    assert listener.one("track").data["properties"] == {"destination": "Nassau", "total": "1800"}
    assert listener.one("page").title == "Bahamas"
    assert [seen.kind for seen in listener.one("alias").identifiers] == ["login", "cookie"]
    assert all(("content-encoding" in request.headers) == gzip for request in listener.requests)


def test_the_python_client_sends_batches_in_the_background(listener: Listener) -> None:
    sender = client(listener, upload_size=20)
    for number in range(50):
        sender.track(anonymous_id=f"a-{number}", event=f"Event {number}", timestamp=WHEN)
    sender.shutdown()
    assert {draft.title for draft in listener.drafts} == {f"Event {number}" for number in range(50)}
    assert len({draft.key for draft in listener.drafts}) == 50
    assert len(listener.requests) < 50


def test_the_python_client_is_told_why_it_was_refused(listener: Listener) -> None:
    sender = Client("wk_of_another", host=listener.url, sync_mode=True, max_retries=0)
    with pytest.raises(client_requests.APIError, match="not this source's") as refusal:
        sender.track("u", "Quote Requested")
    assert refusal.value.status == 401
    assert listener.drafts == []
