"""The demonstration data is sent to the doors, as fast as the machine can."""

import pytest
from django.conf import settings

from integrations.demo.letters import WEB
from integrations.demo.loading import ensure_sources, send
from integrations.demo.posting import Post
from integrations.errors import Rejected
from integrations.inbox.models import Pending

pytestmark = pytest.mark.django_db(transaction=True)


def tracks(count: int, write_key: str) -> list[Post]:
    body = b'{"messageId": "%d", "anonymousId": "a", "event": "Seen", "writeKey": "%s"}'
    return [Post("/v1/track", {}, body % (number, write_key.encode()), 1) for number in range(count)]


def test_a_fast_machine_is_not_refused_for_sending_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ADDRESS_RATE", 1)
    send(tracks(30, ensure_sources()[WEB].write_key), lambda _: None)
    assert Pending.objects.count() == 30


def test_what_a_door_refuses_is_said_as_one_error() -> None:
    with pytest.raises(Rejected, match="/v1/track answered 401"):
        send(tracks(3, "nobodys"), lambda _: None)
