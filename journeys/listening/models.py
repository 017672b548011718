"""Calls as they can be heard and read: conversations, recordings, transcripts, who listened, and how people felt."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.fields import SoftForeignKey
from crm.privacy.personal import Ageing, Identifiers, Lasts, Personal, RowsOf
from journeys.interactions.models import Interaction
from journeys.listening.moods import HIGH, LOW


class Unheard(models.Model):
    """An interaction with words or recordings in it that the worker has yet to look at. Written by the drain."""

    personal = Personal((RowsOf("journeys.Interaction", {"key": "key", "source_id": "source_id"}),), ages=Lasts.WITH)

    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name, verbose_name_plural = "interaction to be listened to", "interactions to be listened to"
        indexes = [models.Index(fields=["due_at", "id"], name="unheard_due")]

    def __str__(self) -> str:
        return f"unheard {self.pk}"


class Conversation(models.Model):
    """A call, as it is listed, searched and listened to. The call itself is its interaction, whose key is call_id.

    agent: as the phone system names them. mood: of the customer's words, -1 to 1. figures: talking.Figures. words: of
    the current transcript, for the search.
    """

    personal = Personal(
        (RowsOf("journeys.Interaction", {"interaction_id": "id"}),),
        files="journeys.listening.handing_out.files_of",
        ages=Lasts.WITH,
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = SoftForeignKey("crm.Source")
    call_id = models.CharField(max_length=200)
    interaction = SoftForeignKey(Interaction)
    at = models.DateTimeField()
    direction = models.CharField(max_length=3, blank=True, default="")
    outcome = models.CharField(max_length=20, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")
    queue = models.CharField(max_length=80, blank=True, default="")
    seconds = models.PositiveIntegerField(null=True)
    has_recording = models.BooleanField(default=False)
    mood = models.FloatField(null=True)
    figures = models.JSONField(default=dict)
    keywords = ArrayField(models.CharField(max_length=60), default=list)
    topics = ArrayField(models.CharField(max_length=60), default=list)
    words = SearchVectorField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call_id", "source"], name="conversation_once")]
        indexes = [
            models.Index(fields=["at", "id"], name="conversation_latest"),
            models.Index(fields=["interaction"], name="conversation_interaction"),
            models.Index(fields=["agent", "at"], name="conversation_of_agent"),
            models.Index(fields=["queue", "at"], name="conversation_of_queue"),
            GinIndex(fields=["words"], name="conversation_words"),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Recording(models.Model):
    """The sound of a call. sid: the provider's own name of it.

    reason: why it cannot be heard, in words for people. peaks: the waveform, loudness 0 to 100. silenced: the spans
    [starts, ends] in ms that were silenced. due_at: when the worker is to look at it next, None when it is done.
    """

    personal = Personal(
        (RowsOf("journeys.Conversation", {"conversation_id": "id"}),),
        ages=(
            Ageing(
                "recordings",
                "created_at",
                "Recordings",
                "The sound. The call says that its time was over.",
                only="journeys.listening.ageing.is_kept",
                by="journeys.listening.ageing.end_recordings",
            ),
        ),
    )

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be fetched"
        FETCHED = "fetched", "Can be heard"
        REFUSED = "refused", "Refused"
        MISSING = "missing", "Missing"
        WITHHELD = "withheld", "Withheld"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="recordings")
    source = SoftForeignKey("crm.Source")
    sid = models.CharField(max_length=120)
    url = models.CharField(max_length=1000, blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True, default="")
    file = models.FileField(max_length=200, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    content_type = models.CharField(max_length=40, blank=True, default="")
    bytes = models.BigIntegerField(default=0)
    seconds = models.FloatField(null=True)
    peaks = models.JSONField(default=list)
    silenced = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sid", "source"], name="recording_once")]
        indexes = [models.Index(fields=["due_at"], name="recording_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"recording {self.pk}"

    @property
    def can_be_heard(self) -> bool:
        return self.state == self.State.FETCHED

    def start_again(self) -> None:
        """Have the worker fetch it anew."""
        self.state, self.reason, self.attempts, self.due_at = self.State.WAITING, "", 0, timezone.now()
        self.save(update_fields=["state", "reason", "attempts", "due_at"])


class Transcript(models.Model):
    """What was said in a call, or in one recording of it. The current one is shown; the others are kept.

    provider: formats' name of where it is from. timing: how well its times are known. notes: what had to be mended.
    redacted: the spans [starts, ends] in ms of what was taken out of it; [None, None] where its time is not known.
    """

    personal = Personal(
        (RowsOf("journeys.Conversation", {"conversation_id": "id"}),),
        ages=(
            Ageing(
                "transcripts",
                "made_at",
                "Transcripts",
                "What was said, its words in the search and what was measured of it.",
                by="journeys.listening.ageing.end_transcripts",
            ),
        ),
    )

    class Timing(models.TextChoices):
        WORDS = "words", "each word"
        SEGMENTS = "segments", "each sentence"
        GUESSED = "guessed", "guessed from the length"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="transcripts")
    recording = models.ForeignKey(Recording, null=True, on_delete=models.CASCADE, related_name="transcripts")
    provider = models.CharField(max_length=20)
    timing = models.CharField(max_length=8, choices=Timing)
    digest = models.CharField(max_length=64)
    notes = models.JSONField(default=list)
    redacted = models.JSONField(default=list)
    is_current = models.BooleanField(default=True)
    made_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(is_current=True), name="one_current_transcript"
            )
        ]

    def __str__(self) -> str:
        return f"transcript {self.pk}"


class Segment(models.Model):
    """What one side said without a break. words: [[text, starts_ms, ends_ms], ...] where the provider has them."""

    personal = Personal((RowsOf("journeys.Transcript", {"transcript_id": "id"}),), ages=Lasts.WITH)

    class Speaker(models.TextChoices):
        AGENT = "agent", "Agent"
        CUSTOMER = "customer", "Customer"
        SYSTEM = "system", "System"

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="segments", db_index=False)
    position = models.PositiveIntegerField()
    speaker = models.CharField(max_length=8, choices=Speaker)
    name = models.CharField(max_length=60, blank=True, default="")
    starts_ms = models.PositiveIntegerField()
    ends_ms = models.PositiveIntegerField()
    text = models.TextField()
    words = models.JSONField(default=list)
    mood = models.FloatField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = "part of a transcript", "parts of transcripts"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["transcript", "position"], name="segment_once")]

    def __str__(self) -> str:
        return f"segment {self.pk}"


class Play(models.Model):
    """Somebody asked for a recording's sound. Append-only: rows are never changed."""

    personal = Personal((RowsOf("journeys.Recording", {"recording_id": "id"}),), ages=Lasts.WITH)

    recording = SoftForeignKey(Recording)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    first_byte = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = "playing of a recording", "playings of recordings"
        indexes = [models.Index(fields=["recording", "-at"], name="play_of_recording")]

    def __str__(self) -> str:
        return f"play {self.pk}"

    def save(self, *args: Any, **options: Any) -> None:
        """Only ever added."""
        super().save(*args, **options | {"force_insert": True})


MOODS = {"annoyed": Q(value__lt=LOW), "neutral": Q(value__gte=LOW, value__lte=HIGH), "content": Q(value__gt=HIGH)}


class Mood(models.Model):
    """How a customer's words in one interaction felt: -1 (bad) to 1 (good)."""

    personal = Personal(
        (Identifiers("identifier"), RowsOf("journeys.Interaction", {"interaction_id": "id"})), ages=Lasts.WITH
    )

    interaction = SoftForeignKey(Interaction)
    identifier = SoftForeignKey("crm.Identifier")
    channel = models.CharField(max_length=6)
    at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interaction"], name="mood_once")]
        indexes = [
            models.Index(fields=["identifier", "-at"], name="mood_of_identifier"),
            # In the order in which Explore looks for each.
            *(
                models.Index(fields=["at", "interaction"], name=f"mood_{word}", condition=what)
                for word, what in MOODS.items()
            ),
        ]

    def __str__(self) -> str:
        return f"mood {self.pk}"
