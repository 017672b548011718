"""Portraits: customers as lists name them, in a fixed number of queries for any number of customers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from crm.identity.kinds import RANK, Kind
from crm.privacy.access import followable_customers, knows_customers
from crm.privacy.actors import Actor
from crm.privacy.masking import masked, pseudonym
from crm.privacy.revealing.acts import revealed_to
from crm.profile.fields import NAME_FIELDS
from crm.profile.golden import Assertion, display_name, survive
from crm.profile.reading import hearing
from crm.reading import Reading, Statement, read
from crm.sql import array

IDENTIFIERS_READ = 60  # of each customer; more would not fit a list's line
CONTACT_KINDS = (Kind.EMAIL.value, Kind.PHONE.value)
READ_IDENTIFIERS = """
    SELECT c.id, c.public_id, i.id, i.kind, i.value, i.shared
    FROM crm_customer c
    CROSS JOIN LATERAL (
        SELECT id, kind, value, shared FROM crm_identifier WHERE customer_id = c.id LIMIT %s
    ) AS i
    WHERE c.id = ANY(%s::bigint[])
    ORDER BY i.id
"""


@dataclass(slots=True)
class Portrait:
    """A customer in one line.

    contacts: (kind, value) of e-mail addresses and phones. identifiers: ids, IDENTIFIERS_READ at most.
    is_known: some identifier names somebody, which a browser does not.
    """

    customer_id: int
    public_id: UUID
    name: str = ""
    contacts: list[tuple[str, str]] = field(default_factory=list)
    identifiers: list[int] = field(default_factory=list)
    is_known: bool = False
    is_shared: bool = False

    @property
    def veiled(self) -> "Portrait":
        """The same, without who it is."""
        hidden = [(kind, masked(value, kind)) for kind, value in self.contacts]
        return replace(self, name=pseudonym(self.public_id), contacts=hidden)


def portraits_for(actor: Actor, customers: Iterable[int]) -> dict[int, Portrait]:
    """As `portraits`, of those whom an actor may follow: veiled, where they may not see who it is."""
    found = portraits(followable_customers(actor).filter(pk__in=list(customers)).values_list("pk", flat=True))
    if knows_customers(actor):
        return found
    opened = revealed_to(actor)
    return {customer: one if customer in opened else one.veiled for customer, one in found.items()}


def portraits(customers: Iterable[int]) -> dict[int, Portrait]:
    """The portrait of each customer (by id) that has identifiers; the caller has made sure that they may be seen."""
    return read(portraying(customers))


def portraying(customers: Iterable[int]) -> Reading[dict[int, Portrait]]:
    """As `portraits`, in two steps; in none when there are no customers."""
    asked, found = sorted(customers), dict[int, Portrait]()
    if not asked:
        return found
    [rows] = yield [Statement(READ_IDENTIFIERS, [IDENTIFIERS_READ, array(asked)])]
    for customer, public_id, identifier, kind, value, shared in rows:
        portrait = found.setdefault(customer, Portrait(customer, public_id))
        portrait.identifiers.append(identifier)
        portrait.is_known |= kind not in Kind.anonymous()
        portrait.is_shared |= bool(shared) and kind in CONTACT_KINDS
        if kind in CONTACT_KINDS:
            portrait.contacts.append((kind, value))
    yield from naming(found.values())
    return found


def naming(found: Collection[Portrait]) -> Reading[None]:
    """Name each by its golden record."""
    owners = {identifier: portrait.customer_id for portrait in found for identifier in portrait.identifiers}
    assertions: dict[int, list[Assertion]] = {}
    said, rules = yield from hearing(owners, NAME_FIELDS, most=None)
    for one in said:
        assertions.setdefault(owners[one.identifier_id], []).append(one)
    for portrait in found:
        portrait.contacts.sort(key=lambda contact: RANK[contact[0]])
        golden = survive(assertions.get(portrait.customer_id, ()), rules)
        portrait.name = display_name(golden, portrait.contacts, portrait.public_id)
