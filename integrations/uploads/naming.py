"""What conversions that ad platforms are told of are called here."""

from collections.abc import Iterable

from journeys.attribution.conversion_pages import what_of
from journeys.attribution.models import Conversion


def named(numbers: Iterable[int]) -> dict[int, str]:
    """By number, what they are; those that are gone are left out."""
    found = Conversion.objects.filter(pk__in=set(numbers)).select_related("definition")
    return {one.pk: what_of(one) for one in found}
