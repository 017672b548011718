"""Transcribing with an engine of one's own: a setting names it, the worker calls it on what it fetched."""

from functools import cache
from pathlib import Path
from typing import Protocol

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from journeys.listening.errors import RecordingDelayed
from journeys.listening.formats.lines import PROVIDER as LINES
from journeys.listening.models import Recording, Transcript
from journeys.listening.said import Heard
from journeys.listening.taking import take

log = structlog.get_logger(__name__)


class Transcriber(Protocol):
    """An engine that writes down what is said. The setting names a function without arguments that makes one."""

    def transcribe(self, sound: Path, content_type: str) -> Heard:
        """The transcript of a sound file (journeys.listening.said.heard makes one fit)."""


@cache
def engine(name: str) -> Transcriber:
    made: Transcriber = import_string(name)()
    return made


def transcribe(recording: Recording, path: Path) -> Transcript | None:
    """Have our own engine write down a recording, where there is one and no transcript with times is there already."""
    timed = recording.conversation.transcripts.filter(is_current=True).exclude(provider=LINES)
    if not settings.TRANSCRIBER or timed.exists():
        return None
    try:
        found = engine(settings.TRANSCRIBER).transcribe(path, recording.content_type)
    except Exception as error:  # whatever an engine of somebody else's raises
        log.warning("listening.transcriber_failed", recording_id=recording.pk, error=type(error).__name__)
        raise RecordingDelayed(f"our own transcriber failed ({type(error).__name__}); it is tried again") from None
    return take(recording.conversation, found, recording=recording)
