"""The API's addresses of outgoing webhooks: endpoints, pausing one, what it was told, and telling it again."""

from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import Problem
from crm.api.parameters import Parameters, limit, pattern, row_number
from crm.api.views import ApiView, ListView, number_of
from crm.privacy.access import requires
from crm.privacy.roles import ADMINISTERS
from integrations.webhooks import changing
from integrations.webhooks.models import Endpoint, WebhookMessage

ENDPOINT = row_number("endpoint", "The endpoint's number.")
MESSAGE = row_number("message", "The message's number.")
STATES, ACTS = WebhookMessage.State.values, ["pause", "resume"]
PLAIN = ("id", "name", "url", "events", "brand", "created_at", "failing_since", "paused_at", "paused_for")
OF_MESSAGE = ("id", "event", "state", "attempts", "created_at", "due_at", "body")


def before() -> Any:
    return pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")


class WebhookShown(serializers.Serializer[Any]):
    """An endpoint that is told of what happens. Its secret is shown once, on its page, and never here."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    brand = serializers.CharField(allow_blank=True, help_text="Whose customers it is told of, beside common ones.")
    created_at = serializers.DateTimeField()
    failing_since = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_for = serializers.CharField(allow_blank=True, help_text="staff, gone (it answered 410) or failing.")


class WebhookMessageShown(serializers.Serializer[Any]):
    """A message to an endpoint."""

    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header that it is sent with, the same at each attempt.")
    event = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When it is sent next.")
    body = serializers.CharField(help_text="As it is sent.")


class WebhookSwitched(serializers.Serializer[Any]):
    """What is to be done with an endpoint."""

    act = serializers.ChoiceField(ACTS)


class WebhooksAsked(Parameters):
    before = before()
    limit = limit()


@requires(*ADMINISTERS, about="webhooks")
class Webhooks(ListView):
    """The endpoints that are told of what happens, the latest first."""

    queryset = Endpoint.objects.none()
    filterset_class = WebhooksAsked
    serializer_class = WebhookShown

    @extend_schema(operation_id="list_webhooks", responses=WebhookShown(many=True))
    def get(self, request: Request) -> Response:
        page, following = self.numbered(Endpoint.objects.there().order_by("-pk"))
        return self.page([as_shown(one) for one in page], following)


@requires(*ADMINISTERS, about="webhooks")
class SwitchWebhook(ApiView):
    """Pause an endpoint (what happens meanwhile waits for it), or resume it."""

    queryset = Endpoint.objects.none()
    parser_classes = (JSONParser,)
    serializer_class = WebhookShown

    @extend_schema(
        operation_id="switch_webhook", parameters=[ENDPOINT], request=WebhookSwitched, responses={200: WebhookShown}
    )
    def post(self, request: Request, endpoint: str) -> Response:
        asked = WebhookSwitched(data=request.data)
        asked.is_valid(raise_exception=True)
        found = endpoint_of(endpoint)
        if asked.validated_data["act"] == "pause":
            changing.pause(found, self.actor, timezone.now())
        else:
            changing.resume(found, self.actor)
        return Response(WebhookShown(as_shown(found)).data)


@requires(*ADMINISTERS, about="webhooks")
class WebhookMessages(ListView):
    """What an endpoint was told, the latest first."""

    queryset = WebhookMessage.objects.none()
    filterset_class = WebhooksAsked
    serializer_class = WebhookMessageShown

    @extend_schema(
        operation_id="list_webhook_messages", parameters=[ENDPOINT], responses=WebhookMessageShown(many=True)
    )
    def get(self, request: Request, endpoint: str) -> Response:
        page, following = self.numbered(endpoint_of(endpoint).messages.order_by("-pk"))
        return self.page([message_shown(one) for one in page], following)


@requires(*ADMINISTERS, about="webhooks")
class ReplayWebhookMessage(ApiView):
    """Send a message again, under its id of before."""

    queryset = WebhookMessage.objects.none()
    serializer_class = WebhookMessageShown

    @extend_schema(
        operation_id="replay_webhook_message", parameters=[ENDPOINT, MESSAGE], request=None,
        responses={202: WebhookMessageShown, 404: OpenApiResponse(Problem)},
    )  # fmt: skip
    def post(self, request: Request, endpoint: str, message: str) -> Response:
        number = number_of(message, "message")
        found = endpoint_of(endpoint).messages.filter(pk=number).first()
        if found is None:
            raise NotFound(f"message: this endpoint was sent no message {number}")
        changing.replay(found, timezone.now())
        found.refresh_from_db()
        return Response(WebhookMessageShown(message_shown(found)).data, status=202)


def endpoint_of(asked: str) -> Endpoint:
    """Raises NotFound."""
    number = number_of(asked, "endpoint")
    found = Endpoint.objects.there().filter(pk=number).first()
    if found is None:
        raise NotFound(f"endpoint: there is no endpoint {number}")
    return found


def as_shown(one: Endpoint) -> dict[str, Any]:
    return {name: getattr(one, name) for name in PLAIN}


def message_shown(one: WebhookMessage) -> dict[str, Any]:
    return {name: getattr(one, name) for name in OF_MESSAGE} | {"webhook_id": one.sent_as}


urlpatterns: list[URLPattern] = [
    path("webhooks/", Webhooks.as_view(), name="api-webhooks"),
    path("webhooks/<str:endpoint>/state/", SwitchWebhook.as_view(), name="api-switch-webhook"),
    path("webhooks/<str:endpoint>/messages/", WebhookMessages.as_view(), name="api-webhook-messages"),
    path(
        "webhooks/<str:endpoint>/messages/<str:message>/replay/",
        ReplayWebhookMessage.as_view(),
        name="api-replay-webhook-message",
    ),
]
