"""How much a request may bring: whoever reads it keeps all of it first, whether somebody is signed in or not."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
FORM = 3_000_000  # bytes
SPREADSHEET = 22_000_000
UPLOADS = re.compile(r"/(?:recording|transcript)/$|^/api/v1/calls/")
SPREADSHEETS = re.compile(r"/spreadsheet/$")
TOO_LARGE = b"This is too large. Split it, or ask an admin for a larger limit."


def largest(path: str) -> int:
    """How many bytes the body of a request for a path may have."""
    if UPLOADS.search(path):
        return int(settings.RECORDING_MEGABYTES) * 1_000_000 + FORM
    return SPREADSHEET if SPREADSHEETS.search(path) else FORM


async def capped(application: Application, scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Have a request answered whose body is not too large; one that is gets a 413, or is hung up on in the middle."""
    most = largest(scope.get("path", ""))
    told = dict(scope.get("headers", ())).get(b"content-length", b"")
    if told.isdigit() and int(told) > most:
        headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": TOO_LARGE})
        return
    size = 0

    async def counted() -> Mapping[str, Any]:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        return message if size <= most else {"type": "http.disconnect"}

    await application(scope, counted, send)
