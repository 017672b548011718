"""The API's address of uploads: what ad platforms were told, the latest first."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.parameters import Parameters, choice, limit, pattern
from crm.api.views import ListView
from crm.privacy.access import requires
from crm.privacy.roles import ADMINISTERS
from integrations.uploads.models import Upload

STATES, WHATS = Upload.State.values, Upload.What.values
NUMBER, REMEDY = r"^[0-9]{1,18}$", "give a number, as the list of them gave it"
PLAIN = ("id", "conversion", "what", "state", "why", "told_as", "action", "at", "value", "currency", "attempts",
         "due_at", "sent_at", "request", "created_at")  # fmt: skip


class UploadShown(serializers.Serializer[Any]):
    """Something that an ad platform was told of a conversion, or is to be, or is not."""

    id = serializers.IntegerField()
    destination = serializers.IntegerField()
    vendor = serializers.CharField()
    conversion = serializers.IntegerField(help_text="As /conversions/ numbers it.")
    what = serializers.ChoiceField(WHATS, help_text="made: the conversion; restated: worth less; taken back.")
    state = serializers.ChoiceField(STATES)
    why = serializers.CharField(allow_blank=True, help_text="Why it is not told, or why it changed.")
    told_as = serializers.CharField(allow_blank=True, help_text="What the platform knows the conversion by.")
    action = serializers.CharField(allow_blank=True, help_text="What the conversion is called there.")
    at = serializers.DateTimeField(help_text="When the conversion happened.")
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When it is sent next, or asked for.")
    sent_at = serializers.DateTimeField(allow_null=True)
    request = serializers.CharField(
        allow_blank=True, help_text="The platform's number of the request, of what is pending."
    )
    created_at = serializers.DateTimeField()


class UploadsAsked(Parameters):
    destination = pattern(NUMBER, REMEDY)
    conversion = pattern(NUMBER, REMEDY)
    state = choice(STATES, "Those in this state only.")
    before = pattern(NUMBER, "give what the next page's address gave")
    limit = limit()


@requires(*ADMINISTERS, about="uploads")
class Uploads(ListView):
    """What ad platforms were told of conversions, are to be, or are not; the latest first."""

    queryset = Upload.objects.none()
    filterset_class = UploadsAsked
    serializer_class = UploadShown

    @extend_schema(operation_id="list_uploads", responses=UploadShown(many=True))
    def get(self, request: Request) -> Response:
        rows = Upload.objects.select_related("destination").order_by("-pk")
        for name in ("destination", "conversion"):
            if self.asked[name]:
                rows = rows.filter(**{name: int(self.asked[name])})
        if self.asked["state"]:
            rows = rows.filter(state=self.asked["state"])
        page, following = self.numbered(rows)
        return self.page([as_shown(one) for one in page], following)


def as_shown(one: Upload) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in PLAIN}
    return plain | {"destination": one.destination_id, "vendor": one.destination.vendor}


urlpatterns: list[URLPattern] = [path("uploads/", Uploads.as_view(), name="api-uploads")]
