"""The API's addresses of conversions: those that count, newest first, and noting what happened elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.parameters import SOME_TEXT, Parameters, limit, moment, pattern, public_id, text
from crm.api.views import ListView, followed_customer_of
from crm.identity.models import Identifier
from crm.privacy.access import followable_customers, knows_customers, requires
from crm.privacy.masking import masked
from crm.privacy.revealing.acts import revealed_to
from crm.privacy.roles import ADMINISTERS, SEES_CUSTOMERS
from crm.sources.models import Source
from journeys.attribution.import_reading import told_of
from journeys.attribution.importing import kinds
from journeys.attribution.models import Conversion, ConversionLine
from journeys.attribution.naming import may_name
from journeys.attribution.noting import note_all
from journeys.timeline.reading import identifiers_of

MOST = 500  # conversions of one request
PLACE = r"^[0-9]{1,16}\.[0-9]{1,18}$"
NOTED = [ConversionLine.Outcome.DONE.value, ConversionLine.Outcome.ALREADY.value, ConversionLine.Outcome.REFUSED.value]


class ConversionShown(serializers.Serializer[Any]):
    """An outcome that counts. For a key that sees journeys by pseudonym, without what tells who it is."""

    id = serializers.IntegerField()
    customer = serializers.UUIDField(help_text="Whose it is now.")
    identifier = serializers.CharField(help_text="kind:value of what it hangs off, for good.")
    kind = serializers.CharField(help_text="The name of its definition, or sale, upgrade, retained.")
    role = serializers.ChoiceField(["", "refund"], help_text="Empty: it counts.")
    at = serializers.DateTimeField()
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    order = serializers.CharField(allow_blank=True)


def told(help_text: str, most: int = 400) -> Any:
    return serializers.RegexField(
        SOME_TEXT, max_length=most, required=False, allow_blank=True, default="", help_text=help_text
    )


class ConversionTold(serializers.Serializer[Any]):
    """What happened elsewhere: whose it is by one of customer, identifier, email, phone, or else order."""

    customer = told("The customer's id.")
    identifier = told("kind:value, such as login:4711.")
    email = told("An e-mail address.")
    phone = told("A phone number.")
    at = told("When: an ISO 8601 time, such as 2026-11-27T14:05:00Z, or a day.", 60)
    value = told("An amount as text, such as 1234.56; below nought for a refund.", 60)
    currency = told("Three letters, such as GBP.", 10)
    order = told("The order's number: each counts once. Alone, it says whose it is: theirs who were seen with it.", 400)
    kind = told("The name of a definition, or sale (unless told), upgrade, retained.", 80)


class ConversionsTold(serializers.Serializer[Any]):
    conversions = serializers.ListField(child=ConversionTold(), min_length=1, max_length=MOST)

    def get_fields(self) -> dict[str, Any]:
        """`source` is a word of the framework's own."""
        return {"source": told("The id of the source whose ids people are named by.", 40), **super().get_fields()}


class ConversionMade(serializers.Serializer[Any]):
    """What came of one, in the order they were told."""

    outcome = serializers.ChoiceField(NOTED, help_text="done: noted; already: it was noted before; refused: why.")
    said = serializers.CharField(allow_blank=True)
    id = serializers.IntegerField(allow_null=True)


class ConversionsMade(serializers.Serializer[Any]):
    results = ConversionMade(many=True)


class ConversionsAsked(Parameters):
    customer = public_id("Of this customer only.")
    kind = text("The name of a definition, or sale, upgrade, retained.")
    currency = pattern("^[A-Z]{3}$", "give three letters, such as GBP")
    occurred_after = moment("Not older than this.")
    occurred_before = moment("Older than this.")
    before = pattern(PLACE, "give what the next page's address gave")
    limit = limit()


@requires(*SEES_CUSTOMERS, writers=ADMINISTERS, about="conversions")
class Conversions(ListView):
    """Conversions that count, newest first."""

    queryset = Conversion.objects.none()
    parser_classes = (JSONParser,)  # no form says a list of objects
    filterset_class = ConversionsAsked
    serializer_class = ConversionShown

    @extend_schema(operation_id="list_conversions", responses=ConversionShown(many=True))
    def get(self, request: Request) -> Response:
        rows = list(self.found().select_related("identifier", "definition").order_by("-at", "-pk")[: self.limit + 1])
        page = rows[: self.limit]
        following = place_of(page[-1]) if len(rows) > self.limit else None
        return self.page(self.shown(page), following)

    def found(self) -> Any:
        asked, found = self.asked, Conversion.objects.counted()
        if asked["customer"]:
            whose = followed_customer_of(asked["customer"], self.actor)
            found = found.filter(identifier__in=identifiers_of(whose.pk))
        if asked["kind"]:
            found = found.filter(Q(definition__name__iexact=asked["kind"]) | Q(kind=asked["kind"], definition=None))
        if asked["currency"]:
            found = found.filter(currency=asked["currency"])
        if asked["occurred_after"]:
            found = found.filter(at__gte=in_utc(asked["occurred_after"]))
        if asked["occurred_before"]:
            found = found.filter(at__lt=in_utc(asked["occurred_before"]))
        return found.filter(before(asked["before"])) if asked["before"] else found

    def shown(self, rows: Sequence[Conversion]) -> list[dict[str, Any]]:
        """Those of customers whom the actor may follow."""
        may = followable_customers(self.actor).filter(pk__in={one.identifier.customer_id for one in rows})
        public_ids = dict(may.values_list("pk", "public_id"))
        known = set(public_ids) if knows_customers(self.actor) else set(revealed_to(self.actor))
        return [
            as_shown(one, is_known=one.identifier.customer_id in known)
            | {"customer": public_ids[one.identifier.customer_id]}
            for one in rows
            if one.identifier.customer_id in public_ids
        ]

    @extend_schema(
        operation_id="note_conversions", filters=False, request=ConversionsTold, responses={200: ConversionsMade}
    )
    def post(self, request: Request) -> Response:
        """Note conversions, each exact, or refused with the remedy. Whoever is not known yet is waited for."""
        asked = ConversionsTold(data=request.data)
        asked.is_valid(raise_exception=True)
        body, now, known = asked.validated_data, timezone.now(), kinds()
        source = self.source_of(body["source"])
        lines = [told_of(number, dict(one), known, now) for number, one in enumerate(body["conversions"], 1)]
        with transaction.atomic():
            made = note_all(lines, source, self.actor)
        results = [{"outcome": one.outcome, "said": one.said, "id": one.conversion or None} for one in made]
        return Response(ConversionsMade({"results": results}).data)

    def source_of(self, asked: str) -> Source:
        found = Source.objects.connected().filter(public_id=asked).first() if asked else Source.of_staff()
        if found is None or not may_name(self.actor, found):
            raise NotFound(f"source: there is no source {asked}, or none that this key may see")
        return found


def as_shown(one: Conversion, *, is_known: bool) -> dict[str, Any]:
    whose: Identifier = one.identifier
    value = whose.value if is_known else masked(whose.value, whose.kind)
    plain = {name: getattr(one, name) for name in ("role", "at", "value", "currency")}
    return plain | {
        "id": one.pk,
        "identifier": f"{whose.kind}:{value}",
        "kind": one.definition.name if one.definition else one.kind,
        "order": one.order if is_known else "",
    }


def in_utc(at: datetime) -> datetime:
    """A time in UTC; PostgreSQL takes no zone that is further from it than any on earth."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)


def place_of(one: Conversion) -> str:
    """Where a page that begins after a conversion begins."""
    return f"{round(one.at.timestamp() * 1_000_000)}.{one.pk}"


def before(place: str) -> Q:
    """The conversions after a place."""
    micros, _, number = place.partition(".")
    at = datetime.fromtimestamp(0, UTC) + min(int(micros), 10**16 - 1) * datetime.resolution
    return Q(at__lt=at) | Q(at=at, pk__lt=int(number))


urlpatterns: list[URLPattern | URLResolver] = [path("conversions/", Conversions.as_view(), name="api-conversions")]
