"""Recordings are fetched from where they may be and from nowhere else; what goes wrong is said, and tried again."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from journeys.listening import connecting
from journeys.listening.connecting import Limits, download
from journeys.listening.errors import RecordingDelayed, RecordingRefused
from journeys.listening.fetching import claim, credentials, fetch_next
from journeys.listening.models import Conversation, Recording
from journeys.listening.tasks import listen
from journeys.listening.tests.factories import conversation, phones
from journeys.listening.tests.recording_server import Provider, providing
from journeys.tests.factories import user

pytestmark = pytest.mark.django_db
PRIVATE = ["127.0.0.1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "169.254.169.254", "::1", "fe80::1", "fd00::1",
           "0.0.0.0", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "100.64.0.1", "224.0.0.1", "2002:7f00:1::"]  # fmt: skip
REFUSED, MISSING, WAITING, FETCHED = "refused", "missing", "waiting", "fetched"
real_lookup = socket.getaddrinfo


def names(monkeypatch: pytest.MonkeyPatch, answers: Callable[[str], list[str]]) -> None:
    """Have names lead where a test says; addresses lead to themselves."""

    def lookup(host: str, port: int, *args: Any, **options: Any) -> Any:
        found = answers(host) or [host]
        return [entry for one in found for entry in real_lookup(one, port, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[str]:
    settings.RECORDING_HOSTS, settings.RECORDING_NETWORKS = ["recordings.test"], ["127.0.0.0/8"]
    settings.RECORDING_MEGABYTES, settings.RECORDING_SECONDS = 2, 1.0
    names(monkeypatch, lambda host: ["127.0.0.1"] if host == "recordings.test" else [])
    with providing() as address:
        yield address


def fetched(url: str) -> Recording:
    """The recording of a call once the worker has tried to fetch it."""
    found = conversation(recordings=[{"sid": "RE-1", "url": url, "duration": 2}])
    assert fetch_next()
    return found.recordings.get()


def test_a_recording_is_fetched_measured_and_kept(provider: str) -> None:
    found = fetched(f"{provider}/good")
    assert (found.state, found.content_type, found.seconds, found.due_at) == (FETCHED, "audio/wav", 2.0, None)
    assert len(found.peaks) == 400
    assert found.file.size == found.bytes
    assert Conversation.objects.get().has_recording
    assert not fetch_next()


@pytest.mark.parametrize(
    ("path", "state", "reason"),
    [
        ("missing", MISSING, "no such recording"),
        ("page", REFUSED, "web page"),
        ("huge", REFUSED, "larger than 2 MB"),
        ("endless", REFUSED, "larger than 2 MB"),
        ("forbidden", REFUSED, "check the source's credentials"),
        ("packed", REFUSED, "compressed"),
        ("moved", REFUSED, "leads elsewhere"),
        ("flaky", WAITING, "answered 503"),
        ("cut", WAITING, "only in part"),
        ("empty", WAITING, "empty"),
        ("loris/body", WAITING, "in time"),
        ("loris/header", WAITING, "in time"),
    ],
)
def test_what_goes_wrong_is_said_on_the_page(provider: str, path: str, state: str, reason: str) -> None:
    started = time.monotonic()
    found = fetched(f"{provider}/{path}")
    assert time.monotonic() - started < 8
    assert (found.state, bool(found.due_at)) == (state, state == WAITING)
    assert reason in found.reason
    assert not found.file
    page = Client()
    page.force_login(user())
    shown = page.get(f"/calls/{found.conversation.public_id}/").content.decode()
    assert reason.replace("'", "&#x27;") in shown
    assert ("Try again" in shown) == (state != WAITING)


def test_what_may_come_yet_is_tried_again_and_by_the_button_at_once(provider: str) -> None:
    found = fetched(f"{provider}/flaky")
    Recording.objects.update(due_at=timezone.now())
    assert fetch_next()
    found.refresh_from_db()
    assert (found.state, found.reason) == (FETCHED, "")
    refused = Recording.objects.create(
        conversation=found.conversation, source=found.source, sid="RE-2", url=f"{provider}/good", state=REFUSED
    )
    page = Client()
    page.force_login(user())
    page.post(f"/recordings/{refused.pk}/again/")
    listen()
    refused.refresh_from_db()
    assert refused.state == FETCHED


@pytest.mark.parametrize("path", ["moved", "metadata", "elsewhere", "loop"])
def test_no_redirect_is_followed_not_even_to_an_allowed_host(provider: str, path: str) -> None:
    found = fetched(f"{provider}/{path}")
    assert (found.state, [one["path"] for one in Provider.seen]) == (REFUSED, [f"/{path}"])
    assert "leads elsewhere, which is not followed" in found.reason


def test_a_source_that_has_a_password_sends_it(provider: str) -> None:
    phones(settings={"recording_user": "pbx", "recording_password": "secret"})
    assert fetched(f"{provider}/good").state == FETCHED
    assert Provider.seen[0]["Authorization"] == "Basic cGJ4OnNlY3JldA=="


def test_a_password_is_for_the_recordings_own_host() -> None:
    twilio = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"
    source = phones(secret="token")
    assert credentials(source, twilio, "api.twilio.com")["Authorization"] == "Basic QUMxOnRva2Vu"
    assert credentials(source, twilio, "media.twiliocdn.com") == {}


@pytest.mark.parametrize("address", PRIVATE)
def test_no_name_leads_into_a_private_network(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    names(monkeypatch, lambda host: ["93.184.216.34", address] if host == "api.twilio.com" else [])
    found = fetched("https://api.twilio.com/recording")
    assert (found.state, "private network" in found.reason) == (REFUSED, True)


def test_a_link_local_address_is_never_asked_even_where_a_network_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, lambda host: ["169.254.169.254"] if host == "pbx" else [])
    with pytest.raises(RecordingRefused, match="private network"):
        download("http://pbx/", Limits(frozenset({"pbx"}), ("0.0.0.0/0",)), bytes)


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return [] if host != "api.twilio.com" else ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: tuple[str, int], *args: Any) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    names(monkeypatch, rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(RecordingDelayed):
        download("https://api.twilio.com/recording", Limits(frozenset({"api.twilio.com"})), bytes)
    assert (asked, connected) == (["api.twilio.com"], ["93.184.216.34"])


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://api.twilio.com/a", "https://evil.example/api.twilio.com", "https://api.twilio.com@evil/",
     "http://api.twilio.com/plain", "https://user:word@api.twilio.com/", "https://api.twilio.com:99999/",
     "https://api.twilio.com/\r\nHost: evil", "//api.twilio.com/", "https://[::1/", "https://API.TWILIO.COM.evil.example/",
     "gopher://api.twilio.com/", "https://аpi.twilio.com/"],
)  # fmt: skip
def test_what_is_no_recordings_address_is_not_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    names(monkeypatch, lambda host: ["93.184.216.34"])
    monkeypatch.setattr(connecting, "answer", None)  # nothing is connected to
    with pytest.raises(RecordingRefused):
        download(url, Limits(frozenset({"api.twilio.com"})), bytes)


def test_a_worker_that_dies_leaves_the_recording_to_the_next() -> None:
    conversation(recordings=[{"sid": "RE-1", "url": "https://api.twilio.com/a"}])
    taken = claim()
    assert taken
    assert claim() is None  # leased
    Recording.objects.update(due_at=timezone.now() - timedelta(seconds=1))  # the lease is over
    again = claim()
    assert again
    assert again.attempts == 2
    Recording.objects.update(due_at=timezone.now(), attempts=50)
    assert claim() is None
    assert Recording.objects.get().state == REFUSED


def test_a_source_may_leave_its_recordings_with_the_provider() -> None:
    phones(settings={"recordings": "left"})
    found = conversation(recordings=[{"sid": "RE-1", "url": "https://api.twilio.com/a"}])
    assert (found.recordings.get().state, fetch_next()) == (MISSING, False)
