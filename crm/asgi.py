"""The ASGI application: the ingest doors first, Django for everything else."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402  (Django is set up by the line above)
from django.utils.module_loading import import_string  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DOORS = tuple((prefix, import_string(name)) for prefix, name in settings.DOORS.items())


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass a request to the door whose prefix its path has, and to Django otherwise."""
    path = scope.get("path", "")
    if scope["type"] == "http":
        for prefix, door in DOORS:
            if path.startswith(prefix):
                await door(scope, receive, send)
                return
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await django_application(scope, receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop; there is nothing to prepare."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
