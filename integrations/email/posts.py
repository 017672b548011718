"""Our request as a Django request, which is what anymail's webhook views read. Pure: no settings' limits, no files.

Forms are parsed here: Django's own parser refuses fields of more than DATA_UPLOAD_MAX_MEMORY_SIZE (a raw mail is one
field), drops files whose names it dislikes, and writes large ones to disk. The door has limited the size already.
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import unquote, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters

from integrations.adapter import Request

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_SECTIONS = 1_000
PLAIN_FIELD = re.compile(r'form-data; name="([\w -]{1,100})"')
HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


def as_django(request: Request) -> HttpRequest:
    """The request that came in, for a view that checks its signature."""
    address = urlsplit(request.url)
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(address.path),
        "QUERY_STRING": address.query,
        "SERVER_NAME": address.hostname or "localhost",
        "SERVER_PORT": str(address.port or (443 if address.scheme == "https" else 80)),
        "wsgi.url_scheme": address.scheme or "http",
        "wsgi.input": BytesIO(b""),
        "CONTENT_TYPE": content_type(request),
    }
    named = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in request.headers.items()}
    return filled(WSGIRequest(named | environ), request.body)


def content_type(request: Request) -> str:
    return request.headers.get("content-type", JSON)


def as_post(body: bytes, kind: str) -> HttpRequest:
    """A stored body as a request, for a view that reads events from it. kind: its content type."""
    environ = {"REQUEST_METHOD": "POST", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.input": BytesIO(b"")}
    return filled(WSGIRequest(environ | {"CONTENT_TYPE": kind}), whole_text(body) if kind.startswith(JSON) else body)


def filled(post: WSGIRequest, body: bytes) -> HttpRequest:
    """The request with its body and form in place, where Django would look for what it has read already."""
    post._body = body
    form, files = QueryDict(mutable=True), MultiValueDict[str, SimpleUploadedFile]()
    if post.content_type == "multipart/form-data":
        for name, filename, kind, content in sections(body, str(post.META["CONTENT_TYPE"])):
            if filename is None:
                form.appendlist(name, content.decode("utf-8", "replace"))
            else:
                files.appendlist(name, SimpleUploadedFile(filename or "file", content, kind))
    elif post.content_type == FORM:
        form = QueryDict(body, mutable=True)
    vars(post).update(_post=form, _files=files)
    return post


def sections(body: bytes, kind: str) -> Iterator[tuple[str, str | None, str, bytes]]:
    """The parts of a multipart form: (name, file name or None, content type, content)."""
    boundary = parse_header_parameters(kind)[1].get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise ValueError("the form names no boundary")
    for section in (b"\r\n" + body).split(b"\r\n--" + boundary, MAX_SECTIONS)[1:]:
        if section.startswith(b"--"):
            return
        head, _, content = section.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = dict(line.partition(":")[::2] for line in head.decode("utf-8", "replace").split("\r\n"))
        named = {name.strip().lower(): value.strip() for name, value in lines.items()}
        told = disposition(named.get("content-disposition", ""))
        yield told.get("name", ""), told.get("filename"), named.get("content-type", "text/plain"), content


def disposition(text: str) -> dict[str, str]:
    """What a Content-Disposition says; most of a form's are plain, and Django's reader takes 15 us for each."""
    plain = PLAIN_FIELD.fullmatch(text)
    return {"name": plain[1]} if plain else parse_header_parameters(text)[1]


def whole_text(body: bytes) -> bytes:
    """JSON without halves of surrogate pairs, which no mail can be made from."""
    if not HALF_A_PAIR.search(body):
        return body
    return json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace")
