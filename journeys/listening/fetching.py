"""Fetching recordings: claimed one by one with a lease, so that a worker that dies leaves it to the next."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm.sources.models import Source
from journeys.listening.connecting import Limits, download
from journeys.listening.errors import RecordingDelayed, RecordingMissing, RecordingRefused
from journeys.listening.models import Conversation, Recording, Transcript
from journeys.listening.silencing import follow
from journeys.listening.storing import scratch
from journeys.listening.transcribing import transcribe

log = structlog.get_logger(__name__)

HOSTS = {"twilio": ("api.twilio.com", "media.twiliocdn.com")}  # by adapter; a source's settings may name more
LEASE = timedelta(minutes=6)  # longer than a task may run
BACKOFF = (30, 120, 600, 3_600, 21_600, 86_400)  # seconds before each new attempt
MOST_ATTEMPTS = 12
KINDS: dict[type[Exception], str] = {
    RecordingRefused: Recording.State.REFUSED,
    RecordingMissing: Recording.State.MISSING,
}


def fetch_next() -> bool:
    """Fetch the recording that waits longest; False when none is due."""
    recording = claim()
    if recording is None:
        return False
    with scratch() as folder:
        path = folder / "sound"
        try:
            pull(recording, path)
        except (RecordingRefused, RecordingMissing, RecordingDelayed) as error:
            note_failure(recording, error)
        else:
            note_fetched(recording, path)
    return True


@transaction.atomic
def claim() -> Recording | None:
    """The recording that is due longest, leased to this worker."""
    due = Recording.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    recording = due.select_for_update(skip_locked=True, of=["self"]).first()
    if recording:
        recording.due_at, recording.attempts = timezone.now() + LEASE, F("attempts") + 1
        recording.save(update_fields=["due_at", "attempts"])
        recording.refresh_from_db()
        if recording.attempts > MOST_ATTEMPTS:
            note_failure(recording, RecordingRefused("it could not be taken in many tries; the worker ended each time"))
            return None
    return recording


def pull(recording: Recording, path: Path) -> None:
    """Download a recording to a file."""
    limits = limits_of(Source.objects.get(pk=recording.source_id), recording.url)
    with path.open("wb") as file:
        if not download(recording.url, limits, file.write):
            raise RecordingDelayed("the provider sent an empty recording")


@transaction.atomic
def note_fetched(recording: Recording, path: Path) -> None:
    """Keep what came, silenced as far as its transcript, or that of our own engine, says."""
    Conversation.objects.select_for_update().get(pk=recording.conversation_id)
    try:
        made = transcribe(recording, path) or current_transcript(recording)
        recording.due_at = None
        follow(recording, made, path)
    except (RecordingRefused, RecordingDelayed) as error:
        note_failure(recording, error)
    recording.save()
    has_recording = recording.conversation.recordings.exclude(file="").exists()
    Conversation.objects.filter(pk=recording.conversation_id).update(has_recording=has_recording)
    log.info("listening.fetched", recording_id=recording.pk, state=recording.state)


def current_transcript(recording: Recording) -> Transcript | None:
    return Transcript.objects.filter(conversation=recording.conversation_id, is_current=True).first()


def note_failure(recording: Recording, error: Exception) -> None:
    """Say on the page why it cannot be heard; what may come yet is tried again."""
    recording.reason = str(error)[:300]
    if isinstance(error, RecordingDelayed) and recording.attempts <= len(BACKOFF):
        recording.due_at = timezone.now() + timedelta(seconds=BACKOFF[recording.attempts - 1])
    else:
        recording.state, recording.due_at = KINDS.get(type(error), Recording.State.MISSING), None
    recording.save()
    log.info("listening.not_fetched", recording_id=recording.pk, error=type(error).__name__)


# What a source may be asked


def limits_of(source: Source, url: str) -> Limits:
    """Where a source's recordings may be fetched from, and with what credentials."""
    named = source.settings.get("recording_hosts")
    own = [str(host).casefold() for host in named] if isinstance(named, list) else []
    hosts = frozenset({*HOSTS.get(source.adapter, ()), *own, *settings.RECORDING_HOSTS})
    return Limits(
        hosts,
        networks=tuple(settings.RECORDING_NETWORKS),
        most_bytes=settings.RECORDING_MEGABYTES * 1_000_000,
        seconds=settings.RECORDING_SECONDS,
        headers=partial(credentials, source, url),
    )


def credentials(source: Source, url: str, host: str) -> Mapping[str, str]:
    """Basic authentication for the host that the recording's own address names, and for no other."""
    if host != (urlsplit(url).hostname or ""):
        return {}
    user, password = source.settings.get("recording_user"), source.settings.get("recording_password")
    if not user and source.adapter == "twilio" and host in HOSTS["twilio"]:
        user, password = account_of(url), source.settings.get("auth_token") or source.secret
    if not user:
        return {}
    told = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
    return {"Authorization": f"Basic {told}"}


def account_of(url: str) -> str:
    """The account SID in one of Twilio's addresses."""
    _, _, rest = url.partition("/Accounts/")
    return rest.partition("/")[0]
