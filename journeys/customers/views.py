"""The pages of customers: the list, a customer with the journey, an interaction, the steps of a visit."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_htmx.http import push_url

from crm.identity.kinds import Kind
from crm.identity.models import Customer, Identifier
from crm.identity.sharing import Sharer
from crm.matching.queueing import of_identifiers
from crm.privacy.access import followed_or_404, is_open_to, knows_customers, requires, roles_of, seen_or_404
from crm.privacy.actors import Actor
from crm.privacy.disclosure import disclosing
from crm.privacy.masking import Veil
from crm.privacy.roles import ADMINISTERS, SEES_CUSTOMERS
from crm.profile.household import Housemate
from crm.profile.portraits import Portrait, portraits, portraying
from crm.profile.record import Record, most_telling_first, recording, veiled
from crm.reading import Reading, both, read
from crm.search.finding import find
from journeys.customers import veiling
from journeys.customers.addresses import customer_address, entries_address
from journeys.customers.asking import Asked, Request, asked, asked_day, asked_position
from journeys.customers.counting import said_count
from journeys.customers.days import by_day, naming_sources
from journeys.customers.drawing import contacts, golden, known, people
from journeys.customers.lines import details, line
from journeys.customers.listing import Listing, found_rows, latest_customers
from journeys.customers.tact import is_hidden, seemly
from journeys.customers.veils import veils_of
from journeys.interactions.drafts import Channel
from journeys.interactions.models import Interaction, Session
from journeys.timeline.entries import Entry, Happened
from journeys.timeline.lasting import Reach, reaching
from journeys.timeline.positions import INTERACTION, Position
from journeys.timeline.reading import NO_FILTERS, Page, identifiers_of, paging, paging_newer, read_newer, read_page
from journeys.timeline.visits import ending, read_steps, session_of, visit_around

everyone = requires(*SEES_CUSTOMERS)
IDENTIFIERS_SHOWN = 6  # the others open


@everyone
@require_GET
@never_cache
def customers(request: Request) -> HttpResponse:
    """Find customers, or see who was in touch last."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    with_visitors = request.GET.get("who") == "all"
    if query:
        found = find(query, request.user)
        listing = Listing(found_rows(found))
    else:
        before = asked_position(request.GET)
        listing = latest_customers(request.user, before, with_visitors=with_visitors)
    rows = people(listing.rows, is_picked_from=bool(ADMINISTERS & roles_of(request.user)))
    context = {"query": query, "listing": listing, "people": rows, "with_visitors": with_visitors,
               "before": request.GET.get("before"), "is_veiled": not knows_customers(request.user)}  # fmt: skip
    is_part = request.htmx.target == "found" or request.htmx.target == "more"
    name = "parts/people.html" if request.htmx.target == "more" else "parts/found.html"
    return render(request, f"journeys/{name if is_part else 'customers.html'}", context)


@everyone
@require_GET
@never_cache
def customer(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """A customer: who they are, and their journey."""
    found = followed_or_404(request.user, identifiers__origin__public_id=public_id)
    if found.public_id != public_id:
        return redirect("customer", found.public_id)
    veil = veil_for(request, found)
    wanted = asked(request, with_text=veil is None)
    if request.htmx.target == "journey":
        context = journey_context(
            found, wanted, *read(journey(identifiers_of(found.pk), wanted, roles_of(request.user), veil=veil))
        ) | {"is_veiled": veil is not None, "is_withheld": found.identifiers.filter(is_withheld=True).exists()}
        address = f"{request.path}?{wanted.address}" if wanted.address else request.path
        return push_url(render(request, "journeys/parts/journey.html", context), address)
    identifiers, roles = most_telling_first(found), roles_of(request.user)
    (page, names), introduced = read(
        both(
            journey([one.pk for one in identifiers], wanted, roles, veil=veil),
            introducing(found, identifiers, roles, request.user),
        )
    )
    if veil:
        introduced = replace(introduced, record=veiled(introduced.record), shared=[], household=[])
    context = journey_context(found, wanted, page, names) | record_context(introduced, names)
    context |= {"is_veiled": veil is not None, "is_withheld": any(one.is_withheld for one in identifiers)}
    context |= doubles(request, [one.pk for one in identifiers])
    return render(request, "journeys/customer.html", context)


@everyone
@require_GET
@never_cache
def entries(request: Request, public_id: uuid.UUID) -> HttpResponse:
    """More of a journey: the entries older than `before`, or newer than `after`; without both, the newest."""
    found = followed_or_404(request.user, identifiers__origin__public_id=public_id)
    veil = veil_for(request, found)
    wanted, after = asked(request, with_text=veil is None), asked_position(request.GET, "after")
    context = journey_context(
        found,
        wanted,
        *read(journey(identifiers_of(found.pk), wanted, roles_of(request.user), after, veil)),
        under=asked_day(request.GET, "under"),
    )
    return render(request, "journeys/parts/entries.html", context)


@everyone
@require_GET
@never_cache
def extent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """How many interactions a customer has, in words; other pages fetch it."""
    found = followed_or_404(request.user, identifiers__origin__public_id=public_id)
    return HttpResponse(said_count(identifiers_of(found.pk)))


@everyone
@require_GET
@never_cache
def interaction(request: Request, interaction_id: int) -> HttpResponse:
    """An interaction, where it stands in its customer's journey."""
    said = get_object_or_404(Interaction, pk=interaction_id)
    found = owner_or_404(request, said.identifier_id)
    names, tact = read(both(naming_sources(), disclosing(roles_of(request.user))))
    if is_hidden(said, tact):
        raise Http404("It is hidden from your role.")
    if said.channel == Channel.WEB:
        shown_or_404(said.identifier_id)
    entry = entry_of(said, found)
    newer = read_newer(found.pk, NO_FILTERS, entry.position, limit=3).entries
    older = read_page(found.pk, NO_FILTERS, just_above(entry.position), limit=8).entries
    around = seemly([*newer, *older], tact)
    whole = line(Happened(said), names)
    context = {"customer": found, "name": portraits([found.pk])[found.pk].name, "said": said, "whole": whole,
               "details": details(said), "days": by_day(around, names, anchor=entry.anchor),
               "anchor": entry.anchor, "place": just_above((newer or [entry])[0].position)}  # fmt: skip
    return render(request, "journeys/interaction.html", context)


@everyone
@require_GET
@never_cache
def steps(request: Request, session_id: int) -> HttpResponse:
    """The steps of the visit that a session belongs to, in their order; those after `after` when it is given."""
    session = get_object_or_404(Session, pk=session_id)
    found = followed_or_404(request.user, identifiers=session.identifier_id)
    shown_or_404(session.identifier_id)
    veil = veil_for(request, found)
    [visit], tact = read(
        both(ending([visit_around(session, identifiers_of(found.pk))]), disclosing(roles_of(request.user)))
    )
    after = asked_position(request.GET, "after")
    hits, next_step = read_steps(visit, (after.at, after.id) if after else None)
    hits = [hit for hit in hits if not is_hidden(hit, tact)]
    if not seemly([visit], tact):
        raise Http404("It is hidden from your role.")
    if veil:
        hits = [veiling.veiled_interaction(hit, veil) for hit in hits]
        visit = replace(
            visit, landing=veiling.veiled_data(visit.landing, veil), exit=veiling.veiled_data(visit.exit, veil)
        )
    context = {"customer": found, "visit": visit, "line": line(visit, {}), "hits": hits,
               "next": Position(next_step[0], INTERACTION, next_step[1]) if next_step else None}  # fmt: skip
    return render(request, f"journeys/{'parts/steps' if request.htmx else 'visit'}.html", context)


# What the pages share


def owner_or_404(request: HttpRequest, identifier_id: int) -> Customer:
    """The customer that an identifier belongs to."""
    return seen_or_404(request.user, identifiers=identifier_id)


def veil_for(request: HttpRequest, found: Customer) -> Veil | None:
    """What hides who a customer is from whoever asks; None where they may know."""
    if is_open_to(request.user, found):
        return None
    return veils_of([found.pk])[found.pk]


def shown_or_404(identifier_id: int) -> None:
    """Refuse browsing that is withheld."""
    if Identifier.objects.filter(pk=identifier_id, is_withheld=True).exists():
        raise Http404("Browsing is not shown: they do not want it to be looked at.")


def entry_of(said: Interaction, owner: Customer) -> Entry:
    """The entry of the journey that shows an interaction: a web one is part of a visit."""
    session = session_of(said) if said.channel == Channel.WEB else None
    return visit_around(session, identifiers_of(owner.pk)) if session else Happened(said)


def just_above(position: Position) -> Position:
    """The position that this one, and all that is older, comes before."""
    return replace(position, id=position.id + 1)


def journey(
    identifiers: list[int],
    wanted: Asked,
    roles: Collection[str],
    after: Position | None = None,
    veil: Veil | None = None,
) -> Reading[tuple[Page, dict[int, str]]]:
    """A page of the journey of these identifiers as those roles see it, newer than `after` where it is given; and the
    sources' names. veil: for somebody who may not know whose it is.
    """
    filters = wanted.filters
    if filters.text:
        filters = filters._replace(hidden=(yield from disclosing(roles)).unsearchable)
    paged = paging_newer(identifiers, filters, after) if after else paging(identifiers, filters, wanted.before)
    page, (names, tact) = yield from both(paged, both(naming_sources(), disclosing(roles)))
    entries = seemly(page.entries, tact)
    return replace(page, entries=veiling.veiled(entries, veil) if veil else entries), names


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who a customer is: their record, how far their journey reaches, who lives with them or shares what with them."""

    record: Record
    reach: Reach
    shared: list[tuple[Sharer, Portrait]]
    household: list[tuple[Housemate, Portrait]]


def introducing(
    found: Customer, identifiers: list[Identifier], roles: Collection[str], actor: Actor
) -> Reading[Introduction]:
    """The introduction of the customer of these identifiers, the most telling first, as the actor in those roles sees
    it.
    """
    record, reached = yield from both(
        recording(found, identifiers, roles, actor), reaching([one.pk for one in identifiers])
    )
    mates = {mate.customer_id for mate in record.household}
    sharers = [sharer for sharer in record.sharers if sharer.customer_id not in mates or sharer.kind != Kind.PHONE]
    shown = yield from portraying(mates | {sharer.customer_id for sharer in sharers})
    shared = [(sharer, shown[sharer.customer_id]) for sharer in sharers if sharer.customer_id in shown]
    home = [
        (m, shown[m.customer_id]) for m in record.household if m.customer_id in shown and shown[m.customer_id].is_known
    ]
    return Introduction(record, reached, shared, home)


def journey_context(
    found: Customer, wanted: Asked, page: Page, names: Mapping[int, str], under: date | None = None
) -> dict[str, Any]:
    """What the journey's templates show. names: of sources, by id."""
    days = by_day(page.entries, names, under)
    return {
        "customer": found, "address": customer_address(found.public_id),
        "entries_address": entries_address(found.public_id), "asked": wanted, "days": days, "next": page.next,
        "names": names, "last_day": days[-1][0] if days else under,
        "channels": [("", "All", ""), ("call", "Calls", "phone"), ("email", "E-mail", "mail"),
                     ("social", "Social", "chat"), ("web", "Web", "globe")],
    }  # fmt: skip


def doubles(request: Request, identifiers: Sequence[int]) -> dict[str, Any]:
    """Whom an admin may still find to be the same: how many others, and the review to begin with."""
    reviews = of_identifiers(identifiers, timezone.now()) if bool(ADMINISTERS & roles_of(request.user)) else []
    others = {end.customer_id for one in reviews for end in (one.a, one.b)}
    return {"doubles": len(others) - 1 if others else 0, "first_double": reviews[0] if reviews else None}


def record_context(introduced: Introduction, names: Mapping[int, str]) -> dict[str, Any]:
    """What the left column shows. names: of sources, by id."""
    record, reached = introduced.record, introduced.reach
    sources = {*record.sources, *(names[one] for one in reached.sources if one in names)}
    return {
        "record": record, "household": introduced.household,
        "shared": introduced.shared, "reach": reached, "source_count": len(sources),
        "golden": golden(record), "contacts": contacts(record.contacts),
        "known": (known(record.identifiers[:IDENTIFIERS_SHOWN]), known(record.identifiers[IDENTIFIERS_SHOWN:])),
    }  # fmt: skip
