"""Adding a recording or a transcript by hand, on the call's page or through the API."""

import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from journeys.listening.errors import RecordingRefused, UnreadableTranscript
from journeys.listening.fetching import note_fetched
from journeys.listening.formats.reading import read_transcript
from journeys.listening.models import Conversation, Recording
from journeys.listening.said import MOST_BYTES
from journeys.listening.sound import content_type
from journeys.listening.storing import HEAD, scratch
from journeys.listening.taking import take


def add_transcript(found: Conversation, file: "UploadedFile[bytes]", by: User | None) -> str:
    """Take a transcript; returns what became of it, for people. Raises UnreadableTranscript."""
    if file.size and file.size > MOST_BYTES:
        raise UnreadableTranscript(f"a transcript is at most {MOST_BYTES // 1_000_000} MB")
    return take_written(found, file.read(), by)


def take_written(found: Conversation, content: bytes, by: User | None) -> str:
    made = take(found, read_transcript(content), by=by)
    if made is None:
        return "This transcript was there already."
    parts = [f"The transcript was added ({made.segments.count()} segments)."]
    if made.redacted:
        parts.append("Card numbers and the like were taken out of it.")
    if made.notes:
        parts.append(f"Note: {'; '.join(made.notes)}.")
    return " ".join(parts)


def add_recording(found: Conversation, file: "UploadedFile[bytes]", by: User) -> str:
    """Take a recording; returns what became of it, for people. Raises RecordingRefused."""
    if not file.size or file.size > settings.RECORDING_MEGABYTES * 1_000_000:
        raise RecordingRefused(f"a recording is from 1 byte to {settings.RECORDING_MEGABYTES} MB")
    content_type(file.read(HEAD))
    file.seek(0)
    with scratch() as folder, transaction.atomic():
        path = folder / "sound"
        with path.open("wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
        made = Recording.objects.create(
            conversation=found, source_id=found.source_id, sid=f"upload-{uuid.uuid4().hex}", uploaded_by=by
        )
        note_fetched(made, path)
    return made.reason or "The recording was added."
