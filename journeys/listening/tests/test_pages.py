"""Calls are found by what was said, read, heard in ranges by those who may, and added to."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from crm.identity.models import Identifier
from journeys.interactions.models import Interaction
from journeys.listening.finding import Asked, chosen
from journeys.listening.models import Conversation, Mood, Play, Recording, Transcript
from journeys.listening.moods import mood_of
from journeys.listening.noticing import note_due
from journeys.listening.settling import settle_batch
from journeys.listening.tests.factories import VTT, conversation, loudness, tone
from journeys.tests.factories import NOON, message, recorded, user

pytestmark = pytest.mark.django_db


def client(role: str = "agent") -> Client:
    made = Client()
    made.force_login(user(role))
    return made


def upload(by: Client, found: Conversation, what: str, content: bytes, name: str = "a.bin") -> str:
    """Upload on the call's page; returns what the page says."""
    address = f"/calls/{found.public_id}/{what}/"
    answer = by.post(address, {"file": SimpleUploadedFile(name, content)}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def heard() -> Recording:
    """A call whose recording was uploaded."""
    found = conversation()
    upload(client(), found, "recording", tone())
    return found.recordings.get()


def sound(recording: Recording, by: Client, **headers: str) -> Any:
    return by.get(f"/recordings/{recording.pk}/sound/", headers=headers)


def test_a_call_is_found_by_what_was_said_and_opens_at_its_second() -> None:
    found = conversation()
    upload(client(), found, "transcript", VTT.encode())
    page = client("lead").get("/calls/?q=bahamas+refund").content.decode()
    assert f'/calls/{found.public_id}/#t=2.5"' in page
    assert "<mark>Bahamas</mark>" in page
    assert "No call has that" in client().get("/calls/?q=zebra").content.decode()
    shown = client().get(f"/calls/{found.public_id}/").content.decode()
    assert 'href="#t=2.5">0:02</a>' in shown


def test_a_call_in_which_a_hidden_topic_is_spoken_of_reaches_no_agent(heard: Recording) -> None:
    found = heard.conversation
    said = VTT.replace("the Bahamas refund", "my diabetes and the Bahamas refund")
    upload(client("admin"), found, "transcript", said.encode())
    own = f"/calls/{found.public_id}/"
    for by in (client("agent"), client("marketer")):
        page = by.get("/calls/?q=bahamas").content.decode()
        assert str(found.public_id) not in page
        assert "diabetes" not in page
        assert str(found.public_id) not in by.get("/api/v1/calls/?q=bahamas").content.decode()
        for address in (own, f"{own}player/", f"/api/v1/calls/{found.public_id}/transcript/"):
            assert by.get(address).status_code in (302, 403, 404)
    assert sound(heard, client("agent")).status_code == 404
    assert "diabetes" in client("admin").get(own).content.decode()
    assert sound(heard, client("admin")).status_code == 200


@pytest.mark.parametrize(
    ("query", "is_found"),
    [("mood=annoyed", True), ("mood=content", False), ("outcome=answered", True), ("outcome=missed", False),
     ("since=2026-11-03&until=2026-11-03", True), ("until=2026-11-02", False), ("recorded=1", False),
     ("agent=nobody", False), ("since=x&mood=x&before=x.y", True)],
)  # fmt: skip
def test_calls_are_filtered(query: str, is_found: bool) -> None:
    found = conversation()
    assert (str(found.public_id) in client().get(f"/calls/?{query}").content.decode()) == is_found


def test_calls_are_filtered_by_a_part_of_a_name_without_a_look_at_every_call() -> None:
    found = conversation(agent="Priya Nair", queue="bahamas")
    at, by = NOON - timedelta(days=1), client()
    others = (Conversation(source=found.source, call_id=f"CA-{n}", interaction_id=found.interaction_id, agent="Tom",
                           queue="general", at=at - timedelta(minutes=n)) for n in range(5_000))  # fmt: skip
    Conversation.objects.bulk_create(others)
    with connection.cursor() as sql:
        sql.execute("ANALYZE journeys_conversation")
    for query, is_found in (("agent=NAIR", True), ("queue=baham", True), ("agent=Nair&queue=gen", False),
                            ("agent=%25", False), ("agent=nobody", False)):  # fmt: skip
        assert (str(found.public_id) in by.get(f"/calls/?{query}").content.decode()) == is_found
    plan = chosen(Asked(agent="nair")).order_by("-at", "-id")[:26].explain()
    assert "conversation_of_agent" in plan
    assert "Seq Scan" not in plan


def test_pages_of_calls_join_without_a_gap() -> None:
    made = {str(conversation(key=f"CA-{number}").public_id) for number in range(27)}
    first = client().get("/calls/")
    rest = client().get(f"/calls/?{first.context['next']}")
    shown = [str(line.conversation.public_id) for page in (first, rest) for line in page.context["lines"]]
    assert (set(shown), len(shown)) == (made, 27)


def test_a_recording_is_heard_in_ranges_and_each_time_noted(heard: Recording) -> None:
    by = client()
    whole = sound(heard, by)
    content = b"".join(whole.streaming_content)
    part = sound(heard, by, range="bytes=100-199")
    end = sound(heard, by, range="bytes=-50")
    assert (part.status_code, part.content, part["Content-Range"]) == (
        206, content[100:200], f"bytes 100-199/{len(content)}"
    )  # fmt: skip
    assert end.content == content[-50:]
    assert sound(heard, by, range=f"bytes={len(content)}-").status_code == 416
    assert sound(heard, by, **{"range": "bytes=0-9", "if-range": '"another"'}).status_code == 200
    assert sound(heard, by, **{"range": "bytes=0-9", "if-range": whole["ETag"]}).status_code == 206
    assert [play.first_byte for play in Play.objects.order_by("pk")] == [0, 100, len(content) - 50, 0, 0]
    assert "sandbox" in whole["Content-Security-Policy"]
    assert (whole["X-Content-Type-Options"], whole["Content-Type"]) == ("nosniff", "audio/wav")
    assert "agent" in by.get(f"/calls/{heard.conversation.public_id}/").content.decode().split("Listened to by")[1]


def test_who_may_not_listen_hears_nothing_and_nothing_is_noted(heard: Recording) -> None:
    assert sound(heard, client("marketer")).status_code == 403
    assert sound(heard, Client()).status_code == 302
    assert client("marketer").post(f"/calls/{heard.conversation.public_id}/transcript/").status_code == 403
    marketer, owner = client("marketer"), heard.conversation.interaction.identifier.customer
    marketer.post(f"/customers/{owner.public_id}/reveal/", {"reason": "Reads what was said of the brochure"})
    page = marketer.get(f"/calls/{heard.conversation.public_id}/").content.decode()
    assert "<audio" not in page
    assert "your role may read the transcript only" in page
    assert not Play.objects.exists()


def test_a_card_number_in_a_transcript_is_silenced_in_the_sound(heard: Recording) -> None:
    said = VTT.replace("I am really annoyed, the", "It is 4111 1111 1111 1111 for the")
    page = upload(client(), heard.conversation, "transcript", said.encode())
    assert "Card numbers and the like were taken out" in page
    heard.refresh_from_db()
    content = heard.file.read()
    assert [loudness(content, *span) > 0 for span in ((0, 2.2), (2.5, 6.0), (6.3, 9))] == [True, False, True]
    stored = " ".join(Transcript.objects.get(is_current=True).segments.values_list("text", flat=True))
    assert "4111" not in stored
    assert "[card number]" in stored
    hits = client().get("/calls/?q=4111").content.decode()
    assert "No call has that" in hits


def test_sound_with_a_card_number_at_an_unknown_time_is_withheld() -> None:
    found = conversation("Ana: And the number?\nAnna: 4111 1111 1111 1111.")
    page = upload(client(), found, "recording", tone())
    recording = found.recordings.get()
    assert recording.state == Recording.State.WITHHELD
    assert not recording.file
    assert "nobody can tell when" in page
    assert sound(recording, client()).status_code == 404


def test_sound_that_cannot_be_silenced_is_withheld() -> None:
    found = conversation()
    said = VTT.replace("I am really annoyed, the", "It is 4111 1111 1111 1111 for the")
    upload(client(), found, "transcript", said.encode())
    page = upload(client(), found, "recording", b"\x00\x00\x00\x20ftypM4A " + b"\x00" * 500)
    assert "MP4 cannot be silenced here" in page
    assert found.recordings.get().state == Recording.State.WITHHELD


@pytest.mark.parametrize(
    ("content", "remedy"),
    [(b"<!doctype html><p>Not here", "a web page, not a recording"), (b"PK\x03\x04" + b"x" * 90, "no sound"),
     (b"", "from 1 byte")],
)  # fmt: skip
def test_what_is_no_recording_is_refused(content: bytes, remedy: str) -> None:
    found = conversation()
    assert remedy in upload(client(), found, "recording", content) or not content
    assert not found.recordings.exists()


@pytest.mark.parametrize(
    ("content", "remedy"),
    [(b"WEBVTT\n\nnothing", "no transcript that can be read"), (b'{"segments": []}', "nothing said"),
     (b'{"segments": [{"text": "a", "starts_ms": "x", "ends_ms": 1}]}', "a time is no number"), (b"\xff\xfe", "UTF-8"),
     (b"{", "begins like JSON")],
)  # fmt: skip
def test_a_transcript_that_cannot_be_read_is_refused_with_the_remedy(content: bytes, remedy: str) -> None:
    found = conversation("")
    assert remedy in upload(client(), found, "transcript", content)
    assert not Transcript.objects.exists()


def test_what_a_person_hands_in_stands_over_what_comes_later() -> None:
    found = conversation()
    upload(client(), found, "transcript", VTT.encode())
    note_due([(found.source_id, found.call_id)])
    settle_batch()
    assert Transcript.objects.get(is_current=True).provider == "vtt"
    assert "was there already" in upload(client(), found, "transcript", VTT.encode())


def test_a_customers_mood_is_of_all_channels() -> None:
    found = conversation()
    identifier = found.interaction.identifier_id
    phone = Identifier.objects.get(pk=identifier)
    assert mood_of([identifier]) == found.mood
    assert found.mood is not None
    assert found.mood < 0
    recorded([message(NOON, "Wonderful, thank you so much, I love it!")])
    written = Interaction.objects.get(channel="social")
    Interaction.objects.filter(pk=written.pk).update(identifier=phone)
    note_due([(written.source_id, written.key)])
    settle_batch()
    assert Mood.objects.count() == 2
    assert (mood_of([identifier]) or -1) > found.mood
    page = client().get(f"/customers/{phone.customer.public_id}/mood/").content.decode()
    assert page.count("<circle") == 2
    assert mood_of([]) is None
