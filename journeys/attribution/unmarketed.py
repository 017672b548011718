"""Conversions that were agreed by phone, and those of them that marketing led nobody to, as reports count them."""

from datetime import timedelta

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from journeys.attribution.models import Conversion, Touchpoint
from journeys.attribution.streaming import NOTED

BY_PHONE, UNMARKETED = "phone", "unmarketed"
WAYS = {BY_PHONE: "by phone", UNMARKETED: "by phone, no marketing"}
Rows = QuerySet[Conversion]


def agreed(found: Rows, way: str) -> Rows:
    """Those that were agreed so (of WAYS)."""
    return unmarketed(by_phone(found)) if way == UNMARKETED else by_phone(found)


def by_phone(found: Rows) -> Rows:
    """In a call, or by what their definition says."""
    told_in_call = Q(interaction__channel="call") | Q(interaction__channel=None, channel="call")
    return found.filter(Q(call__isnull=False) | Q(definition__is_by_phone=True) | told_in_call)


def unmarketed(found: Rows) -> Rows:
    """Those that end a journey, in whose lookback window no campaign, link or search brought their customer."""
    brought = Touchpoint.objects.counted().exclude(source="", medium="", campaign="")
    in_time = brought.filter(
        identifier__customer=OuterRef("identifier__customer"), at__lte=OuterRef("ends"), at__gt=OuterRef("begins")
    )
    return ending(found.exclude(definition__stage__gt="")).filter(~Exists(in_time))


def ending(found: Rows) -> Rows:
    """With when the path of each begins and ends: that of a refund with the order that it gives back."""
    orders = Conversion.objects.filter(
        definition=OuterRef("definition"), order=OuterRef("order"), role="", withdrawn_at=None, at__lte=OuterRef("at")
    )
    given_back = Subquery(orders.values("order").annotate(last=Max("at")).values("last"))
    is_refund = When(Q(role=Conversion.Role.REFUND) & ~Q(order=""), then=Coalesce(given_back, F("at")))
    lookback = ExpressionWrapper(
        Coalesce("definition__lookback", NOTED) * Value(timedelta(days=1)), output_field=DurationField()
    )
    ends = found.annotate(ends=Case(is_refund, default=F("at"), output_field=DateTimeField()))
    return ends.annotate(begins=ExpressionWrapper(F("ends") - lookback, output_field=DateTimeField()))
