"""Transcripts of every provider become one; what is wrong with them is mended with a note, or refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.interactions.redacting import is_card
from journeys.listening.cleaning import clean
from journeys.listening.errors import UnreadableTranscript
from journeys.listening.formats.lines import read_lines
from journeys.listening.formats.reading import read_transcript
from journeys.listening.said import Heard, Said, Word, heard
from journeys.listening.talking import figures, keywords, topics

SRT = """1
00:00:01,000 --> 00:00:02,500
Agent: Hello &amp; welcome.

2
00:00:03,000 --> 00:00:05,000
Tom: <i>I lost</i> my booking.
"""
NAMES = "segments sentences Transcript results items text start_time words alternatives type starts_ms ends_ms".split()
# As the AWS documentation of Transcribe and of Contact Lens (2026) shows them.
TRANSCRIBE = {
    "jobName": "call", "results": {
        "transcripts": [{"transcript": "Hello. Hi."}],
        "speaker_labels": {"segments": [
            {"speaker_label": "spk_0", "items": [{"start_time": "0.5", "speaker_label": "spk_0"}]},
            {"speaker_label": "spk_1", "items": [{"start_time": "1.5", "speaker_label": "spk_1"}]}]},
        "items": [
            {"type": "pronunciation", "start_time": "0.5", "end_time": "0.9", "alternatives": [{"content": "Hello"}]},
            {"type": "punctuation", "alternatives": [{"content": "."}]},
            {"type": "pronunciation", "start_time": "1.5", "end_time": "1.9", "alternatives": [{"content": "Hi"}]}]},
}  # fmt: skip
CONTACT_LENS = {
    "Participants": [{"ParticipantId": "a", "ParticipantRole": "AGENT"},
                     {"ParticipantId": "c", "ParticipantRole": "CUSTOMER"}],
    "Transcript": [
        {"BeginOffsetMillis": 0, "EndOffsetMillis": 900, "ParticipantId": "a", "Content": "Hello",
         "Sentiment": "NEUTRAL"},
        {"BeginOffsetMillis": 1000, "EndOffsetMillis": 1900, "ParticipantId": "c", "Content": "This is dreadful",
         "Sentiment": "NEGATIVE"}],
}  # fmt: skip
# As Twilio's documentation of the Voice Intelligence sentences (2026) shows them.
TWILIO = {"sentences": [
    {"media_channel": 1, "sentence_index": 0, "start_time": 0.5, "end_time": 1.2, "transcript": "Hello there.",
     "words": [{"word": "Hello", "start_time": 0.5, "end_time": 0.8},
               {"word": "there.", "start_time": 0.8, "end_time": 1.2}]},
    {"media_channel": 2, "sentence_index": 1, "start_time": "1.5", "end_time": "2.0", "transcript": "Hi"}]}  # fmt: skip


def read(document: Any) -> Heard:
    return read_transcript(document.encode() if isinstance(document, str) else json.dumps(document).encode())


@pytest.mark.parametrize(
    ("document", "provider", "said"),
    [
        (SRT, "srt", [("agent", 1000, 2500, "Hello & welcome."), ("customer", 3000, 5000, "I lost my booking.")]),
        (TRANSCRIBE, "transcribe", [("agent", 500, 900, "Hello."), ("customer", 1500, 1900, "Hi")]),
        (CONTACT_LENS, "contact-lens", [("agent", 0, 900, "Hello"), ("customer", 1000, 1900, "This is dreadful")]),
        (TWILIO, "twilio", [("agent", 500, 1200, "Hello there."), ("customer", 1500, 2000, "Hi")]),
    ],
)
def test_every_providers_transcript_becomes_one(document: Any, provider: str, said: list[tuple[Any, ...]]) -> None:
    found = read(document)
    assert found.provider == provider
    assert [(one.speaker, one.starts, one.ends, one.text) for one in found.segments] == said


def test_a_providers_own_moods_and_words_are_kept() -> None:
    assert [one.mood for one in read(CONTACT_LENS).segments] == [0.0, -0.6]
    assert read(TWILIO).segments[0].words == (Word("Hello", 500, 800), Word("there.", 800, 1200))
    assert (read(TRANSCRIBE).timing, read(TWILIO).timing) == ("words", "segments")


def test_times_that_run_backwards_are_mended_with_a_note() -> None:
    found = heard("json", [Said("agent", 5000, 4000, "later"), Said("customer", -5, 10**12, "first")])
    assert [(one.starts, one.ends) for one in found.segments] == [(0, 86_400_000), (4000, 5000)]
    assert len(found.notes) == 3


def test_text_with_names_is_spread_over_the_length_of_the_call() -> None:
    found = read_lines("Ana: one two\nTom: three\nfour five six", 6_000)
    assert [(one.speaker, one.starts, one.ends) for one in found.segments] == [
        ("agent", 0, 2000),
        ("customer", 2000, 6000),
    ]
    assert "not told who spoke" in read_lines("only words").notes[0]


@pytest.mark.parametrize("hostile", [b"a" * 9_000_000, b"[" * 100_000, b"\x00\x01", b"null", b"{}", b'{"results": {}}'])
def test_hostile_documents_are_refused(hostile: bytes) -> None:
    with pytest.raises(UnreadableTranscript):
        read_transcript(hostile)


def test_too_many_segments_are_refused() -> None:
    with pytest.raises(UnreadableTranscript, match="longer than"):
        heard("json", (Said("agent", n, n, "a") for n in range(20_001)))


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), nested, max_leaves=12))
def test_any_json_is_read_or_refused(document: Any) -> None:
    with suppress(UnreadableTranscript):
        assert read(document).segments


@given(st.lists(st.integers(1, 6), min_size=3, max_size=8), st.booleans())
def test_a_card_number_among_timed_words_goes_with_its_times(sizes: list[int], is_split: bool) -> None:
    number = rest = "4111111111111111"
    pieces: list[str] = []
    for size in [*sizes, 16]:
        pieces, rest = ([*pieces, rest[:size]] if rest else pieces), rest[size:]
    words = [Word(text, n * 400, n * 400 + 300) for n, text in enumerate(["it", "is", *pieces, "thank", "you"])]
    cut = len(words) // 2 if is_split else len(words)
    halves = [words[:cut], words[cut:]] if is_split else [words]
    segments = [Said("customer", some[0].starts, some[-1].ends, "", tuple(some)) for some in halves]
    found, silences = clean(heard("json", segments))
    left = "".join(one.text for one in found.segments)
    assert is_card(number)
    assert not any(map(str.isdigit, left))
    times = [(word.starts, word.ends) for word in words if word.text.isdigit()]
    assert all(any(s and s[0] <= starts and ends <= s[1] for s in silences) for starts, ends in times)
    assert all(one.text == " ".join(word.text for word in one.words) for one in found.segments)


def test_silence_talking_over_and_who_talked_how_much_are_measured() -> None:
    said = [Said("agent", 0, 2000, "a b"), Said("customer", 1500, 4000, "the refund, my refund please"),
            Said("agent", 6000, 7000, "it is cancelled")]  # fmt: skip
    found = figures(said, "segments")
    assert found == {"talk_ratio": 0.545, "length": 7000, "silence": 2000, "longest_silence": 2000, "talk_over": 500}
    assert figures(said, "guessed") == {"talk_ratio": 0.5}
    assert (keywords(said), topics(said)) == (["refund"], ["refund", "cancellation"])
