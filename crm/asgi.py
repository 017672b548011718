"""The ASGI application: the ingest doors first, Django for everything else."""

import os
import sys
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402  (Django is set up by the line above)
from django.db import connections  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from crm.stack.capping import capped  # noqa: E402
from crm.stack.handling import OneThreadHandler  # noqa: E402
from crm.stack.memory import settle  # noqa: E402

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# Whitenoise hands static files over so. They are small, and nobody at the terminal can do anything about it.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators", Warning)

django_application = OneThreadHandler()
SWITCH = 0.001  # seconds that a page's thread may run while the doors' event loop waits its turn; Python's own is 5 ms
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
    await capped(django_application, scope, receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    """Share database connections among requests from the server's start to its stop."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            share_connections()
            settle()
            sys.setswitchinterval(SWITCH)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def share_connections() -> None:
    """Let this process's requests, each in a thread of its own, take their connections from one pool. No statement of
    theirs runs for ever.

    Only a web process does: Celery's children must not inherit a pool, and would open and close one for every task.
    """
    pool = {"min_size": 1, "max_size": settings.WEB_CONNECTIONS, "timeout": 5}
    for database in connections.settings.values():
        options = database["OPTIONS"]
        options["pool"] = pool
        if settings.STATEMENT_SECONDS:
            bound = f"-c statement_timeout={settings.STATEMENT_SECONDS}s"
            options["options"] = f"{options.get('options', '')} {bound}".strip()
