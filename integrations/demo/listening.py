"""Calls of the demonstration that can really be heard: spoken by espeak-ng where it is installed, else hummed in the
transcript's timing. Nothing of it is kept in the repository.
"""

import io
import re
import shutil
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from crm.sources.models import Source
from integrations.demo.letters import CALLS
from journeys.interactions.models import Interaction
from journeys.listening.fetching import note_fetched
from journeys.listening.models import Conversation, Recording
from journeys.listening.said import AGENT, Heard, Said, heard
from journeys.listening.settling import settle
from journeys.listening.storing import scratch
from journeys.listening.taking import said_of, take

HEARD = 30  # calls
RATE = 11_025
PAUSE = 350  # ms between two speakers
VOICES = {AGENT: ("en-gb+f3", 178), "customer": ("en-gb+m3", 165)}
HUM = {AGENT: 180.0, "customer": 120.0}
WORD = re.compile(r"\S+")
Samples = NDArray[np.int16]


def read_newest_calls() -> None:
    """Look at the newest calls with words now, at all the others the worker looks later."""
    said = Interaction.objects.filter(source__name=CALLS, channel="call").exclude(body="")
    with transaction.atomic():
        settle(list(said.order_by("-occurred_at")[:HEARD]))


def make_calls_heard() -> int:
    """Give the newest calls with words their sound, unless they have it; returns how many can be heard."""
    source = Source.objects.filter(name=CALLS).first()
    waiting = Recording.objects.filter(source=source, file="", conversation__transcripts__is_current=True)
    chosen = list(waiting.select_related("conversation").order_by("-conversation__at", "pk")[:HEARD])
    voice = shutil.which("espeak-ng")
    said = [said_in(one.conversation) for one in chosen]
    with ThreadPoolExecutor() as pool:
        spoken = list(pool.map(partial(speak, voice=voice), said))
    for recording, (samples, found) in zip(chosen, spoken, strict=True):
        keep(recording, samples, found)
    return Recording.objects.filter(source=source).exclude(file="").count()


def said_in(found: Conversation) -> list[Said]:
    return said_of(found.transcripts.get(is_current=True).segments.order_by("position"))


def speak(segments: list[Said], voice: str | None) -> tuple[Samples, Heard]:
    """What was said as sound, and the transcript with the times at which it is."""
    pieces, timed, place = [np.zeros(RATE // 4, np.int16)], list[Said](), 250
    for one in segments:
        sound = spoken(one, voice) if voice else hummed(one)
        length = len(sound) * 1000 // RATE
        timed.append(Said(one.speaker, place, place + length, one.text, (), one.name))
        pieces += [sound, np.zeros(RATE * PAUSE // 1000, np.int16)]
        place += length + PAUSE
    return np.concatenate(pieces), heard("demonstration", timed)


def spoken(one: Said, program: str) -> Samples:
    """A sentence by the speech program; what it cannot say is hummed."""
    voice, speed = VOICES.get(one.speaker, VOICES[AGENT])
    command = [program, "-v", voice, "-s", str(speed), "--stdout", "--stdin"]
    answer = subprocess.run(command, input=one.text.encode(), capture_output=True, check=False, timeout=30)
    if answer.returncode or len(answer.stdout) <= 44:
        return hummed(one)
    samples = np.frombuffer(answer.stdout[44:], dtype="<i2")  # past the WAV header, whose length a stream leaves open
    places = np.arange(0, len(samples) - 1, 22_050 / RATE)  # at half of its rate: half of the bytes
    return samples[places.astype(np.int64)].astype(np.int16)


def hummed(one: Said) -> Samples:
    """A tone for each word, as long as the word."""
    parts = []
    for word in WORD.findall(one.text):
        length = RATE * (90 + 45 * min(len(word), 14)) // 1000
        ramp = np.minimum(1.0, np.minimum(np.arange(length), np.arange(length)[::-1]) / 300)
        tone = np.sin(np.arange(length) * 2 * np.pi * HUM.get(one.speaker, 150.0) / RATE) * ramp * 7_000
        parts += [tone.astype(np.int16), np.zeros(RATE * 60 // 1000, np.int16)]
    return np.concatenate(parts) if parts else np.zeros(1, np.int16)


def keep(recording: Recording, samples: Samples, found: Heard) -> None:
    """Have a recording's sound be these samples, and its call's transcript the timed one."""
    with scratch() as folder:
        path = folder / "sound"
        path.write_bytes(as_wav(samples))
        take(recording.conversation, found, recording=recording)
        note_fetched(recording, path)


def as_wav(samples: Samples) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return made.getvalue()
