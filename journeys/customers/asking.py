"""What a request asks of a journey: its filters and its position, read from the address."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from journeys.interactions.drafts import Channel, Direction
from journeys.timeline.lanes import Filters
from journeys.timeline.positions import BadPosition, Position, parse_position, start_of

MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A journey's filters and where to begin. on: the day jumped to. What cannot be read counts as not asked."""

    filters: Filters
    before: Position | None = None
    on: date | None = None

    @property
    def is_at_top(self) -> bool:
        return self.before is None

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without the position."""
        parts = {"channel": self.channel, "source": self.filters.source_id, "direction": self.filters.direction,
                 "text": self.filters.text}  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def address(self) -> str:
        """The whole query of an address: the filters, and the day jumped to."""
        return "&".join(part for part in (self.query, f"on={self.on}" if self.on else "") if part)

    @property
    def channel(self) -> str:
        return next(iter(self.filters.channels), "")


class Request(HttpRequest):
    """A request, with what htmx says of it."""

    htmx: HtmxDetails


def asked(request: HttpRequest, *, with_text: bool = True) -> Asked:
    """Read a journey's address. with_text: whether its words may be searched."""
    given = request.GET
    channel, direction, source = given.get("channel", ""), given.get("direction", ""), given.get("source", "")
    filters = Filters(
        channels=frozenset({channel}) if channel in set(Channel) else frozenset(),
        source_id=int(source) if source.isdecimal() and len(source) < 10 else None,
        direction=direction if direction in set(Direction) else "",
        text=given.get("text", "").replace("\0", "").strip()[:MAX_TEXT] if with_text else "",
    )
    on = asked_day(given)
    return Asked(filters, asked_position(given) or (end_of(on) if on else None), on)


def asked_position(given: QueryDict, name: str = "before") -> Position | None:
    """The position that an address names."""
    text = given.get(name, "")
    try:
        return parse_position(text) if text else None
    except BadPosition:
        return None


def asked_day(given: QueryDict, name: str = "on") -> date | None:
    """The day that an address names."""
    try:
        on = date.fromisoformat(given.get(name, ""))
    except ValueError:
        return None
    return on if 1900 <= on.year <= 2200 else None


def end_of(day: date) -> Position:
    """The position at the end of a day, as the clocks here have it."""
    return start_of(timezone.make_aware(datetime.combine(day + timedelta(days=1), time())))
