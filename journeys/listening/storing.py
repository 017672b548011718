"""Where recordings are kept: Django's storage, files by default. A file on this disk is only ever a copy."""

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.core.files import File
from django.db import transaction

from journeys.listening.models import Recording
from journeys.listening.sound import EXTENSIONS, content_type

HEAD = 64  # bytes that tell what a file is


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one's own for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="throughline-sound-") as folder:
        yield Path(folder)


def keep(recording: Recording, path: Path) -> None:
    """Store a file as the recording's sound. The caller saves the recording. Raises RecordingRefused for no sound."""
    with path.open("rb") as file:
        recording.content_type = content_type(file.read(HEAD))
        file.seek(0)
        recording.digest = hashlib.file_digest(file, "sha256").hexdigest()
        recording.bytes = file.tell()
        file.seek(0)
        before = recording.file.name
        name = f"recordings/{recording.source_id}/{uuid.uuid4().hex}.{EXTENSIONS[recording.content_type]}"
        recording.file.name = recording.file.storage.save(name, File(file))
    forget(recording, before)


def drop(recording: Recording) -> None:
    """Delete the sound; what is known of it stays. The caller saves the recording."""
    forget(recording, recording.file.name)
    recording.file, recording.digest, recording.bytes, recording.peaks = "", "", 0, []


def forget(recording: Recording, name: str | None) -> None:
    """Delete a file once the transaction that no longer names it stands."""
    if name:
        transaction.on_commit(partial(recording.file.storage.delete, name))


def fetch_copy(recording: Recording, target: Path) -> None:
    """A copy of the sound on this disk."""
    with recording.file.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def read_part(recording: Recording, first: int, length: int) -> bytes:
    """Some bytes of the sound. Out of a bucket only these: a player that asks for ranges would fetch all each time."""
    with recording.file.open("rb") as file:
        if stored := getattr(file.file, "obj", None):  # S3's, as django-storages opens it
            part: bytes = stored.get(Range=f"bytes={first}-{first + length - 1}")["Body"].read()
            return part
        file.seek(first)
        return bytes(file.read(length))
