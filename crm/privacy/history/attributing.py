"""Telling the database who changes rows, and by which request, so that their versions say so."""

from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponseBase

from crm.privacy.actors import Actor

ASKING = frozenset({"GET", "HEAD", "OPTIONS"})


def attribute(actor: Actor) -> None:
    """Say who sent this request, where that is known only now: a program, by its key."""
    pghistory.context(**told_of(actor))


def told_of(actor: Actor) -> dict[str, object]:
    key = getattr(actor, "key", None)
    return {"actor": str(actor)[:150] if actor and actor.is_authenticated else "", "user": getattr(actor, "pk", None),
            "api_key": key.pk if key else None}  # fmt: skip


class HistoryMiddleware:
    """Every request that may change something says who sent it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in ASKING:
            return self.get_response(request)
        with pghistory.context(**told_of(request.user)):
            return self.get_response(request)
