"""Forgetting what the deliveries of the erased held: those that were recorded are known by what they became, the others
by reading them anew.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from crm.identity.models import Identifier
from crm.privacy.erasing.finding import Subject
from crm.privacy.erasing.words import Words
from crm.sql import cursor
from integrations.adapter import Event
from integrations.inbox.decoding import readings
from integrations.inbox.models import ERASED, Delivery, FailedDelivery, Pending
from integrations.inbox.reading import reader
from integrations.inbox.receiving import raw
from journeys.interactions.recording import Arrival, named_in, suppressed_of

AT_ONCE = 500  # deliveries that are read at once
# Those of which no interaction tells whose they are. Each of the tables is small, or read by an index of its own.
UNTOLD = """
    SELECT id, bool_or(waits) FROM (
        (SELECT delivery_id AS id, true AS waits FROM integrations_pending
         WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id, true FROM integrations_pauseddelivery
                   WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id, false FROM integrations_faileddelivery
                   WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id, false FROM integrations_trail
                   WHERE delivery_id > %(after)s AND key = '' AND identifier_id IS NULL ORDER BY 1 LIMIT %(many)s)
    ) AS one GROUP BY id ORDER BY id LIMIT %(many)s
"""


class Left(NamedTuple):
    """A delivery of which something was left out, and what it named the erased by."""

    id: int
    key: str
    values: Collection[tuple[str, str]]


def blank(deliveries: Collection[int], erased: Collection[int]) -> None:
    """Blank deliveries (ids), and why they failed. A key that names the erased goes, too; any other stays: by it, the
    same event, sent once more, is known.
    """
    named = Words(list(Identifier.objects.filter(pk__in=erased).values_list("kind", "value")))
    keys = Delivery.objects.filter(pk__in=deliveries).values_list("pk", "key")
    blank_all(deliveries, [pk for pk, key in keys if named.are_within(key)])


def blank_all(deliveries: Collection[int], telling: Collection[int]) -> None:
    """telling: those of them whose keys name somebody."""
    Delivery.objects.filter(pk__in=deliveries).update(body="", kind=ERASED)
    FailedDelivery.objects.filter(pk__in=deliveries).update(reason=ERASED)
    Pending.objects.filter(pk__in=deliveries).update(reason="")
    for pk in telling:
        Delivery.objects.filter(pk=pk).update(key=f"{ERASED}:{pk}")


def forget_suppressed(readable: Sequence[tuple[int, str, Sequence[Arrival]]]) -> set[int]:
    """Blank the deliveries (id, key, what was in them) of which anything was left out, in the transaction that left it
    out; returns their ids. Whatever in them was about others is recorded.
    """
    told = [(delivery, key, arrival) for delivery, key, arrivals in readable for arrival in arrivals]
    left_out = [told[place] for place in suppressed_of([arrival for *_, arrival in told])]
    telling = [
        delivery
        for delivery, key, arrival in left_out
        if Words([(seen.kind, seen.value) for seen in arrival.draft.identifiers if seen.kind != "phone"]).are_within(
            key
        )
    ]
    found = {delivery for delivery, *_ in left_out}
    if found:
        blank_all(found, telling)
    return found


def untold_of(subject: Subject, after: int) -> tuple[list[int], int | None]:
    """Those of the next deliveries that wait, failed or became nothing, and are the person's."""
    with cursor() as sql:
        rows = sql.execute(UNTOLD, {"after": after, "many": AT_ONCE}).fetchall()
    found = Delivery.objects.filter(pk__in=[pk for pk, _ in rows]).exclude(kind=ERASED).select_related("source")
    waiting = {pk for pk, waits in rows if waits}
    theirs = [one.pk for one in found if is_theirs(one, subject, waits=one.pk in waiting)]
    return theirs, rows[-1][0] if len(rows) == AT_ONCE else None


def is_theirs(delivery: Delivery, subject: Subject, *, waits: bool) -> bool:
    """Whether a delivery is the person's: by its own adapter's reading; by its words where that gives nothing.

    One that waits and is about others, too, is spared until they are recorded: then it is blanked (forget_suppressed).
    """
    try:
        drafts = reader(delivery.source)(Event(delivery.key, delivery.kind, raw(delivery.body)))
    except Exception:  # whatever an adapter trips over
        drafts = []
    if not drafts:
        return any(subject.words.stand_in(text) for text in readings(raw(delivery.body)))
    arrivals = [Arrival(delivery.source, draft) for draft in drafts]
    theirs = {place for place, keys in enumerate(named_in(arrivals)) if not subject.keys.isdisjoint(keys)}
    theirs |= suppressed_of(arrivals)
    return len(theirs) == len(arrivals) if waits else bool(theirs)
