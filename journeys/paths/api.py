"""The API's address of paths."""

from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import BadParameter
from crm.api.parameters import Parameters, choice, pattern, text
from crm.api.views import ApiView
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.paths.asking import BEFORE, SEGMENT, WAYS, Asked, asked_of
from journeys.paths.graphing import Beside, Difference, Graph, Names, beside, graph
from journeys.paths.models import PackedHits
from journeys.paths.walking import Flow
from journeys.segments.models import CustomerSegment

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
BESIDE = {BEFORE: "as many days before", SEGMENT: "another segment"}
REPEATS = {"once": "steps in a row that are the same are one", "each": "every one is one"}


class PathsAsked(Parameters):
    step = text("The step, as the page calls it; the most frequent call unless told.")
    way = choice(WAYS, "What led to it, what came after it, or both; both unless told.")
    deep = pattern(r"^[1-5]$", "give how many steps, 1 to 5; 3 unless told")
    since = pattern(DAY, "give the first day, as 2026-11-01; 30 days in all unless told")
    until = pattern(DAY, "give the last day, as 2026-11-30; today unless told")
    segment = pattern(r"^[0-9]{1,18}$", "give a segment's number")
    repeats = choice(REPEATS, "Whether what was done several times in a row is one; once unless told.")
    compare = choice(BESIDE, "What to compare it with; nothing unless told.")
    other = pattern(r"^[0-9]{1,18}$", "give the number of the segment to compare with, with compare=segment")


class DifferenceShown(serializers.Serializer[Any]):
    """The same flow on the other side: of its journeys, how many went so. points: how many percentage points the share
    is above it; low, high: the interval of 95 % of that.
    """

    journeys = serializers.IntegerField()
    percent = serializers.FloatField()
    points = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class FlowShown(serializers.Serializer[Any]):
    """How many went from one step to another."""

    place = serializers.IntegerField(help_text="Which step before (below 0) or after the one that was asked for.")
    from_step = serializers.CharField()
    to_step = serializers.CharField()
    journeys = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    p90_seconds = serializers.FloatField(allow_null=True)
    percent = serializers.FloatField(help_text="Of all journeys.")
    difference = DifferenceShown(
        allow_null=True, help_text="Null where nothing is compared, and of those who did nothing yet."
    )


class BesideShown(serializers.Serializer[Any]):
    """What it is compared with. segment: whose journeys; null: everybody's."""

    since = serializers.DateField()
    until = serializers.DateField()
    segment = serializers.IntegerField(allow_null=True)
    journeys = serializers.IntegerField()
    recent = serializers.IntegerField()


class PathsShown(serializers.Serializer[Any]):
    """Where people went. journeys: customers who took the step; recent: of whom the seven days after it go on."""

    since = serializers.DateField()
    until = serializers.DateField()
    step = serializers.CharField(allow_blank=True)
    journeys = serializers.IntegerField()
    recent = serializers.IntegerField()
    withheld_steps = serializers.IntegerField(
        help_text="Steps of everybody in the period that are left out, since browsing is withheld: in tens, rounded"
        " down; 0: fewer than ten, or of fewer than ten customers, perhaps none."
    )
    flows = FlowShown(many=True)
    beside = BesideShown(allow_null=True, help_text="Null where nothing is compared.")


@requires(*ATTRIBUTES, about="attribution")
class Paths(ApiView):
    """Where people went from a step, and where they came from."""

    queryset = PackedHits.objects.none()
    serializer_class = PathsShown
    filterset_class = PathsAsked

    @extend_schema(operation_id="list_paths", responses=PathsShown)
    def get(self, request: Request) -> Response:
        told = {name: value for name, value in self.asked.items() if value}
        asked, names = asked_of(told, timezone.localdate()), Names()
        for name in ("since", "until"):
            if told.get(name, str(getattr(asked, name))) != str(getattr(asked, name)):
                raise BadParameter(name, f"cannot be {told[name]}; the nearest that can be is {getattr(asked, name)}")
        if asked.step and asked.step not in names.numbers:
            raise BadParameter("step", "is not known; ask without it, and see what there is")
        refuse_unknown(asked)
        brands, now = brands_of(self.actor), timezone.now()
        found = graph(asked, names, brands, now)
        other = beside(asked, found, names, brands, now)
        return Response(self.get_serializer({
            "since": asked.since, "until": asked.until, "step": names(found.step) if found.step else "",
            "journeys": found.journeys, "recent": found.recent, "withheld_steps": found.withheld,
            "flows": [flow_of(one, found, names, other) for one in found.flows], "beside": other and beside_of(other),
        }).data)  # fmt: skip


def refuse_unknown(asked: Asked) -> None:
    """A program is told which segment there is not."""
    if (asked.compare == SEGMENT) != (asked.other is not None):
        raise BadParameter("other", "goes with compare=segment, and that with it")
    for name, number in (("segment", asked.segment), ("other", asked.other)):
        if number is not None and not CustomerSegment.objects.filter(pk=number).exists():
            raise BadParameter(name, f"there is no segment {number}")


def flow_of(one: Flow, found: Graph, names: Names, other: Beside | None) -> dict[str, Any]:
    return {
        "place": one.place, "from_step": names(one.source), "to_step": names(one.target), "journeys": one.journeys,
        "median_seconds": one.median, "p90_seconds": one.high, "percent": 100 * one.journeys / found.journeys,
        "difference": difference_of(other.apart.get((one.place, one.source, one.target))) if other else None,
    }  # fmt: skip


def difference_of(told: Difference | None) -> dict[str, float] | None:
    if told is None:
        return None
    points, low, high = told.points
    return {
        "journeys": told.other.some, "percent": told.other.percent, "points": points, "low": low, "high": high,
    }  # fmt: skip


def beside_of(other: Beside) -> dict[str, Any]:
    asked = other.asked
    return {
        "since": asked.since, "until": asked.until, "segment": asked.segment, "journeys": other.graph.journeys,
        "recent": other.graph.recent,
    }  # fmt: skip


urlpatterns: list[URLPattern] = [path("paths/", Paths.as_view(), name="api-paths")]
