"""Reading what there is to tell of conversions: whose they are, what led to them, and what their customers allow."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from crm.identity.kinds import Kind
from crm.identity.models import Identifier
from crm.privacy.permissions import Permission, permissions
from crm.privacy.restricting.standing import restricted_customers
from crm.sql import array, cursor
from integrations.uploads.deciding import PERSONAL, Facts, Touch, refusal
from integrations.uploads.parcels import Click, Rung, Whose
from journeys.attribution.models import Conversion

FARTHEST = timedelta(days=90)  # no vendor takes anything that a click before that led to
CALL_BEFORE = timedelta(days=1)  # a conversion is by the call that came so long before it at most
CLICKS = """
    SELECT o.customer_id, t.interaction_id, t.click, i.data -> 'click_ids' ->> t.click, t.at
    FROM crm_identifier o
    JOIN journeys_touchpoint t ON t.identifier_id = o.id
    JOIN journeys_interaction i ON i.id = t.interaction_id
    WHERE o.customer_id = ANY(%s::bigint[]) AND NOT o.is_withheld AND t.at >= %s AND t.click <> ''
      AND coalesce(i.data -> 'click_ids' ->> t.click, '') <> ''
    ORDER BY t.at, t.id LIMIT 20000
"""
# The last call of the customer's in the day before each conversion, by the number that it came from.
CALLS = """
    SELECT DISTINCT ON (n.conversion) n.conversion, i.id,
        coalesce(nullif(c.line, ''), (
            SELECT p.value FROM crm_identifier p WHERE p.id IN (i.via_id, i.identifier_id) AND p.kind = 'phone' LIMIT 1
        ), ''),
        i.occurred_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS n (conversion, customer, at)
    JOIN crm_identifier o ON o.customer_id = n.customer
    CROSS JOIN LATERAL (
        SELECT i.* FROM journeys_interaction i
        WHERE i.identifier_id = o.id AND i.channel = 'call' AND i.direction = 'in'
          AND i.occurred_at BETWEEN n.at - %s AND n.at
        ORDER BY i.occurred_at DESC LIMIT 1
    ) AS i
    LEFT JOIN journeys_call c ON c.call_id = i.key AND c.source_id = i.source_id
    ORDER BY n.conversion, i.occurred_at DESC
"""
# The calls in which staff noted conversions.
NOTED = """
    SELECT c.id, i.id, c.line, c.rang_at FROM journeys_call c
    JOIN journeys_interaction i ON i.key = c.call_id AND i.source_id = c.source_id
    WHERE c.id = ANY(%s::bigint[])
"""
# What pages told of the browser's own ids, of the last 300 hits of each identifier in the two months before.
BROWSERS = """
    SELECT n.conversion, h.occurred_at, h.client, h.session, h.fbp
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS n (conversion, customer, at)
    JOIN crm_identifier o ON o.customer_id = n.customer AND NOT o.is_withheld
    CROSS JOIN LATERAL (
        SELECT i.occurred_at, p.said ->> 'ga_client_id' AS client, p.said ->> 'ga_session_id' AS session,
               p.said ->> 'fbp' AS fbp
        FROM (
            SELECT occurred_at, data FROM journeys_interaction
            WHERE identifier_id = o.id AND channel = 'web' AND occurred_at BETWEEN n.at - interval '63 days' AND n.at
            ORDER BY occurred_at DESC LIMIT 300
        ) AS i, LATERAL (SELECT i.data -> 'properties' AS said) AS p
        WHERE p.said ? 'ga_client_id' OR p.said ? 'fbp'
    ) AS h
    ORDER BY n.conversion, h.occurred_at
"""

Made = tuple[int, int, datetime]  # a number, whose, when


def facts_of(conversions: Collection[int]) -> dict[int, Facts]:
    """What there is to tell of each of some conversions; refunds, cancellations and what is gone are left out."""
    rows = Conversion.objects.filter(pk__in=conversions, role="").select_related("identifier__customer", "definition")
    return facts_about(list(rows))


def facts_about(known: Sequence[Conversion]) -> dict[int, Facts]:
    """The same of conversions that were read already."""
    customers = {one.identifier.customer_id for one in known}
    said = {one: tuple(permissions(ids)) for one, ids in identifiers_of(customers).items()}
    silent = set(restricted_customers().filter(pk__in=customers).values_list("pk", flat=True))
    clicks, calls, given_back = clicks_of(known), calls_of(known), given_back_of(known)
    whose = whose_of(known, said)
    return {
        one.pk: facts(one, given_back.get(one.pk, Decimal(0)))(
            is_restricted=one.identifier.customer_id in silent, permissions=said.get(one.identifier.customer_id, ()),
            clicks=tuple(clicks.get(one.identifier.customer_id, ())), call=calls.get(one.pk), whose=whose[one.pk],
        )
        for one in known
    }  # fmt: skip


def facts(one: Conversion, given_back: Decimal) -> Any:
    """What the row itself says; the rest is to be added. Of browsing that is withheld, only orders count."""
    is_withheld = one.channel == "web" and one.identifier.is_withheld and not one.order
    is_by_phone = bool(one.call_id or one.channel == "call" or (one.definition and one.definition.is_by_phone))

    def with_rest(**rest: Any) -> Facts:
        return Facts(
            one.pk, str(one.definition_id) if one.definition_id else one.kind, one.identifier_id, one.at, one.value,
            one.value + given_back, one.currency, one.channel, one.order,
            one.withdrawn_at is None and not is_withheld, is_by_phone, one.identifier.customer.brand, **rest,
        )  # fmt: skip

    return with_rest


def identifiers_of(customers: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for pk, customer in Identifier.objects.filter(customer__in=customers).order_by("pk").values_list("pk", "customer"):
        found[customer].append(pk)
    return found


def given_back_of(conversions: Iterable[Conversion]) -> dict[int, Decimal]:
    """What was given back of each order: not more than nought."""
    orders = {(one.definition_id, one.order): one.pk for one in conversions if one.definition_id and one.order}
    rows = Conversion.objects.filter(
        role=Conversion.Role.REFUND, withdrawn_at=None, order__in={order for _, order in orders},
        definition__in={definition for definition, _ in orders},
    )  # fmt: skip
    sums = rows.order_by().values_list("definition_id", "order").annotate(sum=Sum("value"))
    return {orders[definition, order]: sum_ for definition, order, sum_ in sums if (definition, order) in orders}


def clicks_of(conversions: Sequence[Conversion]) -> dict[int, list[Touch]]:
    """By customer, the clicks on advertisements before; none of browsing that is withheld."""
    found: dict[int, list[Touch]] = defaultdict(list)
    if not conversions:
        return found
    since = min(one.at for one in conversions) - FARTHEST
    with cursor() as sql:
        for customer, row, kind, value, at in sql.execute(
            CLICKS, [array({one.identifier.customer_id for one in conversions}), since]
        ):
            found[customer].append(Touch(row, Click(kind, value, at)))
    return found


def calls_of(conversions: Sequence[Conversion]) -> dict[int, tuple[int, Rung]]:
    """By conversion, the call (its interaction) that it was made in, or that came before it."""
    noted = {one.call_id: one.pk for one in conversions if one.call_id}
    with cursor() as sql:
        before = sql.execute(CALLS, [*columns(made(conversions)), CALL_BEFORE]).fetchall()
        own = sql.execute(NOTED, [array(noted)]).fetchall()
    found = {conversion: (interaction, Rung(line, at)) for conversion, interaction, line, at in before}
    return found | {noted[call]: (interaction, Rung(line, at)) for call, interaction, line, at in own}


def whose_of(conversions: Sequence[Conversion], said: Mapping[int, Sequence[Permission]]) -> dict[int, Whose]:
    """By conversion, who it is of, as vendors find people. What several people share is nobody's."""
    ways: dict[tuple[int, str], list[str]] = defaultdict(list)
    customers = {one.identifier.customer_id for one in conversions}
    rows = Identifier.objects.filter(customer__in=customers, kind__in=[Kind.EMAIL, Kind.PHONE], shared="")
    for customer, kind, value in rows.order_by("pk").values_list("customer_id", "kind", "value"):
        ways[customer, kind].append(value)
    browsers = browsers_of(made(conversions))
    return {
        one.pk: Whose(
            tuple(ways[one.identifier.customer_id, "email"]), tuple(ways[one.identifier.customer_id, "phone"]),
            is_personal=not refusal(said.get(one.identifier.customer_id, ()), PERSONAL), **browsers.get(one.pk, {}),
        )
        for one in conversions
    }  # fmt: skip


def browsers_of(conversions: Sequence[Made]) -> dict[int, dict[str, Any]]:
    """By number, what pages told last of the ids that vendors' own scripts gave the browser."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    with cursor() as sql:
        for conversion, at, client, session, fbp in sql.execute(BROWSERS, columns(conversions)):
            if client:
                is_same = found[conversion].get("session") == session and session
                session_at = found[conversion]["session_at"] if is_same else at
                found[conversion] |= {"client": client, "session": session or "", "session_at": session_at}
            if fbp:
                found[conversion]["fbp"] = fbp
    return found


def made(conversions: Iterable[Conversion]) -> list[Made]:
    return [(one.pk, one.identifier.customer_id, one.at) for one in conversions]


def columns(conversions: Sequence[Made]) -> list[Any]:
    """Numbers, customers and times as three arrays."""
    return [array(one[0] for one in conversions), array(one[1] for one in conversions), [one[2] for one in conversions]]


def gone(pk: int, at: datetime, currency: str, identifier: int) -> Facts:
    """A conversion whose row is gone: what is left of it, and of whose it was, to take it back by."""
    whose = Identifier.objects.filter(pk=identifier).select_related("customer").first()
    if whose is None:
        return Facts(pk, "", identifier, at, Decimal(0), Decimal(0), currency, "", stands=False)
    left = Conversion(pk=pk, at=at, currency=currency, identifier=whose, value=Decimal(0), withdrawn_at=at, channel="")
    return facts_about([left])[pk]
