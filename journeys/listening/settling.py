"""Settling: the worker looks at interactions that have words or sound, and keeps what is listed, heard and felt."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone

from crm.sources.models import Source
from crm.sql import cursor
from journeys.calls.models import Call
from journeys.interactions.models import Interaction
from journeys.listening.errors import UnreadableTranscript
from journeys.listening.feeling import feel
from journeys.listening.formats.lines import read_lines
from journeys.listening.formats.shapes import entries, text_of
from journeys.listening.models import Conversation, Mood, Recording, Unheard
from journeys.listening.said import Heard, Said, heard, ms, speaker_named
from journeys.listening.taking import note_mood, take

log = structlog.get_logger(__name__)

BATCH = 100
PROVIDER = "telephony"  # of segments that came with the call
AGAIN = timedelta(minutes=5)  # after a failure, and as much longer as there were
MOST_RECORDINGS = 50  # of one call
LEFT = "recordings of this source are left with the provider: its settings say so"
CLAIM = """
    DELETE FROM journeys_unheard WHERE id IN (
        SELECT id FROM journeys_unheard WHERE due_at <= now() ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING source_id, key, attempts
"""


@transaction.atomic
def settle_batch(limit: int = BATCH) -> int:
    """Look at some of what is due; returns how many were claimed. One that fails waits, and is in nobody's way."""
    with cursor() as sql:
        rows = sql.execute(CLAIM, [limit]).fetchall()
    due = {(source, key): attempts for source, key, attempts in sorted(rows)}
    found = Interaction.objects.filter(key__in={key for _, key in due}, source_id__in={source for source, _ in due})
    for said in sorted(found, key=lambda one: (one.source_id, one.key)):
        if (said.source_id, said.key) in due:
            try_to_settle(said, due[said.source_id, said.key])
    return len(rows)


def try_to_settle(said: Interaction, attempts: int) -> None:
    try:
        with transaction.atomic():
            settle(said)
    except OperationalError:
        raise
    except Exception as error:
        log.warning("listening.not_settled", interaction_id=said.pk, error=type(error).__name__)
        due_at = timezone.now() + AGAIN * (attempts + 1)
        Unheard.objects.create(source_id=said.source_id, key=said.key, due_at=due_at, attempts=attempts + 1)


def settle(said: Interaction) -> None:
    if said.channel == "call":
        settle_call(said)
    elif (mood := feel(said.body)) is not None:
        told = {"identifier_id": said.identifier_id, "channel": said.channel, "at": said.occurred_at, "value": mood}
        Mood.objects.update_or_create(interaction_id=said.pk, defaults=told)


def settle_call(said: Interaction) -> Conversation:
    """Keep a call as it is listed, its recordings, and the text that came with it."""
    found, _ = Conversation.objects.update_or_create(
        source_id=said.source_id, call_id=said.key, defaults=told_of(said, Call.objects.filter(
            source_id=said.source_id, call_id=said.key).select_related("queue", "agent__user").first())
    )  # fmt: skip
    add_recordings(found, listed(said.data.get("recordings")))
    try:
        written = written_down(said, (found.seconds or 0) * 1000)
        if written:
            take(found, written)
    except UnreadableTranscript as error:
        log.info("listening.text_left", interaction_id=said.pk, error=type(error).__name__)
    note_mood(found)
    return found


def written_down(said: Interaction, milliseconds: int) -> Heard | None:
    """What came with a call: segments with times, or its text. Raises UnreadableTranscript."""
    told = said.data.get("transcript")
    segments = entries(told.get("segments")) if isinstance(told, dict) else []
    if segments:
        firsts: list[str] = []
        return heard(PROVIDER, (timed(one, firsts) for one in segments))
    return read_lines(said.body, milliseconds) if said.body.strip() else None


def timed(one: Mapping[str, Any], firsts: list[str]) -> Said:
    name = text_of(one.get("speaker"))
    return Said(
        speaker_named(name, firsts), ms(one.get("start")), ms(one.get("end")), text_of(one.get("text")), (), name
    )


def told_of(said: Interaction, call: Call | None) -> dict[str, Any]:
    """What is listed of a call: from its interaction, and from how it rang where that is known."""
    data = said.data
    agent = str(call.agent) if call and call.agent else agent_name(str(data.get("agent") or ""))
    seconds = data.get("duration")
    return {
        "interaction_id": said.pk,
        "at": said.occurred_at,
        "direction": said.direction,
        "outcome": str(data.get("outcome") or "")[:20],
        "agent": agent[:200],
        "queue": (str(call.queue) if call and call.queue else str(data.get("queue") or ""))[:80],
        "seconds": seconds if isinstance(seconds, int) and 0 <= seconds < 10**9 else None,
    }


def agent_name(address: str) -> str:
    """An agent's softphone or e-mail address as a name: client:priya.nair is Priya Nair."""
    plain = address.rpartition(":")[2].partition("@")[0]
    return address if plain.lstrip("+").isdigit() else plain.replace(".", " ").replace("_", " ").title()


def listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def add_recordings(found: Conversation, named: Iterable[Any]) -> None:
    """Recordings that are new, each once, to be fetched by the worker."""
    for one in [entry for entry in named if isinstance(entry, dict) and entry.get("sid")][:MOST_RECORDINGS]:
        url, seconds = str(one.get("url") or "")[:1000], one.get("duration")
        start = {"conversation": found, "url": url, "seconds": seconds if isinstance(seconds, int | float) else None}
        Recording.objects.get_or_create(
            source_id=found.source_id, sid=str(one["sid"])[:120], defaults=start | first_state(found.source, url)
        )


def first_state(source: Source, url: str) -> dict[str, Any]:
    if source.settings.get("recordings") == "left":
        return {"state": Recording.State.MISSING, "reason": LEFT}
    if not url:
        return {"state": Recording.State.MISSING, "reason": "the provider named no address to fetch it from"}
    return {"due_at": timezone.now()}
