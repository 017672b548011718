"""Households: different people who share a landline, a phone or an address. They are shown, and never merged.

At most MOST customers are one; more at one address are a building, on one phone a switchboard. An address at which a
company is known is an office. Addresses are those of scored matching's profiles, so there are none before its first
model is trained.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import phonenumbers

from crm.identity.kinds import Kind
from crm.identity.models import Customer
from crm.identity.sharing import Sharer, finding_sharers
from crm.reading import Reading, Statement, both, read
from crm.sql import array
from crm.wording import phone

MOST = 12
READ = 60  # profiles at one address: a customer may have several
ADDRESSES_READ = 4
# The condition and the three values are those of the index profile_by_address.
READ_NEIGHBOURS = """
    SELECT mine.n, mine.line, p.line, i.customer_id
    FROM (
        SELECT min(identifier_id) AS n, features #>> '{postcode,0}' AS postcode, features #>> '{street,0}' AS street,
               features #>> '{number,0}' AS number, coalesce(features #>> '{line2,0}', '') AS line
        FROM crm_matchprofile
        WHERE identifier_id = ANY(%(identifiers)s::bigint[]) AND features ? 'street' AND NOT features ? 'company'
        GROUP BY 2, 3, 4, 5 LIMIT %(addresses)s
    ) AS mine
    CROSS JOIN LATERAL (
        SELECT identifier_id, coalesce(features #>> '{line2,0}', '') AS line FROM crm_matchprofile
        WHERE features ? 'street' AND NOT features ? 'company' AND (features #>> '{postcode,0}') = mine.postcode
          AND (features #>> '{street,0}') = mine.street AND (features #>> '{number,0}') = mine.number LIMIT %(read)s
    ) AS p
    JOIN crm_identifier i ON i.id = p.identifier_id
"""


# The customers of the reviews that somebody still has to decide: each half has an index of its own.
READ_IN_QUESTION = """
    SELECT i.customer_id FROM (
        SELECT b_id AS id FROM crm_review WHERE a_id = ANY(%(identifiers)s::bigint[]) AND state = 'open'
        UNION SELECT a_id FROM crm_review WHERE b_id = ANY(%(identifiers)s::bigint[]) AND state = 'open'
    ) AS other
    JOIN crm_identifier i ON i.id = other.id
"""
IN_QUESTION = "perhaps the same person"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A customer (by id) at an address: a number that tells the addresses of one question apart, and the flat or the
    like at it, of who asks and theirs.
    """

    customer_id: int
    address: int
    asked: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Housemate:
    """Somebody of a customer's household (by id). ways: what they share, in words."""

    customer_id: int
    ways: tuple[str, ...]

    @property
    def said(self) -> str:
        return ", ".join(self.ways)


def finding_neighbours(identifiers: Sequence[int]) -> Reading[list[Neighbour]]:
    """Who is known at the addresses of the customer of these identifiers, the customer too."""
    asked = {"identifiers": array(identifiers), "addresses": ADDRESSES_READ, "read": READ}
    [rows] = yield [Statement(READ_NEIGHBOURS, asked)]
    return [Neighbour(customer, address, mine, theirs) for address, mine, theirs, customer in rows]


def finding_in_question(identifiers: Sequence[int]) -> Reading[set[int]]:
    """The customers (ids) of whom people still decide whether they are the customer of these identifiers."""
    [rows] = yield [Statement(READ_IN_QUESTION, {"identifiers": array(identifiers)})]
    return {customer for (customer,) in rows}


def household(
    customer_id: int,
    sharers: Iterable[Sharer],
    neighbours: Iterable[Neighbour],
    in_question: Collection[int] = (),
) -> list[Housemate]:
    """The household of a customer, without them; those who share most first. Pure.

    in_question: customers (ids) who may turn out to be this one: it is said of them, since they may be no others.
    """
    ways: dict[int, dict[str, None]] = {}
    for word, customers in [*on_phones(sharers), *at_addresses(neighbours)]:
        for one in customers - {customer_id}:
            ways.setdefault(one, {})[word] = None
    most_first = sorted(ways, key=lambda one: (-len(ways[one]), one))[:MOST]
    return [Housemate(one, (*ways[one], *([IN_QUESTION] if one in in_question else []))) for one in most_first]


def on_phones(sharers: Iterable[Sharer]) -> list[tuple[str, set[int]]]:
    """(what is shared, by whom) of each phone that is no switchboard."""
    phones: dict[str, set[int]] = {}
    for one in sharers:
        if one.kind == Kind.PHONE:
            phones.setdefault(one.value, set()).add(one.customer_id)
    return [(f"same {phone_word(value)}", who) for value, who in phones.items() if len(who) < MOST]


def at_addresses(neighbours: Iterable[Neighbour]) -> list[tuple[str, set[int]]]:
    """(what is shared, by whom) of each address that is no building. Another flat is another address."""
    known: dict[int, set[int]] = {}
    read_of: dict[int, int] = {}
    for one in neighbours:
        read_of[one.address] = read_of.get(one.address, 0) + 1
        if not (one.line and one.asked and one.line != one.asked):
            known.setdefault(one.address, set()).add(one.customer_id)
    return [("same address", who) for at, who in known.items() if len(who) <= MOST and read_of[at] < READ]


def phone_word(value: str) -> str:
    """What a shared phone is called."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return f"phone {value}"
    is_landline = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE
    return f"{'landline' if is_landline else 'phone'} {phone(value)}"


def household_of(customer: Customer) -> list[Housemate]:
    """A customer's household. The caller has made sure that they may be seen."""
    identifiers = list(customer.identifiers.values_list("pk", flat=True)[:200])
    sharers, (near, in_question) = read(
        both(
            finding_sharers(customer.pk, identifiers),
            both(finding_neighbours(identifiers), finding_in_question(identifiers)),
        )
    )
    return household(customer.pk, sharers, near, in_question)
