"""Each source's health at a glance: read from tallies, whose number does not grow with the events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crm.sources.models import Source
from crm.sql import cursor
from integrations.inbox.models import Rejection
from integrations.inbox.reconciling import Balance, balances

HOURS = 24
PARTS_LOOKED_AT = 2_000
REASONS_SHOWN = 20
QUIET_AFTER = timedelta(hours=24)

BY_HOUR = """
    SELECT s.id, date_trunc('hour', t.at), sum(t.accepted)
    FROM crm_source s
    CROSS JOIN LATERAL (
        SELECT at, accepted FROM integrations_tally
        WHERE source_id = s.id AND at >= date_trunc('hour', %s::timestamptz) - make_interval(hours => %s)
    ) AS t
    GROUP BY 1, 2
"""
LATEST = """
    SELECT s.id, t.at FROM crm_source s
    CROSS JOIN LATERAL (
        SELECT at FROM integrations_tally WHERE source_id = s.id AND accepted + duplicates > 0
        ORDER BY at DESC LIMIT 1
    ) AS t
"""
WAITING = """
    SELECT p.source_id, count(DISTINCT p.key)
    FROM (SELECT source_id, key, identifier_id FROM journeys_part ORDER BY id DESC LIMIT %s) AS p
    WHERE p.identifier_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM journeys_interaction i WHERE i.key = p.key AND i.source_id = p.source_id)
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of a source's last day, and how it is drawn (in a box of 24 by HEIGHT units)."""

    at: datetime
    events: int
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is doing. last_at: floored to its hour when that hour is over. waiting: interactions of which only
    parts came that name nobody (a recording whose call is not known yet).
    """

    source: Source
    balance: Balance
    now: datetime
    last_at: datetime | None = None
    by_hour: dict[datetime, int] = field(default_factory=dict)
    waiting: int = 0

    @property
    def this_hour(self) -> int:
        return self.by_hour.get(hour_of(self.now), 0)

    @property
    def last_hour(self) -> int:
        """Events in the last full hour."""
        return self.by_hour.get(hour_of(self.now) - timedelta(hours=1), 0)

    @property
    def day(self) -> int:
        return sum(self.by_hour.values())

    @property
    def is_last_exact(self) -> bool:
        return self.last_at is not None and hour_of(self.last_at) != self.last_at

    @property
    def last_until(self) -> datetime | None:
        """The end of the hour that the last event came in."""
        return self.last_at + timedelta(hours=1) if self.last_at else None

    @property
    def state(self) -> str:
        """In one word: paused, disabled, empty, attention, quiet or working."""
        if self.source.is_paused:
            return "paused"
        if not self.source.is_enabled:
            return "disabled"
        if self.last_at is None and not self.balance.sent:
            return "empty"
        if self.balance.failed or self.balance.difference:
            return "attention"
        return "quiet" if not self.last_at or self.now - self.last_at > QUIET_AFTER else "working"

    @property
    def bars(self) -> list[Bar]:
        return bars(self.by_hour, self.now)

    @property
    def peak(self) -> Bar:
        return max(self.bars, key=lambda bar: bar.events)


HEIGHT = 10.0


def bars(by_hour: dict[datetime, int], now: datetime) -> list[Bar]:
    """The last 24 hours, oldest first, the current one included; the highest fills the height."""
    start = hour_of(now) - timedelta(hours=HOURS - 1)
    hours = [start + timedelta(hours=number) for number in range(HOURS)]
    highest = max([by_hour.get(hour, 0) for hour in hours]) or 1
    drawn = []
    for x, hour in enumerate(hours):
        events = by_hour.get(hour, 0)
        height = max(HEIGHT * events / highest, 0.6 if events else 0.15)
        drawn.append(Bar(hour, events, x, round(HEIGHT - height, 2), round(height, 2)))
    return drawn


def hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def read_health(now: datetime) -> list[Health]:
    """Every source's health, by name: five queries, however many sources there are."""
    latest, by_hour, waiting = read_latest(), read_hours(now), read_waiting()
    accounts = {balance.source: balance for balance in balances()}
    return [
        Health(
            source, accounts[source.public_id], now, latest.get(source.pk), by_hour.get(source.pk, {}),
            waiting.get(source.pk, 0),
        )
        for source in Source.objects.all()
        if source.public_id in accounts
    ]  # fmt: skip


def read_hours(now: datetime) -> dict[int, dict[datetime, int]]:
    """Events taken, by source and hour of the last day."""
    found: dict[int, dict[datetime, int]] = {}
    with cursor() as sql:
        for source, hour, events in sql.execute(BY_HOUR, [now, HOURS - 1]):
            found.setdefault(source, {})[hour_of(hour)] = int(events)
    return found


def read_latest() -> dict[int, datetime]:
    """When each source's last event came; the hour it came in, once that is over."""
    with cursor() as sql:
        return {source: at for source, at in sql.execute(LATEST)}


def read_waiting() -> dict[int, int]:
    """By source, the interactions whose parts wait for one that names somebody, among the latest parts."""
    with cursor() as sql:
        return {source: int(count) for source, count in sql.execute(WAITING, [PARTS_LOOKED_AT])}


def rejections_of(source: Source) -> Sequence[Rejection]:
    """Why requests were refused of late, the latest first."""
    return list(Rejection.objects.filter(source=source).order_by("-last_at")[:REASONS_SHOWN])
