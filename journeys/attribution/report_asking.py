"""What a report is asked for by an address; what cannot be read is as if not asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from crm.asked import day_of
from journeys.attribution.explaining import MODELS
from journeys.attribution.models import Conversion, ConversionDefinition
from journeys.attribution.reporting import WITH, WITHOUT, Asked, choices
from journeys.attribution.streaming import DEFINED
from journeys.attribution.tabulating import DIMENSIONS, ORDERS, OTHERS

DEFINED_KIND = Conversion.Kind.DEFINED.value  # its rows have a definition, by which they are called
PERIOD = 30  # days
LONGEST = 400  # days: more is not kept apart for anybody to wait for
PHONES = {WITH: "counted", WITHOUT: "left out"}


@dataclass(frozen=True)
class Choices:
    """What can be chosen, each by its word: what is not there was not counted in the period."""

    dimensions: Mapping[str, str]
    outcomes: Mapping[str, str]
    currencies: list[str]
    models: Mapping[str, str]


def asked_of(told: Mapping[str, str], today: date, brands: Iterable[str] | None) -> tuple[Asked, Choices]:
    """(what is asked, what could be)."""
    until = min(day_of(told.get("until", "")) or today, today)
    since = max(min(day_of(told.get("since", "")) or until - timedelta(days=PERIOD - 1), until), first_of(until))
    dimension = one_of(DIMENSIONS, told.get("dimension", ""), "group")
    known = outcomes()
    could = Choices(
        {name: label for name, (label, _) in DIMENSIONS.items()},
        {name: known.get(name, name) for name in choices("outcome", since, until, brands)},
        choices("currency", since, until, brands),
        models_of(dimension),
    )
    models = one_of(could.models, told.get("a", ""), "last"), one_of(could.models, told.get("b", ""), "markov1")
    first = could.currencies[0] if could.currencies else ""
    return Asked(
        since, until, dimension, one_of(could.outcomes, told.get("outcome", ""), ""),
        one_of(could.currencies, told.get("currency", ""), first), one_of(PHONES, told.get("phone", ""), WITH), models,
    ), could  # fmt: skip


def first_of(until: date) -> date:
    return until - timedelta(days=min(LONGEST, until.toordinal() - 1))


def one_of(known: Iterable[str], told: str, otherwise: str) -> str:
    return told if told in known else otherwise


def outcomes() -> dict[str, str]:
    """What each kind of conversion is called: those that staff note, and those that are defined."""
    defined = ConversionDefinition.objects.values_list("pk", "name")
    noted = {
        str(value): f"{label} (noted by staff, or imported)"
        for value, label in Conversion.Kind.choices
        if value != DEFINED_KIND
    }
    return noted | {f"{DEFINED}{number}": name for number, name in defined}


def models_of(dimension: str) -> dict[str, str]:
    """The models that a dimension is counted for."""
    orders = ORDERS.get(dimension, OTHERS)
    return {
        name: label for name, (label, _) in MODELS.items()
        if not name.startswith("markov") or int(name.removeprefix("markov")) in orders
    }  # fmt: skip


def query(asked: Asked) -> str:
    """The address of the same report."""
    return urlencode({
        "since": asked.since, "until": asked.until, "dimension": asked.dimension, "outcome": asked.outcome,
        "currency": asked.currency, "phone": asked.phone, "a": asked.models[0], "b": asked.models[1],
    })  # fmt: skip
