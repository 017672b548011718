"""The API's addresses of interactions: everybody's, one customer's timeline, one of them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customers import value_asked
from crm.api.errors import BadParameter
from crm.api.parameters import Parameters, choice, described, identifier, limit, moment, public_id, row_number, text
from crm.api.views import (
    CUSTOMER,
    MOVED,
    ApiView,
    ListView,
    Named,
    followed_customer_of,
    number_of,
    redirected,
    uuid_of,
)
from crm.identity.models import Identifier
from crm.privacy.access import followable_customers, knows_customers, requires, roles_of, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.disclosure import disclosing
from crm.privacy.masking import Veil, masked
from crm.privacy.revealing.acts import revealed_to
from crm.privacy.roles import SEES_CUSTOMERS
from crm.reading import read
from crm.sources.models import Source
from journeys.attribution.report_api import Attribution
from journeys.customers.tact import is_hidden
from journeys.customers.veiling import veiled_interaction
from journeys.customers.veils import veils_of
from journeys.explore.filters import Facets, is_any
from journeys.explore.finding import find, is_withheld
from journeys.explore.places import place_of
from journeys.explore.wanted import Wanted
from journeys.interactions.drafts import Channel, Direction
from journeys.interactions.models import Interaction
from journeys.morning.api import MorningView
from journeys.paths.blind_api import Abandonments, BlindSpotsView
from journeys.timeline.lanes import Filters
from journeys.timeline.latest import read_latest
from journeys.timeline.positions import EPOCH, BadPosition, Position, parse_position, start_of
from journeys.timeline.reading import NEWEST, Stretch, gathering, identifiers_of

NUMBER = row_number("interaction", "The interaction's number.")
SAME_IDENTIFIER = 200  # rows: one value in many namespaces


class SourceNamed(serializers.Serializer[Any]):
    """The system that an interaction came from."""

    id = serializers.CharField()
    name = serializers.CharField()


class InteractionShown(Named):
    """One thing that happened. In lists, long bodies are cut and the HTML of mails is left out."""

    named = {"source": SourceNamed, "data": serializers.DictField}
    id = serializers.IntegerField()
    customer = serializers.UUIDField(help_text="Whose it is now.")
    identifier = serializers.CharField(help_text="kind:value of what it came in on, for good.")
    key = serializers.CharField(allow_blank=True, help_text="The source's own word for it; empty where it is veiled.")
    channel = serializers.ChoiceField([channel.value for channel in Channel])
    kind = serializers.CharField()
    direction = serializers.ChoiceField([direction.value for direction in Direction], allow_blank=True)
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    title = serializers.CharField(allow_blank=True)
    body = serializers.CharField(allow_blank=True)


def position() -> Any:
    """Where a page begins."""
    return described(
        text(""), description="What the next page's address gave, or an ISO 8601 time: what happened before it.",
        anyOf=[{"type": "string", "pattern": r"^[0-9]{1,16}\.(-1|[0-3])\.[0-9]{1,18}$"},
               {"type": "string", "format": "date-time"}],
    )  # fmt: skip


class TimelineAsked(Parameters):
    channel = choice([channel.value for channel in Channel], "The medium it came through.")
    source = text("The id of the source it came from.")
    kind = text("What it was, such as page, call, email, message.")
    direction = choice([direction.value for direction in Direction], "in: from the customer; out: to the customer.")
    text = text("A part of the title, the body or the address of the page; upper or lower case.")
    before = position()
    limit = limit()


class InteractionsAsked(TimelineAsked, Facets):
    customer = public_id("Of this customer only.")
    identifier = identifier()
    occurred_after = moment("Not older than this.")
    occurred_before = moment("Older than this.")


class InteractionList(ListView):
    """What the two lists share: filters, and how a stretch of interactions is shown."""

    queryset = Interaction.objects.none()
    serializer_class = InteractionShown

    @property
    def filters(self) -> Filters:
        asked = self.asked
        if asked["text"] and not knows_customers(self.actor):
            raise BadParameter("text", "this key sees journeys without words; leave it out")
        channels = frozenset({asked["channel"]} if asked["channel"] else ())
        hidden = read(disclosing(roles_of(self.actor))).unsearchable if asked["text"] else ""
        return Filters(channels, self.source_id, asked["direction"], asked["text"], asked["kind"], hidden)

    @property
    def source_id(self) -> int | None:
        public_id = self.asked["source"]
        found = Source.objects.filter(public_id=public_id).first() if public_id else None
        if public_id and found is None:
            raise NotFound(f"source: there is no source {public_id}")
        return found.pk if found else None

    @property
    def start(self) -> Position:
        try:
            return parse_position(self.asked["before"]) if self.asked["before"] else NEWEST
        except BadPosition as error:
            raise BadParameter("before", str(error)) from error

    def stretch(self, found: Stretch) -> Response:
        interactions = [row for _, row in found.rows if isinstance(row, Interaction)]
        return self.page(shown(interactions, self.actor), found.end.token if found.end else None)


def shown(interactions: Sequence[Interaction], actor: Actor) -> list[dict[str, Any]]:
    """Interactions as the API shows them, without those that the actor may not see, or whose customer."""
    owners = {one.pk: one for one in Identifier.objects.filter(pk__in={one.identifier_id for one in interactions})}
    customers = followable_customers(actor).filter(pk__in={owner.customer_id for owner in owners.values()})
    public_ids = dict(customers.values_list("pk", "public_id"))
    veils = veils_for(actor, public_ids)
    sources = {source.pk: source for source in Source.objects.filter(pk__in={one.source_id for one in interactions})}
    tact, rows = read(disclosing(roles_of(actor))), []
    for one in interactions:
        owner = owners.get(one.identifier_id)
        if owner and owner.customer_id in public_ids and not is_withheld(one, owner) and not is_hidden(one, tact):
            row = veiled_interaction(one, veils[owner.customer_id]) if owner.customer_id in veils else one
            said = masked(owner.value, owner.kind) if row is not one else owner.value
            rows.append(as_shown(row, f"{owner.kind}:{said}", public_ids[owner.customer_id], sources[one.source_id]))
    return rows


def veils_for(actor: Actor, customers: Collection[int]) -> dict[int, Veil]:
    """What hides those customers (ids) whom somebody may follow, and not know."""
    hidden = set() if knows_customers(actor) else set(customers) - revealed_to(actor)
    return veils_of(hidden) if hidden else {}


def as_shown(one: Interaction, identifier: str, customer: UUID, source: Source) -> dict[str, Any]:
    plain = ("id", "key", "channel", "kind", "direction", "occurred_at", "recorded_at", "title", "body", "data")
    named = {"id": source.public_id, "name": source.name}
    return {name: getattr(one, name) for name in plain} | {
        "customer": customer,
        "identifier": identifier,
        "source": named,
    }


@requires(*SEES_CUSTOMERS, about="interactions")
class Timeline(InteractionList):
    """One customer's interactions, newest first: every channel in one stream. Veiled for a marketer's key: what
    happened and when, without words, names and addresses.
    """

    filterset_class = TimelineAsked

    @extend_schema(
        operation_id="get_timeline", parameters=[CUSTOMER], responses={200: InteractionShown(many=True), 301: MOVED}
    )
    def get(self, request: Request, customer: str) -> Response:
        asked_for = uuid_of(customer)
        standing = followed_customer_of(asked_for, self.actor)
        if standing.public_id != asked_for:
            return redirected(request, customer, standing.public_id)
        identifiers = identifiers_of(standing.pk)
        return self.stretch(read(gathering(identifiers, self.filters, self.start, self.limit, flat=True)))


@requires(*SEES_CUSTOMERS, about="interactions")
class Interactions(InteractionList):
    """Interactions of all customers, newest first."""

    filterset_class = InteractionsAsked

    @extend_schema(operation_id="list_interactions", responses=InteractionShown(many=True))
    def get(self, request: Request) -> Response:
        identifiers = self.identifiers()
        if is_any(self.asked):
            return self.faceted(identifiers)
        if identifiers is None:
            found = read_latest(self.filters, self.start, self.limit)
        else:
            found = read(gathering(identifiers, self.filters, self.start, self.limit, flat=True))
        return self.stretch(not_older(found, self.asked["occurred_after"]))

    def faceted(self, identifiers: list[int] | None) -> Response:
        """Those with what Explore asks, too, found as it finds them."""
        asked = self.asked
        facets = {name: asked[name] for name in Facets.base_filters}
        since, until = by_our_clock(asked["occurred_after"]), by_our_clock(asked["occurred_before"])
        wanted = Wanted(facets, self.plain(identifiers), asked["channel"], since, until)
        found = find(wanted, self.actor, place_of(super().start), self.limit)
        rows = shown([one.said for one in found.rows], self.actor)
        return self.page(rows, found.next.token if found.next else None)

    def plain(self, identifiers: list[int] | None) -> Q:
        """The filters that Explore does not have, as they narrow rows."""
        filters = self.filters
        found = Q() if identifiers is None else Q(identifier__in=identifiers)
        plain = {"source": filters.source_id, "kind": filters.kind, "direction": filters.direction}
        found &= Q(**{name: value for name, value in plain.items() if value})
        if filters.text:
            said = {f"{column}__icontains": filters.text for column in ("title", "body", "data__url")}
            found &= Q(**said, _connector=Q.OR)
        return found

    @property
    def start(self) -> Position:
        until: datetime | None = self.asked["occurred_before"]
        return min(super().start, start_of(until)) if until else super().start

    def identifiers(self) -> list[int] | None:
        """The ids of the identifiers asked for, by customer, by value or by both; None: all."""
        found: set[int] | None = None
        if self.asked["customer"]:
            found = set(identifiers_of(followed_customer_of(self.asked["customer"], self.actor).pk))
        if self.asked["identifier"]:
            known = visible_customers(self.actor)  # whose address is asked for is known by that
            same = Identifier.objects.filter(**value_asked(self.asked["identifier"]), customer__in=known)
            valued = set(same.values_list("pk", flat=True)[:SAME_IDENTIFIER])
            found = valued if found is None else found & valued
        return None if found is None else sorted(found)


def by_our_clock(at: datetime | None) -> datetime | None:
    """A time in a zone that PostgreSQL knows; the first or last of all where it is past what clocks can count."""
    try:
        return at.astimezone(UTC) if at else None
    except OverflowError:
        return EPOCH if at and at.year < EPOCH.year else datetime.max.replace(tzinfo=UTC)


def not_older(found: Stretch, since: datetime | None) -> Stretch:
    """The part of a stretch that is not older than a time; where it is cut, the stream ends."""
    if since is None:
        return found
    rows = [row for row in found.rows if row[0].at >= since]
    is_cut = len(rows) < len(found.rows) or (found.end is not None and found.end.at < since)
    return Stretch(rows, None if is_cut else found.end)


@requires(*SEES_CUSTOMERS, about="interactions")
class OneInteraction(ApiView):
    """One interaction, with all of its body and data."""

    queryset = Interaction.objects.none()
    serializer_class = InteractionShown

    @extend_schema(operation_id="get_interaction", parameters=[NUMBER], responses=InteractionShown)
    def get(self, request: Request, interaction: str) -> Response:
        number = number_of(interaction, "interaction")
        rows = shown(list(Interaction.objects.filter(pk=number)), self.actor)
        if not rows:
            raise NotFound(f"interaction: there is no interaction {number}, or none that this key may see")
        return Response(self.get_serializer(rows[0]).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/<str:customer>/timeline/", Timeline.as_view(), name="api-timeline"),
    path("", include("journeys.listening.api")),
    path("", include("journeys.paths.api")),
    path("", include("journeys.segments.api")),
    path("", include("journeys.work.api")),
    path("", include("journeys.attribution.api")),
    path("attribution/", Attribution.as_view(), name="api-attribution"),
    path("morning/", MorningView.as_view(), name="api-morning"),
    path("abandonments/", Abandonments.as_view(), name="api-abandonments"),
    path("blind-spots/", BlindSpotsView.as_view(), name="api-blind-spots"),
    path("interactions/", Interactions.as_view(), name="api-interactions"),
    path("interactions/<str:interaction>/", OneInteraction.as_view(), name="api-interaction"),
]
