"""Our own JSON: {"segments": [{"speaker", "starts_ms", "ends_ms", "text", "words": [...]}]}. Pure; README.md has it."""

from collections.abc import Mapping
from typing import Any

from journeys.listening.formats.shapes import entries, number, text_of
from journeys.listening.said import Heard, Said, Word, heard, speaker_named


def read_segments(document: Mapping[str, Any]) -> Heard:
    firsts: list[str] = []
    return heard("json", (segment(one, firsts) for one in entries(document.get("segments"))))


def segment(one: Mapping[str, Any], firsts: list[str]) -> Said:
    name = text_of(one.get("speaker"))
    words = tuple(
        Word(text_of(word.get("text")), number(word.get("starts_ms")), number(word.get("ends_ms")))
        for word in entries(one.get("words"))
    )
    mood = one.get("mood")
    felt = min(1.0, max(-1.0, float(mood))) if isinstance(mood, int | float) and mood == mood else None
    starts, ends = number(one.get("starts_ms")), number(one.get("ends_ms"))
    return Said(speaker_named(name, firsts), starts, ends, text_of(one.get("text")), words, name, felt)
