"""WebVTT and SRT: cues with times. Pure. Sources: WebVTT (W3C, 2019), SubRip as its players read it."""

import re
from collections.abc import Iterator
from html import unescape

from journeys.listening.errors import UnreadableTranscript
from journeys.listening.formats.lines import LABEL
from journeys.listening.said import Heard, Said, heard, speaker_named

CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
TIMES = re.compile(rf"^\s*{CLOCK}\s*-->\s*{CLOCK}(?:\s.*)?$")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,80})>")
TAG = re.compile(r"</?[a-z0-9:.][^>]{0,200}>", re.IGNORECASE)
REMEDY = "a cue begins with its times, such as 00:00:01.000 --> 00:00:04.500"


def read_cues(text: str) -> Heard:
    """A transcript in WebVTT or SRT. Raises UnreadableTranscript."""
    provider = "vtt" if text.lstrip("\ufeff").lstrip().startswith("WEBVTT") else "srt"
    firsts: list[str] = []
    found = [said(starts, ends, words, firsts) for starts, ends, words in cues(text)]
    if not found:
        raise UnreadableTranscript(f"no cue was found: {REMEDY}")
    return heard(provider, found)


def cues(text: str) -> Iterator[tuple[int, int, str]]:
    """Each cue's times in ms, and its text."""
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip("\n").split("\n")
        for place, line in enumerate(lines[:3]):  # a number or a name may stand before the times
            if match := TIMES.match(line):
                yield clock(match.groups()[:4]), clock(match.groups()[4:]), "\n".join(lines[place + 1 :])
                break


def clock(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def said(starts: int, ends: int, words: str, firsts: list[str]) -> Said:
    voice = VOICE.search(words)
    plain = unescape(TAG.sub("", words)).strip()
    label = None if voice else LABEL.match(plain)
    name = voice[1].strip() if voice else label[1] if label else ""
    return Said(speaker_named(name, firsts), starts, ends, label[2] if label else plain, (), name)
