"""The fields of a customer: which type each has, and whether a value fits it. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from crm.identity.normalise import email, phone
from crm.profile.standards import country, day, language, postcode, reference

NAME_FIELDS = frozenset({"given_name", "surname", "full_name"})
PERSON_FIELDS = NAME_FIELDS | {"date_of_birth"}
FIRST_FIELDS = (
    "full_name", "given_name", "middle_name", "surname", "date_of_birth", "company", "street", "address2", "city",
    "state", "postcode", "country", "language",
)  # fmt: skip
COMPARED_FIELDS = frozenset(FIRST_FIELDS) | {
    "street_number",
    "national_id",
}  # two customers, to tell whether they are one
FIELD_NAME = re.compile(r"[^\W\d_][\w .$-]{0,59}")  # sources keep their own custom names, loyaltyTier too
YES_NO = frozenset({"yes", "no", "true", "false", "1", "0"})


class FieldType(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes-no"
    CHOICE = "choice"
    EMAIL = "email"
    PHONE = "phone"
    COUNTRY = "country"
    LANGUAGE = "language"
    POSTCODE = "postcode"
    ID = "id"


ADMINS_TYPES = (FieldType.TEXT, FieldType.NUMBER, FieldType.DATE, FieldType.YES_NO, FieldType.CHOICE)
TYPES = {
    "date_of_birth": FieldType.DATE, "email": FieldType.EMAIL, "phone": FieldType.PHONE, "country": FieldType.COUNTRY,
    "language": FieldType.LANGUAGE, "postcode": FieldType.POSTCODE, "national_id": FieldType.ID,
    "passport_number": FieldType.ID,
}  # fmt: skip
ID_ENDING = "_id"  # of sources' own names for what somebody is known by: loyalty_id


@dataclass(frozen=True, slots=True)
class Field:
    """A field that an admin defined. choices: of the type choice, as they are shown."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    choices: tuple[str, ...] = ()


def flaw(field: Field, value: str) -> str:
    """Why a value does not fit its field; empty when it does."""
    if field.type == FieldType.TEXT:
        return ""
    if field.type == FieldType.CHOICE:
        return "" if folded(value) in map(folded, field.choices) else "not one of the choices"
    fits, said = CHECKS.get(field.type, (None, ""))
    return "" if fits is None or fits(value.strip()) else said


def meant(field: Field, value: str) -> str:
    """A value as its field's standard writes it: the code of a country, the day of a timestamp; else as it is."""
    write = STANDARDS.get(field.type)
    return (write(value) if write else None) or value


def type_of(name: str) -> FieldType:
    """The type of a field that no admin defined: most take any text."""
    return TYPES.get(name) or (FieldType.ID if name.endswith(ID_ENDING) else FieldType.TEXT)


@lru_cache(maxsize=50_000)
def folded(value: str) -> str:
    """What two spellings of one value have in common."""
    return " ".join(value.split()).casefold()


def is_number(value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    return abs(number) != float("inf") and number == number


def is_yes_or_no(value: str) -> bool:
    return value.casefold() in YES_NO


def is_email(value: str) -> bool:
    return email(value) is not None


def is_phone(value: str) -> bool:
    return phone(value, "GB") is not None


def is_written(standard: Callable[[str], str | None]) -> Callable[[str], bool]:
    """What tells whether a value can be written as a standard has it."""
    return lambda value: standard(value) is not None


STANDARDS: dict[FieldType, Callable[[str], str | None]] = {
    FieldType.DATE: day,
    FieldType.COUNTRY: country,
    FieldType.LANGUAGE: language,
    FieldType.POSTCODE: postcode,
    FieldType.ID: reference,
}
CHECKS: dict[FieldType, tuple[Callable[[str], bool], str]] = {
    FieldType.NUMBER: (is_number, "not a number"),
    FieldType.DATE: (is_written(day), "not a date such as 1986-11-29"),
    FieldType.YES_NO: (is_yes_or_no, "neither yes nor no"),
    FieldType.EMAIL: (is_email, "not an e-mail address"),
    FieldType.PHONE: (is_phone, "not a phone number"),
    FieldType.COUNTRY: (is_written(country), "not a country such as GB or United Kingdom"),
    FieldType.LANGUAGE: (is_written(language), "not a language such as en-GB or English"),
    FieldType.POSTCODE: (is_written(postcode), "not a postcode: 2 to 12 letters, digits, spaces and hyphens"),
    FieldType.ID: (is_written(reference), "not an id: one line of 100 characters at most"),
}
