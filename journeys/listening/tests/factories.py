"""Calls to listen to: a phone line, a call with a transcript, sound that really is some."""

import io
import wave
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.sources.models import Source
from journeys.interactions.recording import Arrival, record
from journeys.listening.adding import add_recording, add_transcript
from journeys.listening.models import Conversation
from journeys.listening.noticing import note_words
from journeys.listening.settling import settle_batch
from journeys.tests.factories import NOON, NUMBERS, call, source, user

RATE = 8_000
SAID = """Ana: Good morning, how can I help?
Anna: I am really annoyed, the Bahamas refund is still missing.
Ana: I am sorry."""
VTT = """WEBVTT

00:00:00.500 --> 00:00:02.000
<v Agent>Good morning, how can I help?

00:00:02.500 --> 00:00:06.000
<v Customer>I am really annoyed, the Bahamas refund is still missing.

00:00:05.500 --> 00:00:09.000
<v Agent>That is dreadful. I will put it right today.
"""


def phones(**options: Any) -> Source:
    return source("phone line", "twilio", is_trusted=True, **options)


def conversation(body: str = SAID, key: str = "", **data: Any) -> Conversation:
    """A call that was recorded and that the worker has looked at."""
    draft = call(NOON, key=key or f"CA-listen-{next(NUMBERS)}", **data)
    draft.body = body
    arrival = Arrival(phones(), draft)
    record([arrival])
    note_words([arrival])
    while settle_batch():
        pass
    return Conversation.objects.get(source=phones(), call_id=draft.key)


def heard_call() -> Conversation:
    """A call with a transcript, a recording that can be heard, and one that could not be fetched."""
    found = conversation(recordings=[{"sid": f"RE{next(NUMBERS)}", "url": "", "duration": 9}])
    someone = user()
    add_transcript(found, SimpleUploadedFile("call.vtt", VTT.encode()), someone)
    add_recording(found, SimpleUploadedFile("call.wav", tone()), someone)
    return found


def tone(seconds: float = 10.0, rate: int = RATE) -> bytes:
    """A WAV file that hums from beginning to end."""
    samples = (np.sin(np.arange(int(seconds * rate)) * 0.3) * 12_000).astype("<i2")
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return made.getvalue()


def loudness(content: bytes, starts: float, ends: float) -> int:
    """How loud a WAV file is at most between two seconds."""
    with wave.open(io.BytesIO(content)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return int(np.abs(samples[int(starts * rate) : int(ends * rate)]).max(initial=0))
