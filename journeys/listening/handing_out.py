"""Conversations for whom they are about, as vCons: parties, the sound, and what was said.

Source: draft-ietf-vcon-vcon-core-04 (unsigned form, syntax 0.4.0).
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone

from crm.identity.models import Identifier
from journeys.listening.models import Conversation, Recording, Transcript

SYNTAX = "0.4.0"
CUSTOMER, AGENT = 0, 1  # places in `parties`
SPEAKERS = {"customer": CUSTOMER, "agent": AGENT}


def files_of(conversations: Sequence[Conversation]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of each conversation."""
    for one in conversations:
        yield f"conversations/{one.public_id}.vcon.json", orjson.dumps(vcon_of(one), option=orjson.OPT_INDENT_2)


def vcon_of(conversation: Conversation) -> dict[str, Any]:
    """One conversation as a vCon, as JSON has it."""
    return {
        "vcon": SYNTAX,
        "uuid": str(conversation.public_id),
        "created_at": timezone.now().isoformat(),
        "subject": "Call",
        "parties": parties_of(conversation),
        "dialog": dialog_of(conversation),
        "analysis": [analysis_of(one) for one in conversation.transcripts.filter(is_current=True)],
        "attachments": [],
    }


def parties_of(conversation: Conversation) -> list[dict[str, str]]:
    """The customer, by the line they were on where it is known, and whoever spoke for us."""
    said = conversation.interaction
    line = Identifier.objects.filter(pk=said.via_id or said.identifier_id, kind="phone").first()
    customer = {"type": "person", "name": "customer"} | ({"tel": f"tel:{line.value}"} if line else {})
    return [customer, {"type": "person", "name": conversation.agent or "agent"}]


def dialog_of(conversation: Conversation) -> list[dict[str, Any]]:
    """Each recording, its sound within; a call without one as it was."""
    heard = [recorded(one, conversation) for one in conversation.recordings.order_by("pk") if one.file]
    if heard:
        return heard
    return [common(conversation) | {"type": "text", "body": "", "encoding": "none", "mediatype": "text/plain"}]


def common(conversation: Conversation) -> dict[str, Any]:
    caller = AGENT if conversation.direction == "out" else CUSTOMER
    return {
        "start": conversation.at.isoformat(), "duration": conversation.seconds or 0, "parties": [CUSTOMER, AGENT],
        "originator": caller,
    }  # fmt: skip


def recorded(recording: Recording, conversation: Conversation) -> dict[str, Any]:
    """A recording with its sound, and its hash."""
    with recording.file.open("rb") as file:
        sound = file.read()
    return common(conversation) | {
        "type": "recording",
        "duration": recording.seconds or conversation.seconds or 0,
        "mediatype": recording.content_type or "application/octet-stream",
        "filename": str(recording.file.name).rpartition("/")[2],
        "body": packed(sound),
        "encoding": "base64url",
        "content_hash": f"sha512-{packed(hashlib.sha512(sound).digest())}",
    }


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def analysis_of(transcript: Transcript) -> dict[str, Any]:
    """What was said, with whose words and when."""
    began = transcript.conversation.at
    said = [
        {
            "party": SPEAKERS.get(one.speaker),
            "start": (began + timedelta(milliseconds=one.starts_ms)).isoformat(),
            "duration": (one.ends_ms - one.starts_ms) / 1000,
            "text": one.text,
        }
        for one in transcript.segments.all()
    ]
    return {"type": "transcript", "dialog": 0, "vendor": transcript.provider, "mediatype": "application/json",
            "encoding": "json", "body": said}  # fmt: skip
