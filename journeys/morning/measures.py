"""What is measured of a day or a week, each by its name. Pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from journeys.morning.figures import Figures, Way

MOST_CURRENCIES = 3


@dataclass(frozen=True)
class Measure:
    """key: as it stands in addresses and the API. currency: of money; "" of counts. way: how it was sold, of money.
    one: of what a figure of one is.
    """

    key: str
    name: str
    definition: str
    one: str
    of: Callable[[Figures], float]
    currency: str = ""
    way: Way | None = None

    def least(self, figures: Collection[Figures]) -> float:
        """The least dispersion that it can have: what one sale is worth, of money."""
        if self.way is None:
            return 1.0
        sold = [one.sold[self.way] for one in figures if self.way in one.sold]
        value, conversions = sum(float(one.value) for one in sold), sum(one.conversions for one in sold)
        return value / conversions if value > 0 and conversions else 1.0


JOURNEYS = "Customers who visited, called or wrote to us; somebody not yet known counts as one by each browser."
VISITS = "Visits to the site that began on the day."
CALLS = "Calls that came in."
MISSED = "Those of them that nobody answered: missed, voicemail, or failed."
CONVERSIONS = "What the definitions of conversions count, and what agents noted; a refund is none."
REVENUE = "What those conversions were worth, less what was paid back that day."


def measures(figures: Collection[Figures], *, is_week: bool = False) -> list[Measure]:
    """What there is to be measured of these days, or weeks."""
    return [
        Measure("journeys", "Journeys", JOURNEYS, "customers",
                (lambda one: float(one.week_people)) if is_week else (lambda one: float(one.people))),
        Measure("visits", "Visits", VISITS, "visits", lambda one: float(one.visits)),
        Measure("calls", "Calls", CALLS, "calls", lambda one: float(one.calls)),
        Measure("missed", "Calls not answered", MISSED, "calls", lambda one: float(one.missed)),
        Measure("online", "Conversions online", CONVERSIONS, "conversions",
                lambda one: float(one.conversions(by_phone=False))),
        Measure("phone", "Conversions by phone", CONVERSIONS, "conversions",
                lambda one: float(one.conversions(by_phone=True))),
        *(revenue(way) for way in ways_of(figures)),
    ]  # fmt: skip


def revenue(way: Way) -> Measure:
    how, currency = "by phone" if way.by_phone else "online", way.currency or "no currency"
    key = f"{'phone' if way.by_phone else 'online'}-{way.currency.lower() or 'none'}"
    return Measure(key, f"Revenue {how}, {currency}", REVENUE, currency, lambda one: float(one.value(way)),
                   currency, way)  # fmt: skip


def ways_of(figures: Collection[Figures]) -> list[Way]:
    """Every way of the currencies that sold most often, online first."""
    often: dict[str, int] = {}
    for one in figures:
        for way, sold in one.sold.items():
            often[way.currency] = often.get(way.currency, 0) + sold.conversions
    shown = sorted(often, key=lambda currency: (-often[currency], currency))[:MOST_CURRENCIES]
    return [Way(currency, by_phone) for currency in shown for by_phone in (False, True)]
