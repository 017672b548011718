"""One customer's record: the golden record, identifiers, permissions, and who shares what with them."""

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString, TypeVar
from uuid import UUID

from crm.identity.kinds import Kind
from crm.identity.models import Customer, Identifier
from crm.identity.sharing import Sharer, finding_sharers
from crm.privacy.actors import Actor
from crm.privacy.disclosure import Tact, disclosing
from crm.privacy.masking import masked, pseudonym
from crm.privacy.permissions import Permission, permitting
from crm.privacy.restricting.standing import restricting
from crm.privacy.revealing.acts import opening
from crm.profile.fields import FIRST_FIELDS, NAME_FIELDS, FieldType
from crm.profile.golden import Assertion, GoldenField, display_name, judge
from crm.profile.household import Housemate, finding_in_question, finding_neighbours, household
from crm.profile.reading import hearing
from crm.profile.rules import Rules
from crm.reading import Reading, Statement, both, read

Kept = TypeVar("Kept")
COLUMNS = ("id", "kind", "namespace", "value", "customer_id", "origin_id", "shared", "ruled_shared", "is_withheld")
IDENTIFIERS: LiteralString = """
    SELECT id, kind, namespace, value, customer_id, origin_id, shared, ruled_shared, is_withheld
    FROM crm_identifier WHERE customer_id = %s
"""
COARSE = frozenset({"country", "state", "language"})  # of fields that come with the product, those of many people
COARSE_TYPES = frozenset({FieldType.CHOICE, FieldType.YES_NO})


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a customer.

    golden: by field, the usual ones first. unfit: what was said of fields none of whose values fits. rules: those that
    chose. identifiers: the most telling first. household: other people, of a person only. sources: the names of those
    that asserted something. has_masked: some values are, for whoever it is read for. open_until: they said why they
    need to see all of it, and do until then. is_restricted: their processing is.
    """

    customer: Customer
    name: str
    golden: dict[str, GoldenField]
    identifiers: list[Identifier]
    permissions: list[Permission]
    sharers: list[Sharer]
    household: list[Housemate]
    unfit: dict[str, tuple[Assertion, ...]]
    rules: Rules
    has_masked: bool = False
    open_until: datetime | None = None
    is_restricted: bool = False

    @property
    def contacts(self) -> list[Identifier]:
        return [one for one in self.identifiers if one.kind in (Kind.PHONE, Kind.EMAIL, Kind.HANDLE)]

    @property
    def sources(self) -> list[str]:
        said = [a for field in self.golden.values() for a in (field.shown, *field.agreeing, *field.others)]
        said += [a for values in self.unfit.values() for a in values]
        return sorted({a.source for a in said} | {permission.source for permission in self.permissions})

    @property
    def is_shared(self) -> bool:
        """Whether this is no person but a line, an inbox or a browser that several use."""
        return any(one.is_shared for one in self.identifiers)

    @property
    def is_known(self) -> bool:
        """Whether anything names them: a browser does not."""
        return any(not one.is_anonymous for one in self.identifiers)


def record_of(customer: Customer, roles: Collection[str] = ()) -> Record:
    """A customer's record as those roles see it. The caller has made sure that they may be seen."""
    return read(recording(customer, most_telling_first(customer), roles))


def most_telling_first(customer: Customer) -> list[Identifier]:
    """A customer's identifiers."""
    return sorted(read(identifying(customer.pk)), key=lambda one: one.telling)


def identifying(customer: int) -> Reading[list[Identifier]]:
    """The identifiers of a customer (id), in any order: what shows of them."""
    [rows] = yield [Statement(IDENTIFIERS, [customer])]
    return [Identifier.from_db("default", COLUMNS, row) for row in rows]


def recording(
    customer: Customer, identifiers: list[Identifier], roles: Collection[str], actor: Actor = None
) -> Reading[Record]:
    """The record of the customer of these identifiers, the most telling first, in one step for most.

    What is hidden from all of these roles is not in it, and what is masked is, unless the actor said why they need it.
    """
    ids = [one.pk for one in identifiers]
    ((said, rules), (tact, until)), ((may, is_restricted), (shared, (near, in_question))) = yield from both(
        both(hearing(ids), both(disclosing(roles), opening(customer.pk, actor))),
        both(
            both(permitting(ids), restricting(customer.pk)),
            both(finding_sharers(customer.pk, ids), both(finding_neighbours(ids), finding_in_question(ids))),
        ),
    )
    found = judge(seemly(said, tact), rules)
    golden = in_usual_order(found.golden)
    name = display_name(golden, [(one.kind, one.value) for one in identifiers], customer.public_id)
    home = [] if any(one.is_shared for one in identifiers) else household(customer.pk, shared, near, in_question)
    known = Record(
        customer, name, golden, identifiers, may, shared, home, found.unfit, rules,
        open_until=until, is_restricted=is_restricted,
    )  # fmt: skip
    return known if until else masking(known, tact)


def masking(record: Record, tact: Tact) -> Record:
    """A record with the end only of the values that are masked."""
    found = tact.masked & (record.golden.keys() | record.unfit.keys())
    if not found:
        return record
    golden = {
        name: replace(
            field, shown=masked_assertion(field.shown), agreeing=masked_assertions(field.agreeing),
            others=masked_assertions(field.others),
        ) if name in found else field
        for name, field in record.golden.items()
    }  # fmt: skip
    unfit = {name: masked_assertions(said) if name in found else said for name, said in record.unfit.items()}
    return replace(record, golden=golden, unfit=unfit, has_masked=True)


def masked_assertions(said: Iterable[Assertion]) -> tuple[Assertion, ...]:
    return tuple(map(masked_assertion, said))


def masked_assertion(one: Assertion) -> Assertion:
    return replace(one, value=masked(one.value))


def seemly(said: Iterable[Assertion], tact: Tact) -> list[Assertion]:
    """What was said, without what is hidden; a name is no topic."""
    return [one for one in said if one.name in NAME_FIELDS or not tact.hides(one.name.replace("_", " "), one.value)]


def veiled(record: Record) -> Record:
    """A record without who it is: of the fields, those that many people share; addresses masked."""
    coarse = coarse_fields(record.rules)
    golden = {name: replace(field, agreeing=(), others=()) for name, field in record.golden.items() if name in coarse}
    return replace(
        record, name=pseudonym(record.customer.public_id), golden=golden, unfit={}, sharers=[], household=[],
        identifiers=[masked_identifier(one) for one in record.identifiers],
    )  # fmt: skip


def coarse_fields(rules: Rules) -> frozenset[str]:
    """The fields whose values many people share: they tell nobody apart."""
    return COARSE | {name for name, field in rules.fields.items() if field.type in COARSE_TYPES}


def masked_identifier(one: Identifier) -> Identifier:
    """An identifier to look at, with what may be seen of its value."""
    shown = copy(one)
    shown.value = masked(one.value, one.kind)
    return shown


def in_usual_order(golden: dict[str, Kept]) -> dict[str, Kept]:
    """What is kept by field: the fields that everybody looks for first, the others by name."""
    rest = sorted(name for name in golden if name not in FIRST_FIELDS)
    return {name: golden[name] for name in (*FIRST_FIELDS, *rest) if name in golden}


def standing_id(number: int) -> UUID | None:
    """The public id of the customer that a customer's number stands for now; None where they are gone."""
    return Identifier.objects.filter(origin=number).values_list("customer__public_id", flat=True).first()


def standing_customer(customer: Customer) -> Customer:
    """The customer that this one is now: itself, or the one that its identifier was joined into."""
    return Identifier.objects.select_related("customer").get(origin=customer).customer
