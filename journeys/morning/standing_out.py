"""The campaigns that ring, beside how they rang a week before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from journeys.morning.comparing import Share, chance, difference, news
from journeys.morning.reading import rings_of
from journeys.morning.ringing import Ring, is_named

SHOWN = 10


@dataclass(frozen=True)
class Loud:
    """A channel group or campaign that rang. is_news: it rings more, or less, than chance would have it."""

    name: str
    now: Ring
    before: Ring
    is_news: bool

    @property
    def share(self) -> Share:
        """Of those who came by it, who called."""
        return Share(self.now.rang, self.now.people)

    @property
    def share_before(self) -> Share:
        return Share(self.before.rang, self.before.people)

    @property
    def said(self) -> str:
        """How it differs from the week before."""
        if not self.before.people:
            return "nobody came by it before"
        found, low, high = difference(self.share, self.share_before)
        beside = f"(95 %: {low:+.1f} to {high:+.1f})".replace("-", "−")
        change = f"{abs(found):.1f} {'more' if found > 0 else 'fewer'} of 100"
        if self.is_news:
            return f"{change} {beside}"
        if low > 0 or high < 0:
            return f"{change}, which among so many may be chance {beside}"
        return f"no more or fewer than usually varies {beside}"


def loud_of(dimension: str, span: str, day: date, before: date, brands: Iterable[str] | None) -> list[Loud]:
    """What rang most on a day, or in the seven that end with it, beside what it did a week before."""
    return loud(*(rings_of(one, span, brands).get(dimension, {}) for one in (day, before)))


def loud(now: Mapping[str, Ring], before: Mapping[str, Ring]) -> list[Loud]:
    """Those that rang, the most calls first. Pure."""
    shown = [(name, ring) for name, ring in now.items() if ring.calls and is_named(name)][:SHOWN]
    are_news = news([p_of(ring, before.get(name, Ring())) for name, ring in shown])
    return [Loud(name, ring, before.get(name, Ring()), one) for (name, ring), one in zip(shown, are_news, strict=True)]


def p_of(now: Ring, before: Ring) -> float:
    return chance(Share(now.rang, now.people), Share(before.rang, before.people))
