"""How recordings and transcripts age: the call stays, and says that their time was over."""

from collections.abc import Collection

from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import JSONField

from crm.privacy.erasing.walking import drop_files
from crm.privacy.retaining.letting_go import let_go, let_raw_go
from journeys.interactions.models import Interaction, Part
from journeys.listening.models import Conversation, Mood, Recording, Transcript

OVER = "its time was over: recordings are not kept for longer"
WITHOUT_TRANSCRIPT = RawSQL("data - 'transcript'", (), JSONField())
PART_WITHOUT = RawSQL("""(draft #- '{data,transcript}') || '{"body": ""}'""", (), JSONField())


def is_kept() -> Q:
    """Recordings whose time was not over yet."""
    return ~Q(reason=OVER)


def end_recordings(recordings: Collection[int]) -> None:
    """Delete the sound; what stays is that there was some."""
    found = Recording.objects.filter(pk__in=recordings)
    drop_files(Recording, found)
    calls = set(found.values_list("conversation_id", flat=True))
    found.update(
        state=Recording.State.WITHHELD, reason=OVER, file="", url="", digest="", bytes=0, peaks=[], silenced=[],
        due_at=None,
    )  # fmt: skip
    heard = Recording.objects.filter(conversation__in=calls).exclude(file="").values("conversation_id")
    Conversation.objects.filter(pk__in=calls).exclude(pk__in=heard).update(has_recording=False)


def end_transcripts(transcripts: Collection[int]) -> None:
    """Delete what was said, wherever it stands: as it came, as it was made, and what was measured of it."""
    calls = Conversation.objects.filter(transcripts__in=transcripts)
    ids, interactions = list(calls.values_list("pk", flat=True)), list(calls.values_list("interaction_id", flat=True))
    let_go(Transcript, transcripts)
    told = Interaction.objects.filter(pk__in=interactions)
    let_raw_go(Interaction, interactions)
    for source, key in told.values_list("source_id", "key"):
        Part.objects.filter(source=source, key=key).update(draft=PART_WITHOUT)
    told.update(body="", data=WITHOUT_TRANSCRIPT)
    Mood.objects.filter(interaction__in=interactions)._raw_delete("default")
    left = Transcript.objects.filter(conversation__in=ids, is_current=True).values("conversation_id")
    Conversation.objects.filter(pk__in=ids).exclude(pk__in=left).update(
        words=None, figures={}, keywords=[], topics=[], mood=None
    )
