"""The API's address of unsubscribe links: what whoever sends a mail puts into it."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import Problem
from crm.api.parameters import said
from crm.api.views import ApiView
from crm.errors import ConsentRefused
from crm.identity.models import Identifier
from crm.privacy.access import requires
from crm.privacy.roles import NOTES_CONSENTS
from crm.privacy.unsubscribing import MARKETING, link_for

NOBODY = OpenApiResponse(
    Problem, description="Nobody is known by this address, so nothing says that they may be sent to."
)


class UnsubscribeAsked(serializers.Serializer[Any]):
    """Whom a mail goes to, and for what purpose."""

    email = said(320, "The address of the mail's reader.")
    purpose = serializers.RegexField(r"^[a-z][a-z0-9_-]{0,39}$", required=False, default=MARKETING)


class UnsubscribeMade(serializers.Serializer[Any]):
    """What the mail carries."""

    url = serializers.CharField(help_text="For the text of the mail.")
    headers = serializers.DictField(child=serializers.CharField(), help_text="List-Unsubscribe (RFC 2369, RFC 8058).")


@requires(*NOTES_CONSENTS, about="consents")
class UnsubscribeLinks(ApiView):
    """Links by which the reader of a mail takes their consent back. They prove nothing else, and do not expire."""

    queryset = Identifier.objects.none()

    @extend_schema(
        operation_id="make_unsubscribe_link", filters=False, request=UnsubscribeAsked,
        responses={201: UnsubscribeMade, 409: NOBODY},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The link and the headers of mails to one address."""
        asked = UnsubscribeAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            link = link_for(asked.validated_data["email"], self.actor, asked.validated_data["purpose"])
        except ConsentRefused as refused:
            return Response({"detail": str(refused)}, status=409)
        return Response({"url": link.url, "headers": link.headers}, status=201)
