"""The API's addresses of what web data alone does not see, and of what was given up."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import BadParameter
from crm.api.parameters import Parameters, pattern
from crm.api.views import ApiView
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.attribution.leaving_out import left_out
from journeys.attribution.report_api import DAY, LeftOutShown
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_asking import Asked, asked_of, period_of, report_of
from journeys.paths.abandonment_pages import weeks_of
from journeys.paths.abandonment_reporting import Report
from journeys.paths.blindness import blind_spots

SINCE = "give the first day, as 2026-11-01; eight weeks with that of the last day unless told"
UNTIL = "give the last day, as 2026-11-30; today unless told"


class PeriodAsked(Parameters):
    since = pattern(DAY, SINCE)
    until = pattern(DAY, UNTIL)


class AbandonmentsAsked(PeriodAsked):
    definition = pattern(r"^[0-9]{1,18}$", "give the number of a definition; the first by name unless told")


class PointShown(serializers.Serializer[Any]):
    """A week, by its Monday: a part of a whole. is_open: it is not over, or still watched."""

    begins = serializers.DateField()
    part = serializers.FloatField()
    whole = serializers.FloatField()
    is_open = serializers.BooleanField()


class SpotShown(serializers.Serializer[Any]):
    """A share. before: with web data alone; low, high: its 95 % interval, where it is an estimate."""

    value = serializers.FloatField(allow_null=True)
    before = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    trend = PointShown(many=True)


class UnseenShown(SpotShown):
    """Of what was given up, the share that a call followed."""

    given_up = serializers.IntegerField()
    called = serializers.IntegerField()


class UncreditedShown(SpotShown):
    """Of what was agreed by phone, the share of its worth that no marketing touchpoint is credited with."""

    currency = serializers.CharField(allow_blank=True)
    worth = serializers.DecimalField(max_digits=20, decimal_places=2)
    bare = serializers.DecimalField(max_digits=20, decimal_places=2)
    conversions = serializers.IntegerField()
    bare_conversions = serializers.IntegerField()


class StrangersShown(SpotShown):
    """Of those who called, the share of whom browsing is known. browsers, named: that visited, and are customers'."""

    callers = serializers.IntegerField()
    known = serializers.IntegerField()
    browsers = serializers.IntegerField()
    named = serializers.IntegerField()
    browsing = PointShown(many=True)


class BlindSpotsShown(serializers.Serializer[Any]):
    """The three blind spots of a period, both days included."""

    since = serializers.DateField()
    until = serializers.DateField()
    unseen = UnseenShown()
    uncredited = UncreditedShown()
    strangers = StrangersShown()
    left_out = LeftOutShown()


@requires(*ATTRIBUTES, about="attribution")
class BlindSpotsView(ApiView):
    """What web data alone does not see: calls after giving up, revenue by phone, and who is who."""

    queryset = AbandonmentDefinition.objects.none()
    serializer_class = BlindSpotsShown
    filterset_class = PeriodAsked

    @extend_schema(operation_id="report_blind_spots", responses=BlindSpotsShown)
    def get(self, request: Request) -> Response:
        since, until = days_asked(self.asked)
        brands = brands_of(self.actor)
        found = blind_spots(brands, since, until, timezone.now())
        spots = {name: shown(spot) for name, spot in found._asdict().items()}
        return Response(
            self.get_serializer(
                {
                    "since": since,
                    "until": until,
                    **spots,
                    "left_out": left_out(since, until, brands)._asdict(),
                }
            ).data
        )


def shown(spot: Any) -> dict[str, Any]:
    told = spot._asdict()
    low, high = told.pop("interval") or (None, None)
    return {**told, "low": low, "high": high}


def days_asked(asked: dict[str, Any]) -> tuple[date, date]:
    """The days that are asked; a program is told where they cannot be."""
    told = {name: value for name, value in asked.items() if value}
    since, until = period_of(told, timezone.localdate())
    for name, taken in (("since", since), ("until", until)):
        if told.get(name, str(taken)) != str(taken):
            raise BadParameter(name, f"cannot be {told[name]}; give days up to today, half a year at most")
    return since, until


class PageShown(serializers.Serializer[Any]):
    """A page that attempts stopped on. money: agreed by phone after calls that followed."""

    name = serializers.CharField()
    given_up = serializers.IntegerField()
    called = serializers.IntegerField()
    calls = serializers.IntegerField()
    money = serializers.DecimalField(max_digits=20, decimal_places=2)


class RescuedShown(serializers.Serializer[Any]):
    """What calls that followed brought, in one currency."""

    currency = serializers.CharField()
    conversions = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=20, decimal_places=2)


class WeekShown(serializers.Serializer[Any]):
    """A week, by its Monday. is_open: some of it is still watched."""

    begins = serializers.DateField()
    attempts = serializers.IntegerField()
    given_up = serializers.IntegerField()
    called = serializers.IntegerField()
    is_open = serializers.BooleanField()


class AbandonmentsShown(serializers.Serializer[Any]):
    """What was given up in a period, by one definition. called: how many a call followed, with the share's interval;
    curve: [seconds, share that had called by then, low, high].
    """

    definition = serializers.IntegerField()
    name = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    attempts = serializers.IntegerField()
    given_up = serializers.IntegerField()
    called = serializers.IntegerField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    calls = serializers.IntegerField()
    currency = serializers.CharField(allow_blank=True, help_text="Of the money of pages.")
    rescued = RescuedShown(many=True)
    pages = PageShown(many=True)
    weeks = WeekShown(many=True)
    withheld_steps = serializers.IntegerField(
        help_text="Pages and events of everybody in the period that are left out, since browsing is withheld: in tens,"
        " rounded down; 0: fewer than ten, or of fewer than ten customers, perhaps none."
    )
    curve = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))


@requires(*ATTRIBUTES, about="attribution")
class Abandonments(ApiView):
    """What was given up in a period, and the calls that followed."""

    queryset = AbandonmentDefinition.objects.none()
    serializer_class = AbandonmentsShown
    filterset_class = AbandonmentsAsked

    @extend_schema(operation_id="report_abandonments", responses=AbandonmentsShown)
    def get(self, request: Request) -> Response:
        days_asked(self.asked)
        told = {name: value for name, value in self.asked.items() if value}
        asked = asked_of(told, timezone.localdate(), list(AbandonmentDefinition.objects.all()))
        if asked is None or told.get("definition", str(asked.definition.pk)).lstrip("0") != str(asked.definition.pk):
            raise NotFound("definition: there is no such definition of giving up")
        return Response(
            self.get_serializer(told_of(asked, report_of(asked, brands_of(self.actor), timezone.now()))).data
        )


def told_of(asked: Asked, found: Report) -> dict[str, Any]:
    curve = zip(*(column.tolist() for column in found.curve[:4]), strict=True)
    return {
        "definition": asked.definition.pk, "name": asked.definition.name, "since": asked.since, "until": asked.until,
        "attempts": found.attempts, "given_up": found.given_up, "called": found.called.part,
        "low": found.called.interval[0], "high": found.called.interval[1], "calls": found.calls,
        "currency": found.currency, "withheld_steps": found.told.withheld, "curve": [list(one) for one in curve],
        "rescued": [
            {"currency": currency, "conversions": count, "value": value}
            for currency, (count, value) in found.rescued.items()
        ],
        "pages": [
            {"name": one.name, "given_up": one.given_up, "called": one.called.part, "calls": one.calls,
             "money": one.money}
            for one in found.pages
        ],
        "weeks": [
            {"begins": one.begins, "attempts": one.attempts, "given_up": one.given_up, "called": one.called.part,
             "is_open": one.is_open}
            for one in weeks_of(asked, found)
        ],
    }  # fmt: skip
