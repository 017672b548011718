"""Failed deliveries, page by page and by reason; nothing here counts or reads more than it shows."""

import json
from collections import Counter
from dataclasses import dataclass

from crm.sources.models import Source
from integrations.inbox.models import Delivery, FailedDelivery
from integrations.inbox.receiving import raw

PAGE = 50
LATEST = 1_000  # failures that the summary of reasons looks at
AT_ONCE = 5_000  # replayed by one press
SHOWN = 64_000  # characters of a body


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that deliveries of one source failed for, and how many of the latest did."""

    source: Source
    text: str
    times: int


@dataclass(frozen=True, slots=True)
class FailurePage:
    """Failures, latest delivery first. next: the delivery id that the next page begins before; None at the end."""

    failures: list[FailedDelivery]
    next: int | None


def read_page(source: Source | None, reason: str, before: int | None) -> FailurePage:
    """A page of failures, of one source and one reason where they are given."""
    found = FailedDelivery.objects.select_related("delivery", "source").defer("delivery__body").order_by("-delivery")
    if source:
        found = found.filter(source=source)
    if reason:
        found = found.filter(reason=reason)
    if before:
        found = found.filter(delivery__lt=before)
    rows = list(found[: PAGE + 1])
    return FailurePage(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def reasons() -> list[Reason]:
    """What the latest failures failed for, the most frequent first."""
    latest = FailedDelivery.objects.order_by("-delivery").values_list("source_id", "reason")[:LATEST]
    counted = Counter(latest).most_common()
    sources = Source.objects.in_bulk({source_id for (source_id, _), _ in counted})
    return [Reason(sources[source_id], text, times) for (source_id, text), times in counted if source_id in sources]


def with_reason(source: Source, reason: str) -> list[int]:
    """The delivery ids that failed for a reason, oldest first, as many as one press replays."""
    found = FailedDelivery.objects.filter(source=source, reason=reason).order_by("delivery")
    return list(found.values_list("delivery", flat=True)[:AT_ONCE])


@dataclass(frozen=True, slots=True)
class Body:
    """A delivery's body, to be read. note: what was done to it; empty when it stands as it came."""

    text: str
    note: str = ""


def readable(delivery: Delivery) -> Body:
    """JSON is indented, bytes that are no text are shown as such, and long bodies are cut."""
    body = raw(delivery.body)
    text, note = body.decode("utf-8", "backslashreplace"), ""
    try:
        text, note = json.dumps(json.loads(body), indent=2, ensure_ascii=False), "Indented to be read."
    except (ValueError, RecursionError):
        if "\\x" in text and b"\\x" not in body:
            note = r"Bytes that are no text are written as \x.."
    if len(text) > SHOWN:
        return Body(text[:SHOWN], f"{note} The first {SHOWN:,} of {len(text):,} characters.".strip())
    return Body(text, note)
