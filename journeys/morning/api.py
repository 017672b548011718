"""The API's address of the account of a day."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import BadParameter, Problem
from crm.api.parameters import Parameters, pattern
from crm.api.views import ApiView
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.morning.account import Line
from journeys.morning.asking import asked_of, morning
from journeys.morning.models import MorningDay
from journeys.morning.reading import freshness
from journeys.morning.standing_out import Loud

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class MorningAsked(Parameters):
    day = pattern(DAY, "give a day that is over, as 2026-11-27; yesterday unless told")


class FigureShown(serializers.Serializer[Any]):
    """A figure of the day. usual: on average on the same weekdays before, null where too few are counted. ratio, low,
    high: how many times as much it is, and between what (95 %). news: it is more, or less, than usually varies, also
    considering how many figures are looked at together.
    """

    key = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField(allow_blank=True)
    value = serializers.FloatField()
    usual = serializers.FloatField(allow_null=True)
    ratio = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    news = serializers.BooleanField()
    said = serializers.CharField()


class RingShown(serializers.Serializer[Any]):
    """Who came by a channel group or campaign, who of them called afterwards, and how often; percent: of those who
    came, between what (95 %).
    """

    by = serializers.CharField()
    days = serializers.IntegerField()
    name = serializers.CharField()
    journeys = serializers.IntegerField()
    called = serializers.IntegerField()
    calls = serializers.IntegerField()
    percent = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    said = serializers.CharField()


class MorningShown(serializers.Serializer[Any]):
    """A day's account."""

    day = serializers.DateField()
    compared_with = serializers.CharField()
    figures = FigureShown(many=True)
    rings = RingShown(many=True)
    counted_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(help_text="Something of the day changed since, and will be counted.")


@requires(*ATTRIBUTES, about="attribution")
class MorningView(ApiView):
    """A day beside what is usual."""

    queryset = MorningDay.objects.none()
    serializer_class = MorningShown
    filterset_class = MorningAsked

    @extend_schema(
        operation_id="account_for_day",
        responses={200: MorningShown, 404: OpenApiResponse(Problem, description="That day is not counted.")},
    )
    def get(self, request: Request) -> Response:
        """The account of a day."""
        told = {"day": self.asked["day"] or ""}
        day = asked_of(told, timezone.localdate())
        if told["day"] and told["day"] != str(day):
            raise BadParameter("day", f"is no day that is over; the last one is {day}")
        found = morning(day, brands_of(self.actor))
        if found.account is None:
            return Response({"detail": f"{day} is not counted."}, status=404)
        fresh = freshness(day, day)
        rings = [shown_ring(name, days, one) for name, _, *spans in found.rings
                 for days, rings in zip((1, 7), spans, strict=True) for one in rings]  # fmt: skip
        return Response(self.get_serializer({
            "day": day, "compared_with": found.account.those, "rings": rings,
            "figures": [shown(line) for line in found.account.lines],
            "counted_at": fresh.counted_at, "is_stale": fresh.is_stale,
        }).data)  # fmt: skip


def shown(line: Line) -> dict[str, Any]:
    found = {name: line.found and getattr(line.found, name) for name in ("ratio", "low", "high")}
    return {
        "key": line.measure.key, "name": line.measure.name, "currency": line.measure.currency, "value": line.now,
        "usual": line.usual and line.usual.mean, "news": line.is_news, "said": line.said, **found,
    }  # fmt: skip


def shown_ring(by: str, days: int, one: Loud) -> dict[str, Any]:
    low, high = one.share.interval
    return {
        "by": by, "days": days, "name": one.name, "journeys": one.now.people, "called": one.now.rang,
        "calls": one.now.calls, "percent": one.share.percent, "low": low, "high": high, "said": one.said,
    }  # fmt: skip
