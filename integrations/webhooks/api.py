"""The API's addresses of outgoing webhooks: endpoints, made and changed as on the screens, what they were told, and
telling it again.
"""

from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import Problem
from crm.api.parameters import SOME_TEXT, Parameters, choice, limit, pattern, row_number
from crm.api.views import ApiView, ListView, number_of
from crm.privacy.access import requires
from crm.privacy.roles import ADMINISTERS
from integrations.webhooks import changing
from integrations.webhooks.events import SAID
from integrations.webhooks.forms import EndpointForm
from integrations.webhooks.models import Endpoint, WebhookMessage

ENDPOINT = row_number("endpoint", "The endpoint's number.")
MESSAGE = row_number("message", "The message's number.")
REFUSED = OpenApiResponse(Problem, description="Nothing can be sent to that address, or there is no such brand.")
STATES = WebhookMessage.State.values
ACTS = ["pause", "resume", "remove", "bring back"]
PLAIN = ("id", "name", "url", "events", "brand", "created_at", "failing_since", "paused_at", "paused_for", "removed_at")
OF_MESSAGE = ("id", "event", "state", "attempts", "created_at", "due_at", "body")
OF_TRY = ("status", "milliseconds", "reason", "answer")


class EndpointRefused(APIException):
    """What is asked for has the right form, and cannot be."""

    status_code = 409


def before() -> Any:
    return pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")


class WebhookShown(serializers.Serializer[Any]):
    """An endpoint that is told of what happens. Its secret is shown once, when it is made, and never here."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    brand = serializers.CharField(allow_blank=True, help_text="Whose customers it is told of, beside common ones.")
    created_at = serializers.DateTimeField()
    failing_since = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_for = serializers.CharField(allow_blank=True, help_text="staff, gone (it answered 410) or failing.")
    removed_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is told nothing any more.")


class WebhookMade(WebhookShown):
    """An endpoint with its new secret, which nothing shows again."""

    secret = serializers.CharField(help_text="What messages are signed with (Standard Webhooks). Keep it now.")


class WebhookAsked(serializers.Serializer[Any]):
    """Where an endpoint is, and what it is told of."""

    name = serializers.RegexField(
        SOME_TEXT, allow_blank=True, max_length=80, help_text="What people will call it, for example warehouse."
    )
    url = serializers.RegexField(
        SOME_TEXT, allow_blank=True, max_length=500, help_text="Where we POST to: https, and not in a private network."
    )
    events = serializers.ListField(child=serializers.ChoiceField(list(SAID)), min_length=1, max_length=len(SAID))
    brand = serializers.RegexField(
        SOME_TEXT, max_length=20, required=False, allow_blank=True, default="",
        help_text="Whose customers it is told of, beside common ones, by its word.",
    )  # fmt: skip


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


class WebhookTested(serializers.Serializer[Any]):
    """A test that was sent, and how that went."""

    message = WebhookMessageShown()
    status = serializers.IntegerField(allow_null=True, help_text="What was answered; null where nothing was.")
    milliseconds = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True, help_text="Why nothing answered.")
    answer = serializers.CharField(allow_blank=True, help_text="How the answer began.")


class WebhookSwitched(serializers.Serializer[Any]):
    """What is to be done with an endpoint."""

    act = serializers.ChoiceField(ACTS)


class WebhookMessagesAsked(Parameters):
    before = before()
    limit = limit()


class WebhooksAsked(WebhookMessagesAsked):
    which = choice(["told", "removed"], "Those that are told (else), or those that were removed.")


@requires(*ADMINISTERS, about="webhooks")
class Webhooks(ListView):
    """The endpoints that are told of what happens, the latest first."""

    queryset = Endpoint.objects.none()
    filterset_class = WebhooksAsked
    serializer_class = WebhookShown
    parser_classes = (JSONParser,)

    @extend_schema(operation_id="list_webhooks", responses=WebhookShown(many=True))
    def get(self, request: Request) -> Response:
        rows = Endpoint.objects.there()
        if self.asked["which"] == "removed":
            rows = Endpoint.objects.exclude(removed_at=None)
        page, following = self.numbered(rows.order_by("-pk"))
        return self.page([as_shown(one) for one in page], following)

    @extend_schema(operation_id="make_webhook", request=WebhookAsked, responses={201: WebhookMade, 409: REFUSED})
    def post(self, request: Request) -> Response:
        """Have another endpoint told of what happens from now on. The answer holds its secret, once."""
        made = filled(request, Endpoint())
        changing.save(made, self.actor)
        return Response(WebhookMade(with_secret(made)).data, status=201)


@requires(*ADMINISTERS, about="webhooks")
class OneWebhook(ApiView):
    """An endpoint that is told of what happens."""

    queryset = Endpoint.objects.none()
    serializer_class = WebhookShown
    parser_classes = (JSONParser,)

    @extend_schema(operation_id="get_webhook", parameters=[ENDPOINT], responses=WebhookShown)
    def get(self, request: Request, endpoint: str) -> Response:
        return Response(WebhookShown(as_shown(endpoint_of(endpoint))).data)

    @extend_schema(
        operation_id="change_webhook", parameters=[ENDPOINT], request=WebhookAsked,
        responses={200: WebhookShown, 409: REFUSED},
    )  # fmt: skip
    def post(self, request: Request, endpoint: str) -> Response:
        """Change an endpoint: what is said takes the place of all that was. Its secret stays."""
        changed = filled(request, endpoint_of(endpoint))
        changing.save(changed, self.actor)
        return Response(WebhookShown(as_shown(changed)).data)


@requires(*ADMINISTERS, about="webhooks")
class ReplaceWebhookSecret(ApiView):
    """Give an endpoint a new secret: for a day, messages are signed with the old one as well."""

    queryset = Endpoint.objects.none()
    serializer_class = WebhookMade

    @extend_schema(
        operation_id="replace_webhook_secret", parameters=[ENDPOINT], request=None, responses={200: WebhookMade}
    )
    def post(self, request: Request, endpoint: str) -> Response:
        found = endpoint_of(endpoint)
        changing.replace_secret(found, self.actor, timezone.now())
        return Response(WebhookMade(with_secret(found)).data)


@requires(*ADMINISTERS, about="webhooks")
class TestWebhook(ApiView):
    """Send a test now, once, also to an endpoint that is paused; the answer says how that went."""

    queryset = Endpoint.objects.none()
    serializer_class = WebhookTested

    @extend_schema(operation_id="test_webhook", parameters=[ENDPOINT], request=None, responses={200: WebhookTested})
    def post(self, request: Request, endpoint: str) -> Response:
        made = changing.try_out(endpoint_of(endpoint), timezone.now())
        made.refresh_from_db()
        went = made.tries.get()
        shown = {"message": message_shown(made)} | {name: getattr(went, name) for name in OF_TRY}
        return Response(WebhookTested(shown).data)


@requires(*ADMINISTERS, about="webhooks")
class SwitchWebhook(ApiView):
    """Pause an endpoint (what happens meanwhile waits for it), resume it, remove it (it is told nothing more), or bring
    a removed one back (what happened meanwhile is not told).
    """

    queryset = Endpoint.objects.none()
    parser_classes = (JSONParser,)
    serializer_class = WebhookShown

    @extend_schema(
        operation_id="switch_webhook", parameters=[ENDPOINT], request=WebhookSwitched, responses={200: WebhookShown}
    )
    def post(self, request: Request, endpoint: str) -> Response:
        asked = WebhookSwitched(data=request.data)
        asked.is_valid(raise_exception=True)
        act = asked.validated_data["act"]
        found = endpoint_of(endpoint, is_removed=act == "bring back")
        if act in ("pause", "remove"):
            {"pause": changing.pause, "remove": changing.remove}[act](found, self.actor, timezone.now())
        else:
            {"resume": changing.resume, "bring back": changing.bring_back}[act](found, self.actor)
        return Response(WebhookShown(as_shown(found)).data)


@requires(*ADMINISTERS, about="webhooks")
class WebhookMessages(ListView):
    """What an endpoint was told, the latest first."""

    queryset = WebhookMessage.objects.none()
    filterset_class = WebhookMessagesAsked
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


def endpoint_of(asked: str, *, is_removed: bool = False) -> Endpoint:
    """One that is told, or one that was removed. Raises NotFound."""
    number = number_of(asked, "endpoint")
    found = Endpoint.objects.filter(pk=number, removed_at__isnull=not is_removed).first()
    if found is None:
        raise NotFound(f"endpoint: there is no {'removed ' if is_removed else ''}endpoint {number}")
    return found


def filled(request: Request, endpoint: Endpoint) -> Endpoint:
    """An endpoint as the request says: what the screen's form refuses is refused.

    Raises ValidationError, EndpointRefused.
    """
    asked = WebhookAsked(data=request.data)
    asked.is_valid(raise_exception=True)
    form = EndpointForm(asked.validated_data, endpoint=endpoint)
    if not form.is_valid():
        raise EndpointRefused(" ".join(f"{name}: {why[0]}" for name, why in form.errors.items()))
    if asked.validated_data["brand"] and "brand" not in form.fields:
        raise EndpointRefused("brand: There are no brands: leave it out.")
    return form.filled()


def as_shown(one: Endpoint) -> dict[str, Any]:
    return {name: getattr(one, name) for name in PLAIN}


def with_secret(one: Endpoint) -> dict[str, Any]:
    return as_shown(one) | {"secret": one.secret}


def message_shown(one: WebhookMessage) -> dict[str, Any]:
    return {name: getattr(one, name) for name in OF_MESSAGE} | {"webhook_id": one.sent_as}


urlpatterns: list[URLPattern] = [
    path("webhooks/", Webhooks.as_view(), name="api-webhooks"),
    path("webhooks/<str:endpoint>/", OneWebhook.as_view(), name="api-webhook"),
    path("webhooks/<str:endpoint>/secret/", ReplaceWebhookSecret.as_view(), name="api-replace-webhook-secret"),
    path("webhooks/<str:endpoint>/test/", TestWebhook.as_view(), name="api-test-webhook"),
    path("webhooks/<str:endpoint>/state/", SwitchWebhook.as_view(), name="api-switch-webhook"),
    path("webhooks/<str:endpoint>/messages/", WebhookMessages.as_view(), name="api-webhook-messages"),
    path(
        "webhooks/<str:endpoint>/messages/<str:message>/replay/",
        ReplayWebhookMessage.as_view(),
        name="api-replay-webhook-message",
    ),
]
