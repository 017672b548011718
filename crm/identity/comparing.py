"""The outcome of a decision side by side: each field and consent of every customer, now and then. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.identity.rehearsing import Rehearsal
from crm.privacy.permissions import Permission
from crm.profile.record import Record
from crm.wording import field_label, permission_word, said_contact, trait_value

ID_SHOWN = 8  # characters of a customer's id, as the log shows it
OTHER = "another customer"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one customer has in one row. source: who said so."""

    value: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One field or consent. now: of each customer as they are; then: of each as they would be."""

    label: str
    now: list[Cell]
    then: list[Cell]

    @property
    def is_decided(self) -> bool:
        """Whether the customers differ in it, so that something has to win."""
        return len({cell.value for cell in (*self.now, *self.then) if cell.value}) > 1


@dataclass(frozen=True, slots=True)
class Announced:
    """What whoever follows the identity log is told: so many identifiers go from one customer to another, by what
    begins their ids.
    """

    count: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the templates show of a rehearsal."""

    now: list[str]
    then: list[str]
    fields: list[Row]
    consents: list[Row]
    announced: list[Announced]


def compared(rehearsal: Rehearsal) -> Comparison:
    now, then = rehearsal.before, rehearsal.after
    return Comparison(
        [said_contact(record.name) for record in now],
        [said_contact(record.name) for record in then],
        field_rows(now, then),
        consent_rows(now, then),
        announced(rehearsal),
    )


def announced(rehearsal: Rehearsal) -> list[Announced]:
    ids = {one.customer.pk: str(one.customer.public_id)[:ID_SHOWN] for one in (*rehearsal.before, *rehearsal.after)}
    return [
        Announced(len(move.identifiers), ids.get(move.before, OTHER), ids.get(move.after, OTHER))
        for move in rehearsal.moves
    ]


def field_rows(now: Sequence[Record], then: Sequence[Record]) -> list[Row]:
    names = list(dict.fromkeys(name for record in (*now, *then) for name in record.golden))
    return [Row(field_label(name), cells(now, name), cells(then, name)) for name in names]


def cells(records: Sequence[Record], name: str) -> list[Cell]:
    shown = [record.golden.get(name) for record in records]
    return [Cell(trait_value(field.value, name), field.shown.source) if field else Cell() for field in shown]


def consent_rows(now: Sequence[Record], then: Sequence[Record]) -> list[Row]:
    words = list(dict.fromkeys(permission_word(one) for record in (*now, *then) for one in record.permissions))
    return [Row(word[:1].upper() + word[1:], consents(now, word), consents(then, word)) for word in words]


def consents(records: Sequence[Record], word: str) -> list[Cell]:
    return [
        consent(next((one for one in record.permissions if permission_word(one) == word), None)) for record in records
    ]


def consent(permission: Permission | None) -> Cell:
    if permission is None:
        return Cell()
    return Cell("given" if permission.is_given else "withdrawn", permission.source)
