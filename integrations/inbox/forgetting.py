"""Forgetting what the deliveries of the erased held: those that were recorded are known by what they became, the others
by reading them anew.
"""

from collections.abc import Collection, Sequence

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from crm.privacy.erasing.finding import Subject
from crm.sql import cursor
from integrations.adapter import Event
from integrations.inbox.decoding import readings
from integrations.inbox.models import ERASED, Delivery, FailedDelivery, Pending
from integrations.inbox.reading import reader
from integrations.inbox.receiving import raw
from journeys.interactions.recording import Arrival, named_in, suppressed_of

AT_ONCE = 500  # deliveries that are read at once
# Those of which no interaction tells whose they are. Each of the tables is small, or read by an index of its own. What
# a drain has claimed is passed by: it asks the list of the erased itself, and waiting for it could go both ways.
UNTOLD = """
    WITH waiting AS MATERIALIZED (
        SELECT delivery_id FROM integrations_pending WHERE delivery_id > %(after)s
        ORDER BY delivery_id LIMIT %(many)s FOR UPDATE SKIP LOCKED
    )
    SELECT id, bool_or(waits) FROM (
        SELECT delivery_id AS id, true AS waits FROM waiting
        UNION ALL (SELECT delivery_id, true FROM integrations_pauseddelivery
                   WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id, false FROM integrations_faileddelivery
                   WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id, false FROM integrations_trail
                   WHERE delivery_id > %(after)s AND key = '' AND identifier_id IS NULL ORDER BY 1 LIMIT %(many)s)
    ) AS one GROUP BY id ORDER BY id LIMIT %(many)s
"""


def blank(deliveries: Collection[int], _erased: Collection[int] = ()) -> None:
    """Blank deliveries (ids), and why they failed. Their keys go, too: vendors write addresses and names into them. The
    same event, sent once more, is known by whom it is of, who are on the list.
    """
    nameless = Concat(Value(f"{ERASED}:"), Cast("pk", CharField()))
    Pending.objects.filter(pk__in=deliveries).update(reason="")  # in the order that the drain takes them in
    FailedDelivery.objects.filter(pk__in=deliveries).update(reason=ERASED)
    Delivery.objects.filter(pk__in=deliveries).update(body="", kind=ERASED, key=nameless)


def forget_suppressed(readable: Sequence[tuple[int, Sequence[Arrival]]]) -> set[int]:
    """Blank the deliveries (id, what was in them) of which anything was left out, in the transaction that left it out;
    returns their ids. Whatever in them was about others is recorded.
    """
    told = [(delivery, arrival) for delivery, arrivals in readable for arrival in arrivals]
    left_out = {told[place][0] for place in suppressed_of([arrival for _, arrival in told])}
    if left_out:
        blank(left_out)
    return left_out


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
