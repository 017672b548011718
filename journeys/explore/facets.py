"""What an interaction has to be, facet by facet: as the database finds it, and as a row tells it."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone

from journeys.interactions.models import Interaction, Session
from journeys.interactions.valuing import Worth
from journeys.listening.models import MOODS, Mood

Rows = QuerySet[Interaction]
OUTCOMES = ("answered", "missed", "voicemail", "failed", "ringing")
UNANSWERED = "unanswered"  # any of those in which nobody spoke to the caller
NOT_ANSWERED = ("missed", "voicemail", "failed")


def having(asked: Mapping[str, Any]) -> Q:
    """What a row has to be that has everything that is asked.

    asked: by the names of filters.Facets and the channel; empty for what is not.
    """
    every = Q()
    for name, condition in CONDITIONS.items():
        if asked.get(name) not in (None, ""):
            every &= condition(asked[name])
    return every


def of_channel(channel: str) -> Q:
    return Q(channel=channel)


def of_campaign(name: str) -> Q:
    return Q(Exact(KT("data__campaign__name"), name), data__has_key="campaign")


def of_page(path: str) -> Q:
    ending = "" if path.endswith("*") else "/?"
    wanted = re.escape(path.removesuffix("*") if path.endswith("*") else path.rstrip("/")) + ending
    after = "" if path.endswith("*") else "([?#]|$)"
    there = Q(data__url__regex=f"^([a-z]+://[^/?#]*)?{wanted}{after}") | Q(data__path__regex=f"^{wanted}{after}")
    return Q(channel="web") & there


def of_landing(path: str) -> Q:
    came_through = Coalesce(OuterRef("via_id"), OuterRef("identifier_id"))
    visits = Session.objects.filter(
        identifier=OuterRef("identifier_id"), started_at=OuterRef("occurred_at"), browser=came_through
    )
    return of_page(path) & Q(Exists(visits))


def of_product(name: str) -> Q:
    return Q(data__has_key="products", data__products__contains=[{"name": name}])


def of_outcome(outcome: str) -> Q:
    if outcome == UNANSWERED:
        return Q(channel="call", data__outcome__in=NOT_ANSWERED)
    return Q(channel="call", data__outcome=outcome)


def of_mood(mood: str) -> Q:
    return Q(Exists(Mood.objects.filter(MOODS[mood], interaction=OuterRef("pk"))))


def worth_from(least: Any) -> Q:
    return Q(GreaterThanOrEqual(Worth("data"), Decimal(least)), data__has_key="value")


def worth_to(most: Any) -> Q:
    return Q(LessThanOrEqual(Worth("data"), Decimal(most)), data__has_key="value")


def of_journey(course: Any) -> Q:
    """course: a following.Course."""
    found: Q = course.condition(timezone.now())
    return found


# The dearest last: they are not asked of what fails one before.
CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "channel": of_channel, "campaign": of_campaign, "path": of_page, "landing": of_landing, "product": of_product,
    "outcome": of_outcome, "value_from": worth_from, "value_to": worth_to, "mood": of_mood, "journey": of_journey,
}  # fmt: skip


# What a row says of them. Pure.


def campaign_of(data: Mapping[str, Any]) -> str:
    told = data.get("campaign")
    return str(told.get("name") or "") if isinstance(told, dict) else ""


def path_of(data: Mapping[str, Any]) -> str:
    """The path of the page, without what was asked of it."""
    try:
        return urlsplit(str(data.get("url") or data.get("path") or "")).path
    except ValueError:
        return ""


def products_of(data: Mapping[str, Any]) -> list[str]:
    told = data.get("products")
    return [str(one.get("name") or "") for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def is_page(path: str, wanted: str) -> bool:
    """Whether a path is the page that is wanted, or below it."""
    if wanted.endswith("*"):
        return path.startswith(wanted.removesuffix("*"))
    return path.rstrip("/") == wanted.rstrip("/")


def still_tells(data: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether what is left of a row under its veil tells what it was found by. Else somebody who gives a name or an
    address as a campaign or a page would learn whose journey has it.
    """
    pages = [asked[name] for name in ("path", "landing") if asked.get(name)]
    return (
        (not asked.get("campaign") or campaign_of(data) == asked["campaign"])
        and (not asked.get("product") or asked["product"] in products_of(data))
        and all(is_page(path_of(data), wanted) for wanted in pages)
    )
