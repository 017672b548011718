"""The API's addresses of sources and deliveries, for admins."""

from typing import Any

from django.db.models import Exists, Model, OuterRef
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import Problem
from crm.api.parameters import LARGEST_ID, Parameters, choice, limit, pattern, row_number, text
from crm.api.views import ApiView, ListView, Named, number_of
from crm.privacy.access import requires
from crm.privacy.roles import ADMINISTERS
from crm.sources.models import Source
from integrations.inbox.models import Delivery, FailedDelivery, Pending
from integrations.inbox.replaying import replay

LOOKED_AT = 2_000  # rows that a filtered page looks at; then it goes on in the next request
STATES = ("failed", "pending", "recorded")
NUMBER = row_number("delivery", "The delivery's number.")


def before() -> Any:
    return pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")


class SourceShown(serializers.ModelSerializer[Source]):
    """A connected system. Its keys and secret are shown once, when it is made, and never here."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = Source
        fields = (
            "id",
            "name",
            "adapter",
            "namespace",
            "brand",
            "country",
            "is_trusted",
            "endpoint",
            "created_at",
            "disabled_at",
        )
        read_only_fields = fields


class SourcesAsked(Parameters):
    before = before()
    limit = limit()


@requires(*ADMINISTERS, about="sources")
class Sources(ListView):
    """The connected systems, the latest first."""

    queryset = Source.objects.none()
    filterset_class = SourcesAsked
    serializer_class = SourceShown

    @extend_schema(operation_id="list_sources", responses=SourceShown(many=True))
    def get(self, request: Request) -> Response:
        found = list(
            Source.objects.connected()
            .filter(pk__lt=self.asked["before"] or LARGEST_ID)
            .order_by("-pk")[: self.limit + 1]
        )
        rows = found[: self.limit]
        return self.page(rows, rows[-1].pk if len(found) > self.limit else None)


class DeliveryShown(Named):
    """One raw event as it was received, without its body, and what became of it."""

    named = {"source": serializers.CharField}
    id = serializers.IntegerField()
    key = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    received_at = serializers.DateTimeField()
    state = serializers.ChoiceField(STATES)
    reason = serializers.CharField(allow_blank=True, help_text="Why it failed, or waits to be tried again.")
    attempts = serializers.IntegerField()


class DeliveriesAsked(Parameters):
    state = choice(STATES, "What became of it.")
    source = text("The id of the source it came from.")
    before = before()
    limit = limit()


@requires(*ADMINISTERS, about="deliveries")
class Deliveries(ListView):
    """Deliveries, the latest first."""

    queryset = Delivery.objects.none()
    filterset_class = DeliveriesAsked
    serializer_class = DeliveryShown

    @extend_schema(operation_id="list_deliveries", responses=DeliveryShown(many=True))
    def get(self, request: Request) -> Response:
        state, source = self.asked["state"], self.source
        size = LOOKED_AT if source or state == "recorded" else self.limit + 1
        looked_at = newest(state, int(self.asked["before"] or LARGEST_ID), size)
        found = list(chosen(looked_at, state, source)[: self.limit + 1])
        rows = found[: self.limit]
        if len(found) > self.limit:
            return self.page(with_states(rows), rows[-1].pk)
        return self.page(with_states(rows), looked_at[-1] if len(looked_at) == size else None)

    @property
    def source(self) -> Source | None:
        public_id = self.asked["source"]
        found = Source.objects.filter(public_id=public_id).first() if public_id else None
        if public_id and found is None:
            raise NotFound(f"source: there is no source {public_id}; /api/v1/sources/ lists them")
        return found


def newest(state: str, before: int, size: int) -> list[int]:
    """The numbers of the latest deliveries of a state, or of all where the state is known of the rest only."""
    models: dict[str, type[Model]] = {"failed": FailedDelivery, "pending": Pending}
    rows = models.get(state, Delivery)._default_manager.filter(pk__lt=before).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:size])


def chosen(numbers: list[int], state: str, source: Source | None) -> Any:
    """Those of the deliveries that are asked for, the latest first."""
    found = Delivery.objects.filter(pk__in=numbers).order_by("-pk").select_related("source").defer("body")
    if source:
        found = found.filter(source=source)
    if state == "recorded":
        waiting, failed = Pending.objects.filter(pk=OuterRef("pk")), FailedDelivery.objects.filter(pk=OuterRef("pk"))
        found = found.exclude(Exists(waiting)).exclude(Exists(failed))
    return found


def with_states(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    """Deliveries with what became of each."""
    numbers = [delivery.pk for delivery in deliveries]
    known: dict[int, tuple[str, str, int]] = {}
    for state, model in (("pending", Pending), ("failed", FailedDelivery)):
        for number, reason, attempts in model._default_manager.filter(pk__in=numbers).values_list(
            "pk", "reason", "attempts"
        ):
            known[number] = state, reason, attempts
    rows = []
    for one in deliveries:
        state, reason, attempts = known.get(one.pk, ("recorded", "", 0))
        plain = {name: getattr(one, name) for name in ("id", "key", "received_at")}
        plain |= {"kind": one.came_as, "source": one.source.public_id}
        rows.append(plain | {"state": state, "reason": reason, "attempts": attempts})
    return rows


class Replayed(serializers.Serializer[Any]):
    """How many failed deliveries are pending again."""

    replayed = serializers.IntegerField()


@requires(*ADMINISTERS, about="deliveries")
class ReplayDelivery(ApiView):
    """Put a failed delivery back in the queue."""

    queryset = Delivery.objects.none()
    serializer_class = Replayed

    @extend_schema(
        operation_id="replay_delivery", parameters=[NUMBER], request=None,
        responses={202: Replayed, 409: OpenApiResponse(Problem, description="It has not failed.")},
    )  # fmt: skip
    def post(self, request: Request, delivery: str) -> Response:
        number = number_of(delivery, "delivery")
        if replay([number]):
            return Response({"replayed": 1}, status=202)
        if not Delivery.objects.filter(pk=number).exists():
            raise NotFound(f"delivery: there is no delivery {number}")
        why = f"delivery {number} has not failed; only failed deliveries are replayed"
        return Response({"detail": why}, status=409)


urlpatterns: list[URLPattern | URLResolver] = [
    path("sources/", Sources.as_view(), name="api-sources"),
    path("", include("integrations.uploads.api")),
    path("", include("integrations.webhooks.api")),
    path("deliveries/", Deliveries.as_view(), name="api-deliveries"),
    path("deliveries/<str:delivery>/replay/", ReplayDelivery.as_view(), name="api-replay-delivery"),
]
