"""The API's addresses of segments: all of them, and who is in one."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.parameters import Parameters, limit, pattern, row_number
from crm.api.views import ListView, number_of
from crm.asked import older
from crm.identity.models import Customer
from crm.privacy.access import followable_customers, requires
from crm.privacy.roles import EXPLORES
from journeys.segments.definitions import read, said
from journeys.segments.models import CustomerSegment, Member
from journeys.segments.showing import sizes_now

NUMBER = row_number("segment", "The segment's number.")


class CustomerSegmentShown(serializers.Serializer[Any]):
    """A segment."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    words = serializers.CharField(help_text="Its definition in words.")
    definition = serializers.DictField(help_text="Its definition as it is kept.")
    size = serializers.IntegerField(help_text="How many customers are in it, of those brands that the key sees.")
    is_complete = serializers.BooleanField(help_text="Whether everybody was looked at since it was last changed.")
    kept_at = serializers.DateTimeField(allow_null=True, help_text="When it was last seen to.")


class SegmentMember(serializers.Serializer[Any]):
    """A customer who is in a segment."""

    customer = serializers.UUIDField()
    since = serializers.DateTimeField()


class SegmentsAsked(Parameters):
    before = pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


@requires(*EXPLORES, about="segments")
class Segments(ListView):
    """Segments, the newest first."""

    queryset = CustomerSegment.objects.none()
    filterset_class = SegmentsAsked
    serializer_class = CustomerSegmentShown

    @extend_schema(operation_id="list_segments", responses=CustomerSegmentShown(many=True))
    def get(self, request: Request) -> Response:
        page, following = self.numbered(CustomerSegment.objects.order_by("-pk"))
        sizes = sizes_now(self.actor, [one.pk for one in page])
        return self.page([shown(one, sizes[one.pk]) for one in page], following)


def shown(one: CustomerSegment, size: int) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("id", "name", "definition", "kept_at")}
    return plain | {"words": said(read(one.definition)), "size": size, "is_complete": one.walk is None}


@requires(*EXPLORES, about="segments")
class Members(ListView):
    """Who is in a segment, the last who came first."""

    queryset = Member.objects.none()
    filterset_class = SegmentsAsked
    serializer_class = SegmentMember

    @extend_schema(operation_id="list_segment_members", parameters=[NUMBER], responses=SegmentMember(many=True))
    def get(self, request: Request, segment: str) -> Response:
        number = number_of(segment, "segment")
        if not CustomerSegment.objects.filter(pk=number).exists():
            raise NotFound(f"segment: there is no segment {number}")
        in_sight = followable_customers(self.actor).values("pk")
        rows = Member.objects.filter(segment=number, customer_id__in=in_sight).order_by("-pk")
        page, following = older(rows, int(self.asked["before"]) if self.asked["before"] else None, self.limit)
        customers = Customer.objects.filter(pk__in=[one.customer_id for one in page])
        ids = dict(customers.values_list("pk", "public_id"))
        return self.page([{"customer": ids[one.customer_id], "since": one.since} for one in page], following)


urlpatterns: list[URLPattern] = [
    path("segments/", Segments.as_view(), name="api-segments"),
    path("segments/<str:segment>/members/", Members.as_view(), name="api-segment-members"),
]
