"""Recordings in an S3 bucket: the worker, the web server and a real S3 server, with nothing but the settings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import Client

from journeys.listening.models import Recording
from journeys.listening.tests.bucket_server import Bucket, keeping
from journeys.listening.tests.factories import VTT, conversation, loudness, tone
from journeys.listening.tests.recording_server import providing
from journeys.tests.factories import user
from journeys.tests.serving import Served, served, surroundings

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "4111 1111 1111 1111"
WORK = "from journeys.listening.working import work; work()"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    with keeping(tmp_path / "bucket.log") as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("THROUGHLINE_RECORDING_HOSTS", "127.0.0.1")
    monkeypatch.setenv("THROUGHLINE_RECORDING_NETWORKS", "127.0.0.0/8")
    with providing() as address:
        yield address.replace("recordings.test", "127.0.0.1")


def work() -> None:
    """A turn of the worker's, in a process of its own."""
    environment = {**os.environ, **surroundings()}
    command = [sys.executable, "manage.py", "shell", "-c", WORK]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def browser(server: Served) -> httpx.Client:
    """An agent who is signed in."""
    signed = Client()
    signed.force_login(user())
    return httpx.Client(base_url=server.url, cookies={"sessionid": signed.cookies["sessionid"].value}, timeout=30)


def hand_in(by: httpx.Client, call: str, what: str, content: bytes) -> None:
    """Upload a transcript or a recording on the call's page."""
    by.get(call)
    asked = {"X-CSRFToken": by.cookies["csrftoken"], "Referer": str(by.base_url)}
    assert by.post(f"{call}{what}/", files={"file": ("a.bin", content)}, headers=asked).status_code == 302


def with_card(number: int) -> bytes:
    """A transcript in which a card number is said within the first two seconds."""
    return VTT.replace("Good morning, how can I help?", f"It is {CARD}, {number}.").encode()


def test_a_recording_is_kept_heard_in_ranges_silenced_and_erased_in_a_bucket(bucket: Bucket, provider: str) -> None:
    found = conversation("", recordings=[{"sid": "RE-1", "url": f"{provider}/good", "duration": 2}])
    work()
    recording = Recording.objects.get()
    assert (recording.state, recording.content_type, bucket.names()) == ("fetched", "audio/wav", [recording.file.name])
    assert bucket.content(str(recording.file.name)) == tone(2)
    assert bucket.grantees(str(recording.file.name)) == []
    call, sound = f"/calls/{found.public_id}/", f"/recordings/{recording.pk}/sound/"
    with served() as server, browser(server) as agent:
        assert agent.get(sound).content == tone(2)
        before = bucket.partial_answers()
        part = agent.get(sound, headers={"Range": "bytes=1000-1999"})
        assert bucket.partial_answers() == before + 1  # no more than that part was fetched
        assert (part.status_code, part.content) == (206, tone(2)[1000:2000])
        assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(tone(2))}"
        assert bucket.environment["AWS_ENDPOINT_URL_S3"] not in agent.get(call).text

        hand_in(agent, call, "transcript", with_card(1))
        recording.refresh_from_db()
        assert bucket.names() == [recording.file.name]  # the sound of before is gone
        assert loudness(agent.get(sound).content, 0.6, 1.9) == 0

        hand_in(agent, call, "recording", tone(1))  # nobody can tell in which of two the number is said
        hand_in(agent, call, "transcript", with_card(2))
        recording.refresh_from_db()
        assert (recording.state, bucket.names()) == ("withheld", [])
        assert agent.get(sound).status_code == 404
