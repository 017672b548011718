"""The API's address of attribution reports."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import BadParameter
from crm.api.parameters import Parameters, choice, pattern
from crm.api.views import ApiView
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.attribution.explaining import MODELS
from journeys.attribution.kept import AttributionCount
from journeys.attribution.leaving_out import left_out
from journeys.attribution.recounting import freshness
from journeys.attribution.report_asking import PHONES, Choices, asked_of
from journeys.attribution.reporting import Asked, Line, report
from journeys.attribution.tabulating import DIMENSIONS

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class ReportAsked(Parameters):
    since = pattern(DAY, "give the first day, as 2026-11-01; 30 days in all unless told")
    until = pattern(DAY, "give the last day, as 2026-11-30; today unless told")
    dimension = choice(DIMENSIONS, "What the credit goes to; channel groups unless told.")
    outcome = pattern(r"^[a-z0-9:]{1,20}$", "give the kind of conversion, such as sale; every one unless told")
    currency = pattern(r"^[A-Z]{3}$", "give a currency, as EUR; the most frequent unless told")
    phone = choice(PHONES, "With or without conversions that were made in a call; with them unless told.")
    model = choice(MODELS, "The model; last unless told.")
    beside = choice(MODELS, "Another model beside it; markov1 unless told.")


class CreditShown(serializers.Serializer[Any]):
    """What a model credits a channel with."""

    conversions = serializers.FloatField()
    value = serializers.DecimalField(max_digits=20, decimal_places=3)


class ChannelCredited(serializers.Serializer[Any]):
    """A channel's credit by both models, and what changes between them."""

    name = serializers.CharField()
    credit = CreditShown()
    beside = CreditShown()
    why = serializers.CharField()
    cost = serializers.DecimalField(
        max_digits=20, decimal_places=2, allow_null=True, help_text="What it cost, if told."
    )


class LeftOutShown(serializers.Serializer[Any]):
    """What was left out because browsing is withheld: in tens, rounded down; 0: fewer than ten, perhaps none."""

    touchpoints = serializers.IntegerField()
    conversions = serializers.IntegerField()


class ReportShown(serializers.Serializer[Any]):
    """A report. currency: of every value. total: of what both models share out; unattributed: of what had no touchpoint
    before it; by_phone: of conversions in calls. days_waiting: days of the period that are not counted yet.
    """

    since = serializers.DateField()
    until = serializers.DateField()
    dimension = serializers.CharField()
    currency = serializers.CharField(allow_blank=True)
    model = serializers.CharField()
    beside = serializers.CharField()
    total = CreditShown()
    unattributed = CreditShown()
    by_phone = CreditShown()
    channels = ChannelCredited(many=True)
    counted_at = serializers.DateTimeField(allow_null=True, help_text="When the day that was counted first was.")
    days_waiting = serializers.IntegerField()
    left_out = LeftOutShown()


@requires(*ATTRIBUTES, about="attribution")
class Attribution(ApiView):
    """What channels earned in a period, by two models of attribution side by side."""

    queryset = AttributionCount.objects.none()
    serializer_class = ReportShown
    filterset_class = ReportAsked

    @extend_schema(operation_id="report_attribution", responses=ReportShown)
    def get(self, request: Request) -> Response:
        brands = brands_of(self.actor)
        told = {name: value for name, value in self.asked.items() if value}
        told |= {"a": told.pop("model", ""), "b": told.pop("beside", "")}
        asked, could = asked_of(told, timezone.localdate(), brands)
        refuse_unknown(told, asked, could)
        found, fresh = report(asked, brands), freshness(asked.since, asked.until)
        return Response(self.get_serializer({
            "since": asked.since, "until": asked.until, "dimension": asked.dimension, "currency": asked.currency,
            "model": asked.models[0], "beside": asked.models[1], "total": pair(found.totals),
            "unattributed": pair(found.bare), "by_phone": pair(found.by_phone),
            "channels": [shown(line) for line in found.lines],
            "counted_at": fresh.since, "days_waiting": fresh.waiting,
            "left_out": left_out(asked.since, asked.until, brands)._asdict(),
        }).data)  # fmt: skip


def refuse_unknown(told: dict[str, str], asked: Asked, could: Choices) -> None:
    """A program is told what it cannot have; nothing else is given instead."""
    known: dict[str, tuple[str, Any]] = {
        "outcome": (asked.outcome, could.outcomes), "currency": (asked.currency, could.currencies),
        "since": (str(asked.since), [asked.since]), "until": (str(asked.until), [asked.until]),
    }  # fmt: skip
    for name, (taken, there) in known.items():
        if told.get(name, taken) != taken:
            said = ", ".join(map(str, there)) or "none in this period"
            raise BadParameter(name, f"cannot be {told[name]} here; there is: {said}")
    for name, word, taken in zip(("model", "beside"), (told["a"], told["b"]), asked.models, strict=True):
        if word and word != taken:
            raise BadParameter(name, f"{word} is not counted by {asked.dimension}; there is: {', '.join(could.models)}")


def shown(line: Line) -> dict[str, Any]:
    credit, beside = (pair(one) for one in zip(line.conversions, line.values, strict=True))
    return {
        "name": line.name,
        "credit": credit,
        "beside": beside,
        "why": line.why,
        "cost": line.spent and line.spent.cost,
    }


def pair(of: tuple[float, Any]) -> dict[str, Any]:
    return dict(zip(("conversions", "value"), of, strict=True))
