"""What interactions are filtered by: one definition for Explore, its exports, segments and the API."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

from crm.api.parameters import Parameters, choice, described, pattern, text
from journeys.interactions.models import Interaction, Session
from journeys.interactions.valuing import Worth
from journeys.listening.models import MOODS, Mood

Rows = QuerySet[Interaction]
OUTCOMES = ("answered", "missed", "voicemail", "failed", "ringing")
UNANSWERED = "unanswered"  # any of those in which nobody spoke to the caller
NOT_ANSWERED = ("missed", "voicemail", "failed")
CONSENT = r"^(given|refused):[a-z0-9_\-]{1,40}$"
LARGEST = 10**12
NUMBER = {"invalid": "give a number, such as 250 or 99.50"}


def amount(help_text: str) -> django_filters.Filter:
    """A sum of money."""
    parameter = django_filters.NumberFilter(min_value=-LARGEST, max_value=LARGEST, error_messages=NUMBER)
    return described(parameter, type="number", minimum=-LARGEST, maximum=LARGEST, description=help_text)


class Facets(Parameters):
    """What a marketer asks of an interaction. `qs` are the rows that have all of it, but for the consent and the
    segment: those are the customer's, and looked up where rows are shown (finding.py).
    """

    campaign = text("The name of the campaign that it came by, as it was sent.")
    path = text("The path of the page looked at, such as /quote/; with * at its end, everything below it.")
    landing = text("As path, of those pages alone that a visit began with.")
    product = text("The name of a product that was looked at or bought.")
    outcome = choice((*OUTCOMES, UNANSWERED), "What came of a call; unanswered: missed, voicemail, or failed.")
    mood = choice(MOODS, "How the customer’s words felt.")
    value_from = amount("Worth at least this much.")
    value_to = amount("Worth at most this much.")
    segment = pattern(r"^[0-9]{1,18}$", "give the number of a segment, of whose customers it has to be")
    consent = pattern(CONSENT, "give given:purpose or refused:purpose, such as given:marketing")

    def filter_queryset(self, queryset: Rows) -> Rows:
        """Narrow interactions by what is asked."""
        return queryset.filter(having(self.form.cleaned_data))


def having(asked: Mapping[str, Any]) -> Q:
    """What a row has to be that has everything that is asked. asked: by the names of Facets; empty for what is not."""
    every = Q()
    for name, condition in CONDITIONS.items():
        if asked.get(name) not in (None, ""):
            every &= condition(asked[name])
    return every


def is_any(asked: Mapping[str, Any]) -> bool:
    """Whether any facet is asked for."""
    return any(asked.get(name) not in (None, "") for name in Facets.base_filters)


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


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "campaign": of_campaign, "path": of_page, "landing": of_landing, "product": of_product, "outcome": of_outcome,
    "mood": of_mood, "value_from": worth_from, "value_to": worth_to,
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
