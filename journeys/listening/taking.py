"""Taking a transcript: cleaned before it is stored, measured, made the current one, its call measured anew."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from django.contrib.auth.models import User
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value

from journeys.listening.cleaning import clean
from journeys.listening.feeling import feel, mood_of_call
from journeys.listening.formats.lines import PROVIDER as LINES
from journeys.listening.models import Conversation, Mood, Recording, Segment, Transcript
from journeys.listening.said import Heard, Said, Word
from journeys.listening.silencing import silence_what_is_said
from journeys.listening.talking import figures, keywords, topics

LANGUAGE = "english"  # of the search
LONGEST_SEARCHED = 600_000  # characters; PostgreSQL's vectors end at 1 MB


@transaction.atomic
def take(
    conversation: Conversation, found: Heard, *, recording: Recording | None = None, by: User | None = None
) -> Transcript | None:
    """Store a transcript; None when it is there already, or when a better one is and nobody asked for this.

    What a person hands in stands over what a provider sent, and that over the call's own text without times.
    """
    Conversation.objects.select_for_update().get(pk=conversation.pk)
    cleaned, silences = clean(found)
    digest = sha256(repr((cleaned.provider, cleaned.segments)).encode()).hexdigest()
    current = conversation.transcripts.filter(is_current=True).first()
    if conversation.transcripts.filter(digest=digest).exists() or (current and outranks(current, found, by)):
        return None
    conversation.transcripts.update(is_current=False)
    made = Transcript.objects.create(
        conversation=conversation,
        recording=recording,
        provider=cleaned.provider,
        timing=cleaned.timing,
        digest=digest,
        notes=list(cleaned.notes),
        redacted=[list(one) if one else [None, None] for one in silences],
        uploaded_by=by,
    )
    segments = [felt(one) for one in cleaned.segments]
    Segment.objects.bulk_create(row(made, place, one) for place, one in enumerate(segments))
    measure(conversation, segments, cleaned.timing)
    silence_what_is_said(conversation, made)
    return made


def outranks(current: Transcript, found: Heard, by: User | None) -> bool:
    """Whether the transcript that stands is better than another, which nobody handed in."""
    is_better = current.uploaded_by_id is not None or (current.provider != LINES and found.provider == LINES)
    return by is None and is_better


def felt(one: Said) -> Said:
    return one if one.mood is not None else replace(one, mood=feel(one.text))


def row(made: Transcript, position: int, one: Said) -> Segment:
    return Segment(
        transcript=made,
        position=position,
        speaker=one.speaker,
        name=one.name,
        starts_ms=one.starts,
        ends_ms=one.ends,
        text=one.text,
        words=[list(word) for word in one.words],
        mood=one.mood,
    )


def measure(conversation: Conversation, segments: Sequence[Said], timing: str) -> None:
    """How the call went and felt, and its words for the search."""
    conversation.mood = mood_of_call(segments)
    conversation.figures = figures(segments, timing)
    conversation.keywords, conversation.topics = keywords(segments), topics(segments)
    conversation.save(update_fields=["mood", "figures", "keywords", "topics"])
    text = " ".join(one.text for one in segments)[:LONGEST_SEARCHED]
    vector = SearchVector(Value(text), config=LANGUAGE)
    Conversation.objects.filter(pk=conversation.pk).update(words=vector)
    note_mood(conversation)


def note_mood(conversation: Conversation) -> None:
    """Keep how the customer felt beside their other moods."""
    if conversation.mood is not None:
        told = {"identifier_id": conversation.interaction.identifier_id, "channel": "call", "at": conversation.at}
        Mood.objects.update_or_create(
            interaction_id=conversation.interaction_id, defaults=told | {"value": conversation.mood}
        )


def said_of(segments: Iterable[Segment]) -> list[Said]:
    """Stored segments as what was said."""
    return [
        Said(s.speaker, s.starts_ms, s.ends_ms, s.text, tuple(Word(*word) for word in s.words), s.name, s.mood)
        for s in segments
    ]
