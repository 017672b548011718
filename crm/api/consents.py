"""The API's addresses of consents: every consent event, and noting what a customer said."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customers import ConsentShown
from crm.api.errors import Problem
from crm.api.parameters import Parameters, limit, pattern, public_id, said, text
from crm.api.views import ListView, Named, customer_of
from crm.errors import ConsentRefused
from crm.identity.models import UNSHARED_READ, Identifier
from crm.privacy.access import requires, visible_customers
from crm.privacy.consenting import Told, note_by_hand
from crm.privacy.models import Basis, Consent
from crm.privacy.roles import NOTES_CONSENTS, SEES_CUSTOMERS

CHANNELS = ("", "email", "sms", "call", "social", "web")
STATES, BASES = Consent.State.choices, Basis.choices
REFUSED = OpenApiResponse(Problem, description="Several people share everything that is known of this customer.")


class ConsentEvent(Named):
    """Permission given or withdrawn once, for one identifier. What stands is the newest of each purpose and channel."""

    named = {"source": lambda: serializers.CharField(help_text="Where it came from; empty where it was noted here.")}
    id = serializers.IntegerField()
    customer = serializers.UUIDField()
    identifier = serializers.CharField(help_text="kind:value of what it was given for.")
    purpose = serializers.CharField()
    channel = serializers.CharField(allow_blank=True, help_text="Empty: every channel.")
    state = serializers.ChoiceField(STATES)
    basis = serializers.ChoiceField(BASES)
    at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    wording = serializers.IntegerField(allow_null=True, help_text="The change of the purposes whose words were used.")
    evidence = serializers.CharField(allow_blank=True)


class ConsentTold(serializers.Serializer[Any]):
    """What a customer said, and how."""

    customer = serializers.UUIDField()
    purpose = serializers.RegexField(r"^[a-z][a-z0-9_-]{0,39}$", help_text="Such as marketing, analytics, recording.")
    channel = serializers.ChoiceField(CHANNELS, required=False, default="", help_text="Empty: every channel.")
    state = serializers.ChoiceField(STATES)
    basis = serializers.ChoiceField(BASES, required=False, default=Basis.CONSENT)
    evidence = said(400, "How they said so: the form, the mail, the call.")


class ConsentsAsked(Parameters):
    customer = public_id("Of this customer only.")
    purpose = text("Only for this purpose.")
    before = pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


@requires(*SEES_CUSTOMERS, writers=NOTES_CONSENTS, about="consents")
class Consents(ListView):
    """Consent events, those that came in last first."""

    queryset = Consent.objects.none()
    filterset_class = ConsentsAsked
    serializer_class = ConsentEvent

    @extend_schema(operation_id="list_consents", responses=ConsentEvent(many=True))
    def get(self, request: Request) -> Response:
        found = Consent.objects.select_related("identifier", "source").order_by("-pk")
        if self.asked["customer"]:
            whose = customer_of(self.asked["customer"], self.actor)
            found = found.filter(identifier__in=identifiers_of(whose.pk))
        if self.asked["purpose"]:
            found = found.filter(purpose=self.asked["purpose"])
        rows, following = self.numbered(found)
        return self.page(self.shown(rows), following)

    def shown(self, events: Sequence[Consent]) -> list[dict[str, Any]]:
        """Those about customers whom the actor may see."""
        may = visible_customers(self.actor).filter(pk__in={one.identifier.customer_id for one in events})
        public_ids = dict(may.values_list("pk", "public_id"))
        return [
            as_shown(one) | {"customer": public_ids[one.identifier.customer_id]}
            for one in events
            if one.identifier.customer_id in public_ids
        ]

    @extend_schema(
        operation_id="note_consent", filters=False, request=ConsentTold,
        responses={201: ConsentShown(many=True), 409: REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Note what a customer said; answers what stands then. A yes lifts only what the same person took back."""
        asked = ConsentTold(data=request.data)
        asked.is_valid(raise_exception=True)
        body = asked.validated_data
        told = Told(body["purpose"], body["channel"], body["state"] == "given", body["evidence"], body["basis"])
        try:
            standing = note_by_hand(customer_of(body["customer"], self.actor), told, self.actor)
        except ConsentRefused as refused:
            return Response({"detail": str(refused)}, status=409)
        return Response(ConsentShown(standing, many=True).data, status=201)


def identifiers_of(customer: int) -> list[int]:
    return list(Identifier.objects.filter(customer=customer).values_list("pk", flat=True)[:UNSHARED_READ])


def as_shown(one: Consent) -> dict[str, Any]:
    """An event, without whose it is now."""
    plain = ("id", "purpose", "channel", "state", "basis", "expires_at", "wording", "evidence")
    return {name: getattr(one, name) for name in plain} | {
        "identifier": f"{one.identifier.kind}:{one.identifier.value}",
        "at": one.occurred_at,
        "source": one.source.name if one.source else "",
    }
