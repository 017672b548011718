"""Serving a recording: in ranges, to those who may hear it, each time noted. There is no public address."""

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

from asgiref.sync import sync_to_async
from django.core.files.base import File
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from journeys.listening.models import Recording
from journeys.listening.sound import EXTENSIONS
from journeys.listening.storing import read_part

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
CHUNK = 256 * 1024
LONGEST_RANGE = 4 * 1024 * 1024  # bytes answered at once; a player asks for the rest


class Stretch(NamedTuple):
    """The bytes from first to last, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class NotSatisfiable(Exception):
    """A range that lies beyond the end."""


def asked_range(request: HttpRequest, recording: Recording) -> Stretch | None:
    """The range that is asked for; None for the whole. Raises NotSatisfiable.

    Several ranges, one that cannot be read, or one of another version (If-Range) count as none (RFC 9110, 14.2).
    """
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not match or match.groups() == ("", ""):
        return None
    if request.headers.get("If-Range", tag(recording)) != tag(recording):
        return None
    size, (first, last) = recording.bytes, match.groups()
    if not first:
        found = Stretch(max(0, size - int(last)), size - 1)
    else:
        found = Stretch(int(first), min(int(last) if last else size - 1, size - 1))
        if last and int(last) < int(first):
            return None
    if found.first >= size or found.length <= 0:
        raise NotSatisfiable
    return found._replace(last=min(found.last, found.first + LONGEST_RANGE - 1))


def tag(recording: Recording) -> str:
    return f'"{recording.digest}"'


def answer(request: HttpRequest, recording: Recording, wanted: Stretch | None) -> HttpResponseBase:
    """The sound, or a range of it."""
    made: HttpResponseBase
    if request.headers.get("If-None-Match") == tag(recording):
        made = HttpResponse(status=304)
    elif wanted is None:
        made = whole(request, recording)
        made["Content-Length"] = str(recording.bytes)
    else:
        part = read_part(recording, wanted.first, wanted.length)
        made = HttpResponse(part, status=206, content_type=recording.content_type)
        made["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/{recording.bytes}"
    return guarded(made, recording)


def beyond(recording: Recording) -> HttpResponseBase:
    """416: there is nothing there."""
    made = HttpResponse(status=416)
    made["Content-Range"] = f"bytes */{recording.bytes}"
    return guarded(made, recording)


def whole(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """All of it, in pieces."""
    file = recording.file.open("rb")
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(pieces(file), content_type=recording.content_type)
    return FileResponse(file, content_type=recording.content_type)


async def pieces(file: "File[bytes]") -> AsyncIterator[bytes]:
    with file:
        while piece := await sync_to_async(file.read)(CHUNK):
            yield piece


def guarded(made: HttpResponseBase, recording: Recording) -> HttpResponseBase:
    """The headers that keep a sound a sound, and for whom it was asked."""
    name = f"call-{recording.pk}.{EXTENSIONS.get(recording.content_type, 'bin')}"
    made["Accept-Ranges"] = "bytes"
    made["ETag"] = tag(recording)
    made["Cache-Control"] = "private, no-store"
    made["Content-Disposition"] = f'inline; filename="{name}"'
    made["Content-Security-Policy"] = "default-src 'none'; sandbox"
    made["X-Content-Type-Options"] = "nosniff"
    return made
