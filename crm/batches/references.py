"""Whom a spreadsheet names: a customer's id, the address of their page, or an identifier as kind:value."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from django.conf import settings

from crm.identity.kinds import Key, Kind
from crm.identity.normalise import normalise
from crm.privacy.access import visible_customers
from crm.privacy.actors import Actor
from crm.sql import cursor, recordset

UUID = re.compile(r"(?:.*/customers/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?", re.IGNORECASE)
AT_ONCE = 5_000
UNKNOWN = "there is no such customer"
FIND_IDS = """
    SELECT n.id, i.customer_id FROM json_to_recordset(%s) AS n (id uuid)
    JOIN crm_customer c ON c.public_id = n.id JOIN crm_identifier i ON i.origin_id = c.id
"""
FIND_VALUES = """
    SELECT n.kind, n.value, array_agg(DISTINCT i.customer_id)
    FROM json_to_recordset(%s) AS n (kind text, value text)
    JOIN crm_identifier i ON i.value = n.value AND i.kind = n.kind
    GROUP BY 1, 2
"""
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a text names: a customer (id), or why it names nobody."""

    customer: int = 0
    refused: str = ""


def look_up(texts: Iterable[str], actor: Actor) -> dict[str, Named]:
    """Whom each text names, among those whom the actor may see; without an actor, among all."""
    found: dict[str, Named] = {}
    for some in chunks(dict.fromkeys(texts), AT_ONCE):
        found |= look_up_some(some)
    known = {named.customer for named in found.values() if named.customer}
    hidden = known - set(seen(known, actor)) if actor else frozenset[int]()
    return {text: Named(refused=UNKNOWN) if named.customer in hidden else named for text, named in found.items()}


def chunks(values: Iterable[One], size: int) -> Iterator[list[One]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def seen(customers: Collection[int], actor: Actor) -> Iterator[int]:
    for some in chunks(customers, AT_ONCE):
        yield from visible_customers(actor).filter(pk__in=some).values_list("pk", flat=True)


def look_up_some(texts: list[str]) -> dict[str, Named]:
    ids = {text: match.group(1).lower() for text in texts if (match := UUID.fullmatch(text))}
    keys = {text: key for text in texts if text not in ids and isinstance(key := key_of(text), Key)}
    with cursor() as sql:
        asked = recordset("id", ((one,) for one in ids.values()))
        by_id = {str(one): customer for one, customer in sql.execute(FIND_IDS, [asked])}
        asked = recordset("kind value", {(key.kind, key.value) for key in keys.values()})
        by_value = {(kind, value): customers for kind, value, customers in sql.execute(FIND_VALUES, [asked])}
    found = {}
    for text in texts:
        if text in ids:
            found[text] = named_by([by_id[ids[text]]] if ids[text] in by_id else [])
        elif text in keys:
            found[text] = named_by(by_value.get((keys[text].kind, keys[text].value), []))
        else:
            found[text] = Named(refused=str(key_of(text)))
    return found


def named_by(customers: list[int]) -> Named:
    if not customers:
        return Named(refused=UNKNOWN)
    if len(customers) > 1:
        return Named(refused=f"{len(customers)} customers of different sources have it; give the customer's id instead")
    return Named(customers[0])


def key_of(text: str) -> Key | str:
    """The identifier that a text writes down, or what is wrong with it."""
    kind, colon, value = text.partition(":")
    if text.startswith("="):
        return "it is a formula; save the values themselves"
    if not colon or kind.casefold() not in Kind.values:
        return "give a customer's id, or an identifier such as email:jane@example.com or phone:+447700900142"
    known = Kind(kind.casefold())
    return normalise(known.value, value, "", settings.COUNTRY) or f"it is no {known.label} of anybody"
