"""What is shown of segments: how large they are and were, as far as somebody sees customers; and a first guess."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.identity.models import Customer
from crm.privacy.access import brands_of, followable_customers
from crm.privacy.actors import Actor
from journeys.explore.lanes import Way, look, planned
from journeys.segments.definitions import Definition
from journeys.segments.matching import judged
from journeys.segments.models import SegmentSize
from journeys.segments.steps import Step
from journeys.segments.walking import ROWS, about, doers, lane_for

SAMPLE = 1_000  # customers of a guess that goes by no step
PIECES = 4  # of rows that a guess looks at
JUDGED = 600  # customers that a guess looks at
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 220, 56, 28  # of the chart, and of the room for its axes


def sizes_for(actor: Actor, segments: Iterable[int]) -> QuerySet[SegmentSize]:
    """The sizes of segments (ids), of those brands whose customers somebody sees."""
    found, brands = SegmentSize.objects.filter(segment__in=list(segments)), brands_of(actor)
    return found if brands is None else found.filter(brand__in=["", *sorted(brands)])


def sizes_now(actor: Actor, segments: Sequence[int]) -> dict[int, int]:
    """How many are in each segment (id) now."""
    last = sizes_for(actor, segments).order_by("segment_id", "brand", "-on").distinct("segment_id", "brand")
    now = dict.fromkeys(segments, 0)
    for one in last:
        now[one.segment_id] += one.size
    return now


def course(actor: Actor, segment: int, today: date, days: int = 90) -> list[tuple[date, int]]:
    """How many were in a segment (id) on each of the last days, from the first of which that is known."""
    by_brand: dict[str, dict[date, int]] = {}
    for one in sizes_for(actor, [segment]):
        by_brand.setdefault(one.brand, {})[one.on] = one.size
    first = min((on for some in by_brand.values() for on in some), default=today)
    start = max(first, today - timedelta(days=days - 1))
    every = [start + timedelta(days=n) for n in range((today - start).days + 1)]
    return [(on, sum(size_on(some, on) for some in by_brand.values())) for on in every]


def size_on(sizes: dict[date, int], on: date) -> int:
    """The last size that was noted up to a day."""
    before = [day for day in sizes if day <= on]
    return sizes[max(before)] if before else 0


def chart(points: Sequence[tuple[date, int]]) -> SafeString:
    """The size by day as a line, with its axes."""
    most = max((size for _, size in points), default=0) or 1
    across = (WIDTH - LEFT - 12) / max(1, len(points) - 1)
    up = (HEIGHT - BOTTOM - 14) / most
    places = [(LEFT + n * across, HEIGHT - BOTTOM - size * up) for n, (_, size) in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return format_html(
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="3.5"/>'
        '<line x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="18" class="end">{}</text>'
        '<text x="{}" y="{}" class="end">0</text><text x="{}" y="{}">{}</text>'
        '<text x="{}" y="{}" class="end">{}</text>',
        line, f"{x:.1f}", f"{y:.1f}", LEFT, WIDTH - 12, HEIGHT - BOTTOM, HEIGHT - BOTTOM, LEFT - 8, f"{most:,}",
        LEFT - 8, HEIGHT - BOTTOM, LEFT, HEIGHT - 8, f"{points[0][0]:%-d %b %Y}", WIDTH - 12, HEIGHT - 8,
        f"{points[-1][0]:%-d %b %Y}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """How many may be in it. found: of those that were looked at; is_all: those were all there are."""

    size: int
    found: int
    looked_at: int
    is_all: bool


def guess(definition: Definition, actor: Actor, now: datetime) -> Guess:
    """How large a segment may become, from those who did its rarest step last, or came last of all."""
    drivers = definition.drivers[:1]
    if drivers:
        customers, share, is_all = of_step(*drivers[0], now)
    else:
        customers, share, is_all = of_everybody(definition, now)
    some = set(sorted(customers, reverse=True)[:JUDGED])
    share *= len(some) / len(customers) if customers else 1
    inside, _ = judged(definition, some, now)
    seen = followable_customers(actor).filter(pk__in=inside)[:JUDGED].count()
    is_all = is_all and len(some) == len(customers)
    return Guess(seen if is_all else round(seen / max(share, 0.0001)), seen, len(some), is_all)


def of_step(step: Step, days: int, now: datetime) -> tuple[set[int], float, bool]:
    """(who did a step of late; which share of all its rows that was; whether it was all)."""
    since, customers, count, start = now - timedelta(days=days), set[int](), 0, None
    lane = lane_for(step, since)
    for _ in range(PIECES):
        looked = look(lane, Way(start), ROWS, step.wanted.condition)
        customers, count, start = customers | doers(step, looked.found), count + looked.count, looked.end
        if start is None:
            return customers, 1.0, True
    return customers, count / max(count, planned(lane.rows)), False


def of_everybody(definition: Definition, now: datetime) -> tuple[set[int], float, bool]:
    found = list(Customer.objects.order_by("-pk").values_list("pk", flat=True)[:SAMPLE])
    is_all = len(found) < SAMPLE
    return set(found), 1.0 if is_all else SAMPLE / max(SAMPLE, about(definition, now)), is_all
