"""What a graph is asked for by an address; what cannot be read is as if not asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from crm.asked import day_of, midnight_after, number_of

PERIOD = 30  # days
LONGEST = 400
DEEPEST, DEEP = 5, 3
BOTH = "both"
WAYS = {"into": "what led to it", "out": "what came after it", BOTH: "both"}
BEFORE, SEGMENT = "before", "segment"
COMPARED = {"": "nothing", BEFORE: "the time before", SEGMENT: "another segment"}
LONGEST_NAME = 220


@dataclass(frozen=True)
class Asked:
    """step: what was typed. segment, other: numbers of segments. compare: what to. is_once: repeats are one."""

    step: str
    way: str
    deep: int
    since: date
    until: date
    segment: int | None
    compare: str
    other: int | None
    is_once: bool

    @property
    def begins(self) -> datetime:
        return midnight_after(self.since - timedelta(days=1))

    @property
    def ends(self) -> datetime:
        return midnight_after(self.until)

    @property
    def before(self) -> "Asked":
        """The same of as many days before."""
        days = (self.until - self.since).days + 1
        since = max(self.since.toordinal() - days, 2)
        return replace(self, since=date.fromordinal(since), until=self.since - timedelta(days=1))


def asked_of(told: Mapping[str, str], today: date) -> Asked:
    until = min(day_of(told.get("until", "")) or today, today)
    until = max(until, date.min + timedelta(days=LONGEST))
    since = min(day_of(told.get("since", "")) or until - timedelta(days=PERIOD - 1), until)
    deep = number_of(told.get("deep", "")) or DEEP
    return Asked(
        told.get("step", "").replace("\0", "").strip()[:LONGEST_NAME],
        told.get("way", "") if told.get("way", "") in WAYS else BOTH,
        min(deep, DEEPEST),
        max(since, until - timedelta(days=LONGEST - 1)),
        until,
        number_of(told.get("segment", "")),
        told.get("compare", "") if told.get("compare", "") in COMPARED else "",
        number_of(told.get("other", "")),
        told.get("repeats", "") != "each",
    )


def query(asked: Asked, **changed: object) -> str:
    """The address of the same graph, or of one that is asked a little differently."""
    told: dict[str, object] = {
        "step": asked.step, "way": asked.way, "deep": asked.deep, "since": asked.since, "until": asked.until,
        "segment": asked.segment or "", "compare": asked.compare, "other": asked.other or "",
        "repeats": "once" if asked.is_once else "each",
    }  # fmt: skip
    return urlencode(told | changed)
