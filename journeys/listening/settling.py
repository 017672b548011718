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
    near = Interaction.objects.filter(key__in={key for _, key in due}, source_id__in={source for source, _ in due})
    found = sorted((one for one in near if key_of(one) in due), key=key_of)
    settle_or_bisect(found, due)
    return len(rows)


def key_of(said: Interaction) -> tuple[int, str]:
    return said.source_id, said.key


def settle_or_bisect(found: Sequence[Interaction], due: Mapping[tuple[int, str], int]) -> None:
    """Settle all, or halve until the one that cannot be settled stands alone. due: how often each was tried."""
    if not found:
        return
    try:
        with transaction.atomic():
            settle(found)
    except OperationalError:
        raise
    except Exception as error:
        if len(found) > 1:
            half = len(found) // 2
            settle_or_bisect(found[:half], due)
            settle_or_bisect(found[half:], due)
            return
        said = found[0]
        log.warning("listening.not_settled", interaction_id=said.pk, error=type(error).__name__)
        attempts = due[key_of(said)] + 1
        due_at = timezone.now() + AGAIN * attempts
        Unheard.objects.create(source_id=said.source_id, key=said.key, due_at=due_at, attempts=attempts)


def settle(found: Sequence[Interaction]) -> None:
    """Keep what is listed, said and felt in interactions."""
    calls = {key_of(said): said for said in found if said.channel == "call"}
    for conversation in list_calls(list(calls.values())):
        hear(conversation, calls[conversation.source_id, conversation.call_id])
    felt = [(said, feel(said.body)) for said in found if said.channel != "call"]
    Mood.objects.bulk_create(
        [
            Mood(interaction_id=said.pk, identifier_id=said.identifier_id, channel=said.channel, at=said.occurred_at,
                 value=mood)
            for said, mood in felt if mood is not None
        ],
        update_conflicts=True, unique_fields=["interaction"], update_fields=["identifier", "channel", "at", "value"],
    )  # fmt: skip


def list_calls(calls: Sequence[Interaction]) -> Sequence[Conversation]:
    """Keep calls as they are listed: most only rang, and nothing was said in them."""
    if not calls:
        return []
    keys, sources = {said.key for said in calls}, {said.source_id for said in calls}
    rung = Call.objects.filter(call_id__in=keys, source_id__in=sources).select_related("queue", "agent__user")
    by_key = {(call.source_id, call.call_id): call for call in rung}
    kept = Conversation.objects.bulk_create(
        [
            Conversation(source_id=said.source_id, call_id=said.key, **told_of(said, by_key.get(key_of(said))))
            for said in calls
        ],
        update_conflicts=True, unique_fields=["call_id", "source"],
        update_fields=["interaction", "at", "direction", "outcome", "agent", "queue", "seconds"],
    )  # fmt: skip
    ids = [one.pk for one in kept]
    return list(Conversation.objects.filter(pk__in=ids).select_related("interaction", "source").order_by("pk"))


def hear(conversation: Conversation, said: Interaction) -> None:
    """Keep a call's recordings, the text that came with it, and how the customer felt."""
    add_recordings(conversation, listed(said.data.get("recordings")))
    try:
        written = written_down(said, (conversation.seconds or 0) * 1000)
        if written:
            take(conversation, written)
    except UnreadableTranscript as error:
        log.info("listening.text_left", interaction_id=said.pk, error=type(error).__name__)
    note_mood(conversation)


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
