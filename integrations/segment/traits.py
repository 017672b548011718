"""Traits by their standard names, whatever the sender calls them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.segment.fields import words

STANDARD = {
    "firstname": "given_name", "givenname": "given_name", "lastname": "surname", "surname": "surname",
    "familyname": "surname", "name": "full_name", "fullname": "full_name", "birthday": "date_of_birth",
    "dateofbirth": "date_of_birth", "birthdate": "date_of_birth", "street": "street", "city": "city",
    "state": "state", "postalcode": "postcode", "postcode": "postcode", "zip": "postcode", "zipcode": "postcode",
    "country": "country", "company": "company", "companyname": "company", "language": "language",
    "locale": "language",
}  # fmt: skip
IDENTIFIERS = frozenset({"email", "phone", "id", "userid", "anonymousid"})
MAX_NAME, MAX_TRAITS = 60, 60


def standard_traits(traits: Mapping[str, Any]) -> dict[str, str]:
    """Traits as text, by their standard names; others keep their own. E-mail and phone are identifiers, not traits."""
    found: dict[str, str] = {}
    for name, value in pairs(traits):
        if len(found) == MAX_TRAITS:
            break
        folded = name.replace("_", "").lower()
        said = words(value)
        if said and folded not in IDENTIFIERS and len(name) <= MAX_NAME:
            standard = STANDARD.get(folded, name)
            found[standard] = said[:10] if standard == "date_of_birth" and said[10:11] == "T" else said
    return found


def pairs(traits: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values, with an address and a company laid flat."""
    for name, value in traits.items():
        if not isinstance(value, dict):
            yield name, value
        elif name == "address":
            yield from value.items()
        elif name == "company":
            yield "company", value.get("name")
