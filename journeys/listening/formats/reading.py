"""A transcript in any of the formats, told by what is in it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from journeys.listening.errors import UnreadableTranscript
from journeys.listening.formats.amazon import read_contact_lens, read_transcribe
from journeys.listening.formats.cues import read_cues
from journeys.listening.formats.ours import read_segments
from journeys.listening.formats.twilio import read_sentences
from journeys.listening.said import MOST_BYTES, Heard

# The member that each JSON format has.
JSON_FORMATS: tuple[tuple[str, Callable[[Mapping[str, Any]], Heard]], ...] = (
    ("segments", read_segments),
    ("sentences", read_sentences),
    ("Transcript", read_contact_lens),
    ("results", read_transcribe),
)
KNOWN = "WebVTT, SRT, or the JSON of Twilio, Amazon Transcribe, Contact Lens or our own"


def read_transcript(content: bytes) -> Heard:
    """A transcript in whichever format it is. Raises UnreadableTranscript."""
    if len(content) > MOST_BYTES:
        raise UnreadableTranscript(f"a transcript is at most {MOST_BYTES // 1_000_000} MB")
    text = decoded(content)
    if text.lstrip().startswith(("{", "[")):
        return read_json(text)
    if "-->" in text:
        return read_cues(text)
    raise UnreadableTranscript(f"this is no transcript that can be read: give {KNOWN}")


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableTranscript("this is no text in UTF-8; save it as UTF-8") from None


def read_json(text: str) -> Heard:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise UnreadableTranscript("this begins like JSON and is none") from None
    for member, read in JSON_FORMATS:
        if isinstance(document, dict) and isinstance(document.get(member), list | dict):
            return read(document)
    raise UnreadableTranscript(f"this JSON is no transcript that is known: give {KNOWN}")
