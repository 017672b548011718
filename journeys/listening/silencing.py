"""Silencing in the sound what was taken out of the transcript; sound that cannot be silenced is withheld."""

from collections.abc import Sequence
from pathlib import Path

from journeys.listening.models import Conversation, Recording, Transcript
from journeys.listening.sound import EXTENSIONS, content_type, measured, silence
from journeys.listening.storing import HEAD, drop, fetch_copy, keep, scratch

NO_TIMES = "a card number or the like is said, and nobody can tell when: add a transcript with times, then try again"
NO_FORMAT = (
    "a card number or the like is said, and {} cannot be silenced here: upload it as WAV, MP3, FLAC or Ogg Vorbis"
)


def silence_what_is_said(conversation: Conversation, transcript: Transcript) -> None:
    """Have the sound of a call follow its new transcript."""
    for recording in conversation.recordings.select_for_update().order_by("pk"):
        if recording.state == Recording.State.FETCHED:
            with scratch() as folder:
                path = folder / "sound"
                fetch_copy(recording, path)
                follow(recording, transcript, path)
            recording.save()
        elif recording.state == Recording.State.WITHHELD and recording.url and times_of(recording, transcript):
            recording.start_again()


def follow(recording: Recording, transcript: Transcript | None, path: Path) -> None:
    """Keep a file as the recording's sound, silenced where its transcript says so. The caller saves the recording."""
    with path.open("rb") as file:
        recording.content_type = content_type(file.read(HEAD))
    path = path.rename(path.with_suffix(f".{EXTENSIONS[recording.content_type]}"))  # its decoder goes by the name
    spans = times_of(recording, transcript) if transcript else []
    if spans is None:
        withhold(recording, NO_TIMES)
        return
    fresh = [span for span in spans if list(span) not in recording.silenced]
    if fresh:
        silent = path.with_name("silenced.wav")
        if not silence(path, spans, silent):
            withhold(recording, NO_FORMAT.format(recording.content_type.removeprefix("audio/").upper() or "it"))
            return
        path = silent
    if fresh or not recording.file:
        keep(recording, path)
        found = measured(path)
        recording.seconds, recording.peaks = (found.seconds, found.peaks) if found else (recording.seconds, [])
        recording.silenced = [list(span) for span in spans]
    recording.state, recording.reason = Recording.State.FETCHED, ""


def withhold(recording: Recording, reason: str) -> None:
    """Serve it no more, and keep no copy: what was said must not be stored."""
    drop(recording)
    recording.state, recording.reason, recording.due_at = Recording.State.WITHHELD, reason, None


def times_of(recording: Recording, transcript: Transcript) -> list[tuple[int, int]] | None:
    """What is to be silenced in a recording; None where that is not known."""
    if transcript.recording_id not in (None, recording.pk):
        return [(starts, ends) for starts, ends in recording.silenced]
    taken: Sequence[Sequence[int | None]] = transcript.redacted
    if not taken:
        return []
    is_of_another = transcript.recording_id is None and recording.conversation.recordings.count() > 1
    if is_of_another or any(starts is None for starts, _ in taken):
        return None
    return [(starts, ends) for starts, ends in taken if starts is not None and ends is not None]
