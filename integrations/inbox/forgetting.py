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
from integrations.inbox.models import ERASED, REST, Delivery, FailedDelivery, PausedDelivery, Pending
from integrations.inbox.reading import reader
from integrations.inbox.receiving import raw
from integrations.inbox.remaking import packed
from journeys.interactions.recording import Arrival, named_in, suppressed_of

NAMELESS = Concat(Value(f"{ERASED}:"), Cast("pk", CharField()))  # a key that only the row itself has
AT_ONCE = 500  # deliveries that are read at once
# Those of which no interaction tells whose they are. Each of the tables is small, or read by an index of its own. What
# a drain has claimed is passed by: it asks the list of the erased itself, and waiting for it could go both ways.
UNTOLD = """
    WITH waiting AS MATERIALIZED (
        SELECT delivery_id FROM integrations_pending WHERE delivery_id > %(after)s
        ORDER BY delivery_id LIMIT %(many)s FOR UPDATE SKIP LOCKED
    )
    SELECT DISTINCT id FROM (
        SELECT delivery_id AS id FROM waiting
        UNION ALL (SELECT delivery_id FROM integrations_pauseddelivery
                   WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id FROM integrations_faileddelivery
                   WHERE delivery_id > %(after)s ORDER BY 1 LIMIT %(many)s)
        UNION ALL (SELECT delivery_id FROM integrations_trail
                   WHERE delivery_id > %(after)s AND key = '' AND identifier_id IS NULL ORDER BY 1 LIMIT %(many)s)
    ) AS one ORDER BY id LIMIT %(many)s
"""


def blank(deliveries: Collection[int], erased: Collection[int] = ()) -> None:
    """Blank deliveries (ids), and why they failed. Their keys go, too: vendors write addresses and names into them. The
    same event, sent once more, is known by whom it is of, who are on the list. erased: whose identifiers (ids) that is
    about: of what was not recorded yet and is of others, too, theirs alone goes.
    """
    rests = rests_of(deliveries, erased)
    for pk, rest in rests.items():
        Delivery.objects.filter(pk=pk).update(body=rest, kind=REST, key=NAMELESS)
    whole = [pk for pk in deliveries if pk not in rests]
    Pending.objects.filter(pk__in=deliveries).update(reason="")  # in the order that the drain takes them in
    FailedDelivery.objects.filter(pk__in=deliveries).update(reason=ERASED)
    Delivery.objects.filter(pk__in=whole).update(body="", kind=ERASED, key=NAMELESS)


def rests_of(deliveries: Collection[int], erased: Collection[int]) -> dict[int, str]:
    """What is left of those deliveries (ids) that wait or failed, and are of others, too."""
    if not erased:
        return {}
    subject = Subject(erased, ())
    left: set[int] = set()
    for model in (Pending, PausedDelivery, FailedDelivery):
        left |= set(model.objects.filter(pk__in=deliveries).values_list("pk", flat=True))
    found = {}
    for one in Delivery.objects.filter(pk__in=left).exclude(kind=ERASED).select_related("source"):
        arrivals = arrivals_of(one)
        theirs = places_of(arrivals, subject)
        if theirs and len(theirs) < len(arrivals):
            others = [arrival.draft for place, arrival in enumerate(arrivals) if place not in theirs]
            found[one.pk] = subject.words.without(packed(others))
    return found


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
    """Those of the next deliveries that wait, failed or became nothing, and are the person's, or some of them is."""
    with cursor() as sql:
        rows = sql.execute(UNTOLD, {"after": after, "many": AT_ONCE}).fetchall()
    found = Delivery.objects.filter(pk__in=[pk for (pk,) in rows]).exclude(kind=ERASED).select_related("source")
    theirs = [one.pk for one in found if is_theirs(one, subject)]
    return theirs, rows[-1][0] if len(rows) == AT_ONCE else None


def is_theirs(delivery: Delivery, subject: Subject) -> bool:
    """Whether anything in a delivery is the person's: by its own adapter's reading; by its words where that gives
    nothing.
    """
    arrivals = arrivals_of(delivery)
    if not arrivals:
        return any(subject.words.stand_in(text) for text in readings(raw(delivery.body)))
    return bool(places_of(arrivals, subject))


def arrivals_of(delivery: Delivery) -> list[Arrival]:
    """What is in a delivery; nothing where its adapter cannot read it."""
    try:
        drafts = reader(delivery.source)(Event(delivery.key, delivery.kind, raw(delivery.body)))
    except Exception:  # whatever an adapter trips over
        return []
    return [Arrival(delivery.source, draft) for draft in drafts]


def places_of(arrivals: Sequence[Arrival], subject: Subject) -> set[int]:
    """Where, among some arrivals, those are that are the person's, or of others who were erased."""
    theirs = {place for place, keys in enumerate(named_in(arrivals)) if not subject.keys.isdisjoint(keys)}
    return theirs | set(suppressed_of(arrivals))
