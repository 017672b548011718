"""Sound: what a file is by its first bytes, its waveform, and silence over spans of it."""

import wave
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import miniaudio
import numpy as np

from journeys.listening.errors import RecordingRefused

PEAKS = 400  # of a waveform
PAD = 150  # ms on both sides of what is silenced: a transcript's times are not exact
FRAMES = 65_536  # decoded at once
EXTENSIONS = {
    "audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "ogg", "audio/mp4": "m4a",
    "audio/webm": "webm", "audio/aac": "aac",
}  # fmt: skip


class Sound(NamedTuple):
    """What is known of a sound once it was decoded. peaks: loudness, 0 to 100, at even distances."""

    seconds: float
    peaks: list[int]


def content_type(head: bytes) -> str:
    """What a file is, by its first bytes. Raises RecordingRefused for what is no sound that a browser plays."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "audio/wav"
    for start, found in ((b"fLaC", "audio/flac"), (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"),
                         (b"\x1a\x45\xdf\xa3", "audio/webm")):  # fmt: skip
        if head.startswith(start):
            return found
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/aac" if head[1] & 0x06 == 0 else "audio/mpeg"
    if head.lstrip()[:1] == b"<":
        raise RecordingRefused("what came is a web page, not a recording")
    raise RecordingRefused("what came is no sound: WAV, MP3, FLAC, Ogg, MP4, WebM or AAC are")


def measured(path: Path) -> Sound | None:
    """The length and waveform of a file; None for what cannot be decoded here (AAC, MP4, WebM, Opus)."""
    try:
        told = miniaudio.get_file_info(str(path))
        if not told.num_frames or not told.sample_rate:
            return None
        loudest = np.zeros(PEAKS, dtype=np.int32)
        place = 0
        for samples in decoded(path, 1, told.sample_rate):
            loud = np.abs(np.frombuffer(samples, dtype=np.int16).astype(np.int32))
            buckets = np.minimum((np.arange(place, place + len(loud)) * PEAKS) // told.num_frames, PEAKS - 1)
            np.maximum.at(loudest, buckets, loud)
            place += len(loud)
    except (miniaudio.MiniaudioError, ValueError):
        return None
    return Sound(round(place / told.sample_rate, 2), (loudest * 100 // 32_768).tolist())


def decoded(path: Path, channels: int, rate: int) -> Iterator["array[int]"]:
    """A file's samples (16 bit), some at a time."""
    yield from miniaudio.stream_file(str(path), miniaudio.SampleFormat.SIGNED16, channels, rate, frames_to_read=FRAMES)


def silence(path: Path, spans: Sequence[tuple[int, int]], target: Path) -> bool:
    """Write a file as WAV with silence over spans (ms); False where it cannot be decoded, and nothing was written."""
    try:
        told = miniaudio.get_file_info(str(path))
        parts = decoded(path, told.nchannels, told.sample_rate)
        with wave.open(str(target), "wb") as out:
            out.setnchannels(told.nchannels)
            out.setsampwidth(2)
            out.setframerate(told.sample_rate)
            place = 0
            for samples in parts:
                frames = np.array(samples, dtype="<i2").reshape(-1, told.nchannels)
                for starts, ends in spans:
                    first = max(0, (starts - PAD) * told.sample_rate // 1000 - place)
                    last = max(0, (ends + PAD) * told.sample_rate // 1000 - place)
                    frames[first:last] = 0
                out.writeframes(frames.tobytes())
                place += len(frames)
    except (miniaudio.MiniaudioError, ValueError, wave.Error):
        target.unlink(missing_ok=True)
        return False
    return True
