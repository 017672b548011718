"""A phone system that tells the door of its calls, for tests."""

import time
from typing import Any

import orjson

from crm.sources.models import Source
from integrations.inbox.tests.asking import Answered, ask, ask_many
from integrations.telephony.signing import signature

LINE, OURS = "+447700900142", "+442920180600"


def phone_system(name: str = "pbx") -> Source:
    """A connected phone system."""
    return Source.objects.create(name=name, adapter="telephony", namespace=name, is_trusted=True, country="GB")


def said(call_id: str = "c-1", event: str = "ringing", line: str = LINE, **more: Any) -> dict[str, Any]:
    """What a phone system says of a call."""
    return {"event": event, "call_id": call_id, "from": line, "to": OURS, **more}


def signed(source: Source, body: bytes, age: int = 0) -> dict[str, str]:
    sent = str(int(time.time()) - age)
    digest = signature(source.secret, sent, body)
    return {"x-throughline-timestamp": sent, "x-throughline-signature": digest, "content-type": "application/json"}


def tell(source: Source, call_id: str = "c-1", event: str = "ringing", age: int = 0, **more: Any) -> Answered:
    """One signed webhook, through the door."""
    body = orjson.dumps(said(call_id, event, **more))
    return ask(source.endpoint, body, headers=signed(source, body, age))


async def tell_at_once(source: Source, told: list[dict[str, Any]]) -> list[Answered]:
    """Many signed webhooks at once."""
    bodies = [orjson.dumps(one) for one in told]
    return await ask_many([(source.endpoint, body, "POST", signed(source, body), "") for body in bodies])
