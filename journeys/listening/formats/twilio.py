"""Twilio Voice Intelligence's sentences. Pure; Twilio's documentation of the Transcript Sentence resource, 2026."""

from collections.abc import Mapping
from typing import Any

from journeys.listening.formats.shapes import entries, text_of
from journeys.listening.said import AGENT, CUSTOMER, Heard, Said, Word, heard, ms

CHANNELS = {"1": AGENT, "2": CUSTOMER}  # unless the transcript's participants say otherwise


def read_sentences(document: Mapping[str, Any]) -> Heard:
    """`sentences`: [{media_channel, start_time, end_time, transcript, words}], times in seconds."""
    roles = CHANNELS | {
        text_of(one.get("channel_participant")): text_of(one.get("role")).casefold()
        for one in entries(document.get("participants"))
    }
    return heard("twilio", (sentence(one, roles) for one in entries(document.get("sentences"))))


def sentence(one: Mapping[str, Any], roles: Mapping[str, str]) -> Said:
    words = tuple(
        Word(text_of(word.get("word")), ms(word.get("start_time")), ms(word.get("end_time")))
        for word in entries(one.get("words"))
    )
    role = roles.get(text_of(one.get("media_channel")), CUSTOMER)
    speaker = role if role in (AGENT, CUSTOMER) else CUSTOMER
    return Said(speaker, ms(one.get("start_time")), ms(one.get("end_time")), text_of(one.get("transcript")), words)
