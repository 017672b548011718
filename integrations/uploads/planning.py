"""Filling the queue: what changed of conversions, and what every destination is to be told for it, in bites.

What may change that is noted by triggers, in the transaction that changed it (models.UploadNote). The notes that were
looked at and the uploads made for them are one transaction, so nothing is missed and nothing is made twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from crm.identity.resolving import lock_number
from crm.sql import array, cursor
from integrations.uploads.deciding import (
    ALL_BACK,
    BEFORE,
    CANCELLED,
    NO_CLICK,
    OTHER_BRAND,
    UNKNOWN,
    Facts,
    Rule,
    Told,
    Wish,
    decide,
    told_as,
)
from integrations.uploads.differing import WAITING, Step, as_kept, steps
from integrations.uploads.models import Destination, Upload, UploadNote
from integrations.uploads.reading import FARTHEST, facts_of, gone
from integrations.uploads.vendors import VENDORS
from journeys.attribution.locking import is_alone
from journeys.attribution.models import Conversion
from journeys.interactions.models import Interaction

log = structlog.get_logger(__name__)
BITE = 200  # notes
AT_ONCE = 200  # conversions
Kind = UploadNote.Kind
PLANNING = lock_number("integrations", "uploads")
NOT_ITS_BUSINESS = frozenset(
    {UNKNOWN, OTHER_BRAND, BEFORE, ALL_BACK}
)  # what was never told for these is not counted either
CLAIM = """
    DELETE FROM integrations_uploadnote WHERE id IN (
        SELECT id FROM integrations_uploadnote ORDER BY id LIMIT %s
    ) RETURNING kind, row_id
"""
# The conversions of these customers and of whoever has these identifiers, as far back as any vendor takes them.
OF_CUSTOMERS = """
    WITH noted AS (
        SELECT unnest(%s::bigint[]) AS id UNION SELECT customer_id FROM crm_identifier WHERE id = ANY(%s::bigint[])
    )
    SELECT c.id FROM noted
    JOIN crm_identifier o ON o.customer_id = noted.id
    JOIN journeys_conversion c ON c.identifier_id = o.id AND c.at >= %s AND c.role = ''
"""
# The conversions that were given back in part by these.
OF_REFUNDS = """
    SELECT c.id FROM journeys_conversion r
    JOIN journeys_conversion c ON c.definition_id = r.definition_id AND c."order" = r."order" AND c.role = ''
    WHERE r.id = ANY(%s::bigint[]) AND r.role = 'refund' AND r."order" <> ''
"""
NOTE_SINCE = """
    INSERT INTO integrations_uploadnote (kind, row_id)
    SELECT 'conversion', id FROM journeys_conversion WHERE at >= %s AND role = '' ORDER BY at
"""
Key = tuple[int, int]  # destination, conversion


def plan(limit: int = BITE) -> bool:
    """Look at what was noted next; returns whether there may be more that nobody else is at."""
    with transaction.atomic(), cursor() as sql:
        if not is_alone(PLANNING):
            return False
        noted = sql.execute(CLAIM, [limit]).fetchall()
        destinations = list(Destination.objects.there())
        touched = sorted(touched_by(noted, timezone.now())) if destinations else []
        for begin in range(0, len(touched), AT_ONCE):
            plan_for(destinations, touched[begin : begin + AT_ONCE])
    return len(noted) >= limit


def touched_by(noted: Sequence[tuple[str, int]], now: datetime) -> set[int]:
    """The conversions that notes are about."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, row in noted:
        by_kind[kind].append(row)
    found = set(by_kind[Kind.CONVERSION])
    with cursor() as sql:
        found |= {row for (row,) in sql.execute(OF_REFUNDS, [array(found)])}
        customers, identifiers = (array(by_kind[kind]) for kind in (Kind.CUSTOMER, Kind.IDENTIFIER))
        return found | {row for (row,) in sql.execute(OF_CUSTOMERS, [customers, identifiers, now - FARTHEST])}


def plan_for(destinations: Iterable[Destination], conversions: Collection[int]) -> None:
    """Write what each destination is to be told of these conversions."""
    known, before = facts_of(conversions), uploads_of(conversions)
    for destination in destinations:
        rule = rule_of(destination)
        for conversion in conversions:
            told = before.get((destination.pk, conversion), [])
            facts = known.get(conversion) or remains(told)
            if facts:
                wish = decide(rule, facts) if conversion in known else Wish(CANCELLED)
                write(destination, rule, facts, wish, told)


def uploads_of(conversions: Collection[int]) -> dict[Key, list[Upload]]:
    """The uploads there are of these conversions, in the order of their stories; nobody sends them meanwhile."""
    rows = Upload.objects.filter(conversion__in=conversions).order_by("turn", "number").select_for_update()
    found: dict[Key, list[Upload]] = defaultdict(list)
    for one in rows:
        found[one.destination_id, one.conversion].append(one)
    return found


def remains(told: Sequence[Upload]) -> Facts | None:
    """What is left of a conversion that is gone, to whoever was told of it."""
    return gone(told[0].conversion, told[0].at, told[0].currency, told[0].identifier_id) if told else None


def write(destination: Destination, rule: Rule, facts: Facts, wish: Wish, told: Sequence[Upload]) -> None:
    if not told and wish.why in NOT_ITS_BUSINESS:
        return
    known, wish = [told_of(one) for one in told], as_told(wish, facts, told)
    by_number = {one.pk: one for one in told}
    for step in steps(known, as_kept(wish, known) if rule.vendor.is_retold else wish):
        row = by_number.get(step.pk) or Upload(
            destination=destination, conversion=facts.pk, turn=step.turn, number=step.number
        )
        fill(row, step, facts, rule)
        row.save()


def as_told(wish: Wish, facts: Facts, told: Sequence[Upload]) -> Wish:
    """What is wished; where what it was told by is gone by retention, it is still told by that."""
    made = next((one for one in reversed(told) if one.number == 0), None)
    by = made and (made.click or made.call)
    if made is None or wish.why != NO_CLICK or not by or Interaction.objects.filter(pk=by).exists():
        return wish
    return Wish("", facts.left, made.action, made.click, made.call)


def fill(row: Upload, step: Step, facts: Facts, rule: Rule) -> None:
    """Put into an upload what a step says."""
    now = timezone.now()
    row.identifier_id, row.what, row.state, row.why = facts.identifier, step.what, step.state, step.why[:200]
    row.value, row.before = step.value, step.before
    row.due_at = now if step.state == WAITING else None
    if step.of:
        row.told_as, row.action = step.of.told_as, step.of.action
        row.click, row.call, row.click_kind = step.of.click, step.of.call, step.of.click_kind
    elif step.wish:
        row.told_as, row.action = told_as(rule, facts, step.turn)[:140], step.wish.action[:60]
        row.click, row.call = step.wish.click, step.wish.call
        row.click_kind = next((one.click.kind for one in facts.clicks if one.interaction == row.click), "")
    if not row.pk or not step.of:
        row.at, row.currency = facts.at, facts.currency[:3]


def told_of(one: Upload) -> Told:
    return Told(
        one.pk, one.turn, one.number, one.what, one.state, one.told_as, one.action, one.click, one.call, one.value,
        one.before, one.attempts, one.created_at, one.click_kind,
    )  # fmt: skip


def rule_of(destination: Destination) -> Rule:
    return Rule(
        VENDORS[destination.vendor], destination.purpose, destination.since, destination.brand, destination.is_by_click,
        destination.by_orders, destination.is_taken_back, destination.actions, destination.calls,
    )  # fmt: skip


# What is to be looked at


def note_since(since: datetime, now: datetime) -> None:
    """Have every conversion since then looked at, as far back as any vendor takes them."""
    with cursor() as sql:
        sql.execute(NOTE_SINCE, [max(since, now - FARTHEST)])


def note_again(conversions: Iterable[int]) -> None:
    """Have these conversions looked at again."""
    UploadNote.objects.bulk_create([UploadNote(kind=Kind.CONVERSION, row_id=one) for one in conversions])


def sample(destination: Destination, most: int) -> Mapping[int, tuple[Facts, Wish]]:
    """The latest conversions that a destination might be told of, and what it would be: nothing is written."""
    definitions = [int(one) for one in {*destination.actions, *destination.calls} if one.isdigit()]
    kinds = [one for one in {*destination.actions, *destination.calls} if not one.isdigit()]
    rows = Conversion.objects.filter(role="", at__gte=destination.since)
    found = list(rows.filter(definition__in=definitions).order_by("-at", "-pk").values_list("at", "pk")[:most])
    found += rows.filter(definition=None, kind__in=kinds).order_by("-at", "-pk").values_list("at", "pk")[:most]
    known, rule = facts_of([pk for _, pk in sorted(found, reverse=True)[:most]]), rule_of(destination)
    latest = sorted(known.values(), key=lambda one: (one.at, one.pk), reverse=True)
    wishes = {one.pk: (one, decide(rule, one)) for one in latest}
    return {pk: one for pk, one in wishes.items() if one[1].why not in NOT_ITS_BUSINESS}
