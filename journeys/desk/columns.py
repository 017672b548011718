"""The three columns of the desk: who it is, the journey, the brief with the next best action; in few round trips."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from crm.identity.models import Customer
from crm.privacy.access import roles_of
from crm.privacy.disclosure import Tact, disclosing
from crm.privacy.restricting.standing import is_restricted
from crm.profile.record import most_telling_first
from crm.reading import both, read
from journeys.customers.asking import Asked
from journeys.customers.days import by_day
from journeys.customers.views import introducing, journey, journey_context, record_context
from journeys.desk.acting import Action, best, closed_channels, known_of, reading_rules
from journeys.desk.facts import Told, brief
from journeys.desk.gathering import Gathered, Piece, gathering
from journeys.desk.reasons import facts_of, mood_words
from journeys.timeline.positions import Position
from journeys.timeline.reading import Page


@dataclass(frozen=True, slots=True)
class Brief:
    """What to know before one says hello, what to do best, and the work that stands."""

    told: list[Told]
    action: Action | None
    found: Gathered


def columns(found: Customer, wanted: Asked, actor: User, now: datetime) -> dict[str, Any]:
    """What the templates of the three columns show."""
    identifiers, roles = most_telling_first(found), roles_of(actor)
    ids = [one.pk for one in identifiers]
    ((page, names), tact), (introduced, (gathered, rules)) = read(
        both(
            both(journey(ids, wanted, roles), disclosing(roles)),
            both(
                introducing(found, identifiers, roles, actor),
                both(gathering(ids, now), reading_rules(ids, now)),
            ),
        )
    )
    known = known_of(gathered, now, mood_words(gathered.moods))
    closed = closed_channels(introduced.record.permissions)
    facts = facts_of(gathered, now)
    action = None if is_restricted(found.pk) else best(rules, known, closed)
    shown = Brief(brief(facts, tact, now), action, seemly_work(gathered, tact))
    context = desk_journey(found, wanted, page, names, tact) | record_context(introduced, names)
    return context | {"brief": shown, "work": shown.found.work, "now": now, "tact": tact,
                      "is_withheld": any(one.is_withheld for one in identifiers)}  # fmt: skip


def seemly_work(found: Gathered, tact: Tact) -> Gathered:
    """What was gathered, without the work that is hidden."""
    work: dict[str, list[Piece]] = {
        what: [one for one in pieces if not tact.hides(one.said, one.note)] for what, pieces in found.work.items()
    }
    return replace(found, work=work)


def desk_journey(found: Customer, wanted: Asked, page: Page, names: dict[int, str], tact: Tact) -> dict[str, Any]:
    """The journey as the desk shows it: what is only to know is marked, and filters stay on the desk."""
    context = journey_context(found, wanted, page, names)
    return context | {
        "days": by_day(page.entries, names, tact=tact),
        "address": reverse("desk-customer", args=[found.public_id]),
        "entries_address": reverse("desk-entries", args=[found.public_id]),
    }


def desk_page(
    ids: list[int], wanted: Asked, roles: Collection[str], after: Position | None = None
) -> tuple[Page, dict[int, str], Tact]:
    """A page of the journey, the sources' names, and the rules of disclosure."""
    (page, names), tact = read(both(journey(ids, wanted, roles, after), disclosing(roles)))
    return page, names, tact
