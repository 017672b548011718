"""Amazon Transcribe's output and Amazon Connect Contact Lens's analysis. Pure; the AWS documentation of both, 2026."""

from collections.abc import Iterator, Mapping
from typing import Any

from journeys.listening.formats.shapes import entries, mapping, number, text_of
from journeys.listening.said import Heard, Said, Word, heard, ms, speaker_named

MOODS = {"POSITIVE": 0.6, "NEGATIVE": -0.6, "NEUTRAL": 0.0, "MIXED": 0.0}
SILENCE = 1_500  # ms after which somebody who goes on speaking begins a new segment


def read_contact_lens(document: Mapping[str, Any]) -> Heard:
    """`Transcript`: [{BeginOffsetMillis, EndOffsetMillis, ParticipantId, Content, Sentiment}]."""
    roles = {
        text_of(one.get("ParticipantId")): text_of(one.get("ParticipantRole"))
        for one in entries(document.get("Participants"))
    }
    return heard("contact-lens", (contact_lens_said(one, roles) for one in entries(document.get("Transcript"))))


def contact_lens_said(one: Mapping[str, Any], roles: Mapping[str, str]) -> Said:
    who = text_of(one.get("ParticipantRole")) or text_of(one.get("ParticipantId"))
    starts, ends = number(one.get("BeginOffsetMillis")), number(one.get("EndOffsetMillis"))
    mood = MOODS.get(text_of(one.get("Sentiment")))
    return Said(speaker_named(roles.get(who) or who, []), starts, ends, text_of(one.get("Content")), (), who, mood)


def read_transcribe(document: Mapping[str, Any]) -> Heard:
    """`results`: items with times, and whose they are by channel_labels or speaker_labels."""
    results = mapping(document.get("results"))
    channels = entries(mapping(results.get("channel_labels")).get("channels"))
    firsts: list[str] = []
    if channels:
        found = [one for c in channels for one in spoken(c.get("items"), {}, text_of(c.get("channel_label")), firsts)]
    else:
        found = list(spoken(results.get("items"), owners(results), "", firsts))
    return heard("transcribe", sorted(found, key=lambda one: one.starts))


def owners(results: Mapping[str, Any]) -> dict[str, str]:
    """Who speaks at each start time, as Transcribe writes both."""
    segments = entries(mapping(results.get("speaker_labels")).get("segments"))
    return {
        text_of(item.get("start_time")): text_of(item.get("speaker_label"))
        for segment in segments
        for item in entries(segment.get("items"))
    }


def spoken(items: object, owned: Mapping[str, str], channel: str, firsts: list[str]) -> Iterator[Said]:
    """Words gathered into what one side said without a break."""
    words: list[Word] = []
    who = channel
    for item in entries(items):
        content = text_of((entries(item.get("alternatives")) or [{}])[0].get("content"))
        if item.get("type") == "punctuation":
            words[-1:] = [Word(words[-1].text + content, *words[-1][1:])] if words else []
            continue
        word = Word(content, ms(item.get("start_time")), ms(item.get("end_time")))
        name = owned.get(text_of(item.get("start_time"))) or text_of(item.get("speaker_label")) or channel
        if words and (name != who or word.starts - words[-1].ends > SILENCE):
            yield segment(words, who, firsts)
            words = []
        who = name
        words.append(word)
    if words:
        yield segment(words, who, firsts)


def segment(words: list[Word], name: str, firsts: list[str]) -> Said:
    text = " ".join(word.text for word in words)
    return Said(speaker_named(name, firsts), words[0].starts, words[-1].ends, text, tuple(words), name)
