"""A report: what channels earned in a period by two models, of days that are counted, on one side of the walls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from django.db.models import Count, Q, QuerySet

from journeys.attribution.cost_taking import Spent, per_conversion, returned, spent
from journeys.attribution.counting import Counts, add_up, credit
from journeys.attribution.explaining import Standing, why
from journeys.attribution.kept import AttributionCount
from journeys.attribution.packing import unpacked
from journeys.attribution.paths import Credits, Floats
from journeys.attribution.pennies import to_the_penny
from journeys.attribution.streaming import on_the_way

MOST = 150  # channels that are told apart; all others are one
OTHERS = "(all others)"
NOTHING_EARNED = "It cost money, and no journey that converted touched it under this name."
BASES = ("first", "last", "linear")
WITH, WITHOUT = "with", "without"
Totals = tuple[float, Decimal]


@dataclass(frozen=True)
class Asked:
    """What a report is of. outcome: one, or "" for every one; phone: with or without conversions that were made in a
    call, as those see it who do not know of calls.
    """

    since: date
    until: date
    dimension: str = "group"
    outcome: str = ""
    currency: str = ""
    phone: str = WITH
    models: tuple[str, str] = ("last", "markov1")

    @property
    def orders(self) -> list[int]:
        return [int(model.removeprefix("markov")) for model in self.models if model.startswith("markov")]


@dataclass(frozen=True)
class Line:
    """A channel: its conversions, and what they were worth, by either model."""

    name: str
    conversions: tuple[float, float]
    values: tuple[Decimal, Decimal]
    why: str
    spent: Spent | None = None

    @property
    def change(self) -> float:
        return self.conversions[1] - self.conversions[0]

    @property
    def per_conversion(self) -> list[Decimal | None]:
        """What a conversion cost, by either model."""
        return [per_conversion(self.spent.cost, one) if self.spent else None for one in self.conversions]

    @property
    def returned(self) -> list[Decimal | None]:
        """How often its cost came back as value, by either model."""
        return [returned(self.spent.cost, one) if self.spent else None for one in self.values]

    @property
    def value_change(self) -> Decimal:
        return self.values[1] - self.values[0]


@dataclass(frozen=True)
class Report:
    """lines: by the first model, the highest first. totals: of what was attributed; bare: of what touched nothing;
    by_phone: of conversions in calls, which are among them or not as was asked.
    """

    lines: Sequence[Line]
    totals: Totals
    bare: Totals
    by_phone: Totals

    @property
    def has_costs(self) -> bool:
        return any(line.spent for line in self.lines)

    @property
    def cost(self) -> Decimal:
        return sum((line.spent.cost for line in self.lines if line.spent), Decimal(0))


def report(asked: Asked, brands: Iterable[str] | None) -> Report:
    """Add up the days of a period. brands: those whose customers may be seen; None: every one's."""
    rows = chosen(asked, brands).values_list("by_phone", "counts")
    along = {*BASES, *asked.models}
    counted = [(by_phone, unpacked(counts, along, asked.orders)) for by_phone, counts in rows]
    phoned = [one for by_phone, one in counted if by_phone]
    seen = [unseen(one) if by_phone and asked.phone == WITHOUT else one for by_phone, one in counted]
    both = [one.totals for one in phoned] + [one.unattributed for one in phoned]
    by_phone = money((sum(one for one, _ in both), sum(two for _, two in both)))
    if not seen:
        return Report([], (0.0, Decimal(0)), (0.0, Decimal(0)), by_phone)
    found = add_up(lumped(seen))
    lines = lines_of(asked, found, costs_of(asked, brands, {name for one in seen for name in one.channels}, found))
    return Report(lines, money(found.totals), money(found.unattributed), by_phone)


def chosen(asked: Asked, brands: Iterable[str] | None) -> QuerySet[AttributionCount]:
    """What was counted of it: journeys that ended as is asked, and those that did not convert. Leads and opportunities
    are there where they are asked for by name.
    """
    found = in_period(asked.since, asked.until, brands).filter(dimension=asked.dimension)
    is_it = Q(outcome=asked.outcome) if asked.outcome else ~Q(outcome__in=["", *on_the_way()])
    converted = Q(currency=asked.currency) & is_it
    return found.filter(converted | Q(outcome=""))


def in_period(since: date, until: date, brands: Iterable[str] | None) -> QuerySet[AttributionCount]:
    found = AttributionCount.objects.filter(day__range=(since, until))
    return found if brands is None else found.filter(brand__in=["", *sorted(brands)])


def choices(what: str, since: date, until: date, brands: Iterable[str] | None) -> list[str]:
    """The outcomes, or the currencies (what), that were counted, the most frequent first."""
    rows = in_period(since, until, brands).filter(dimension="group").exclude(outcome="")
    return list(rows.values_list(what, flat=True).annotate(n=Count("pk")).order_by("-n", what))


def unseen(counts: Counts) -> Counts:
    """Journeys whose conversion nobody sees: they did not convert."""
    nothing = {model: Credits(0 * one.conversions, 0 * one.values) for model, one in counts.along.items()}
    moves = {
        order: replace(one, converted=0 * one.converted, valued=0 * one.valued, lost=one.lost + one.converted)
        for order, one in counts.moves.items()
    }
    return replace(counts, totals=(0.0, 0.0), unattributed=(0.0, 0.0), along=nothing, moves=moves)


def lumped(counts: Sequence[Counts]) -> list[Counts]:
    """The same with the rarest channels as one, where there are more than anybody reads, or a chain can tell apart."""
    touched: dict[str, float] = {}
    for one in counts:
        shares = one.along["first"].conversions + one.along["linear"].conversions
        for name, share in zip(one.channels, shares.tolist(), strict=True):
            touched[name] = touched.get(name, 0.0) + share
    if len(touched) <= MOST:
        return list(counts)
    kept = set(sorted(touched, key=lambda name: (-touched[name], name))[:MOST])
    return [renamed(one, {name: name if name in kept else OTHERS for name in one.channels}) for one in counts]


def renamed(counts: Counts, names: Mapping[str, str]) -> Counts:
    channels = tuple(names[name] for name in counts.channels)
    moves = {order: replace(one, channels=channels) for order, one in counts.moves.items()}
    return replace(counts, channels=channels, moves=moves)


def costs_of(asked: Asked, brands: Iterable[str] | None, touched: set[str], counts: Counts) -> dict[str, Spent]:
    """What channels cost, under the names that the report has for them."""
    found, rare = dict[str, Spent](), touched - set(counts.channels)
    for name, one in spent(asked.dimension, asked.currency, asked.since, asked.until, brands).items():
        called = OTHERS if name in rare else name
        before = found.get(called, Spent(Decimal(0), 0))
        found[called] = Spent(before.cost + one.cost, before.clicks + one.clicks)
    return found


def lines_of(asked: Asked, counts: Counts, costs: Mapping[str, Spent]) -> list[Line]:
    found = credit(counts)
    one, two = (found[model] for model in asked.models)
    values = [in_money(credits.values, asked.currency) for credits in (one, two)]
    bases = zip(*(found[model].conversions.tolist() for model in BASES), strict=True)
    conversions = zip(one.conversions.tolist(), two.conversions.tolist(), strict=True)
    lines = [
        Line(name, pair, worth, why(*pair, Standing(*basis), asked.models), costs.get(name))
        for name, pair, worth, basis in zip(counts.channels, conversions, zip(*values, strict=True), bases, strict=True)
    ]
    earned = [line for line in lines if any(line.conversions) or any(line.values)]
    return sorted([*earned, *wasted(costs, {line.name for line in earned})],
                  key=lambda line: (-line.conversions[0], -line.conversions[1], line.name))  # fmt: skip


def wasted(costs: Mapping[str, Spent], earned: set[str]) -> list[Line]:
    """What cost something and earned nothing."""
    nothing = Decimal(0)
    return [Line(name, (0.0, 0.0), (nothing, nothing), NOTHING_EARNED, one)
            for name, one in costs.items() if name not in earned and one.cost]  # fmt: skip


def in_money(hundredths: Floats, currency: str) -> list[Decimal]:
    total = Decimal(round(float(np.sum(hundredths)))) / 100
    return to_the_penny((hundredths / 100).tolist(), total, currency)


def money(totals: tuple[float, float]) -> Totals:
    """Totals of which the value was counted in hundredths."""
    conversions, hundredths = totals
    return conversions, Decimal(round(hundredths)) / 100
