"""One customer's record: the golden record, identifiers, permissions, and who shares what with them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from crm.identity.kinds import Kind
from crm.identity.models import Customer, Identifier
from crm.identity.sharing import Sharer, finding_sharers
from crm.privacy.disclosure import Tact, disclosing
from crm.privacy.permissions import Permission, permitting
from crm.profile.fields import FIRST_FIELDS, NAME_FIELDS
from crm.profile.golden import Assertion, GoldenField, display_name, judge
from crm.profile.household import Housemate, finding_in_question, finding_neighbours, household
from crm.profile.reading import hearing
from crm.profile.rules import Rules
from crm.reading import Reading, both, read

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a customer.

    golden: by field, the usual ones first. unfit: what was said of fields none of whose values fits. rules: those that
    chose. identifiers: the most telling first. household: other people, of a person only. sources: the names of those
    that asserted something.
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
    return sorted(customer.identifiers.all(), key=lambda one: one.telling)


def recording(customer: Customer, identifiers: list[Identifier], roles: Collection[str]) -> Reading[Record]:
    """The record of the customer of these identifiers, the most telling first, in one step for most.

    What is hidden from all of these roles is not in it.
    """
    ids = [one.pk for one in identifiers]
    ((said, rules), tact), (may, (shared, (near, in_question))) = yield from both(
        both(hearing(ids), disclosing(roles)),
        both(
            permitting(ids),
            both(finding_sharers(customer.pk, ids), both(finding_neighbours(ids), finding_in_question(ids))),
        ),
    )
    found = judge(seemly(said, tact), rules)
    golden = in_usual_order(found.golden)
    name = display_name(golden, [(one.kind, one.value) for one in identifiers], customer.public_id)
    home = [] if any(one.is_shared for one in identifiers) else household(customer.pk, shared, near, in_question)
    return Record(customer, name, golden, identifiers, may, shared, home, found.unfit, rules)


def seemly(said: Iterable[Assertion], tact: Tact) -> list[Assertion]:
    """What was said, without what is hidden; a name is no topic."""
    return [one for one in said if one.name in NAME_FIELDS or not tact.hides(one.name.replace("_", " "), one.value)]


def in_usual_order(golden: dict[str, Kept]) -> dict[str, Kept]:
    """What is kept by field: the fields that everybody looks for first, the others by name."""
    rest = sorted(name for name in golden if name not in FIRST_FIELDS)
    return {name: golden[name] for name in (*FIRST_FIELDS, *rest) if name in golden}


def standing_customer(customer: Customer) -> Customer:
    """The customer that this one is now: itself, or the one that its identifier was joined into."""
    return Identifier.objects.select_related("customer").get(origin=customer).customer
