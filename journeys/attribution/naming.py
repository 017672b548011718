"""Whom a conversion from elsewhere is of. Who is not known yet is born as an identifier: it waits there for them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from crm.batches.references import UUID, look_up
from crm.identity.kinds import Key, Kind, within
from crm.identity.models import Customer, Identifier
from crm.identity.normalise import normalise
from crm.identity.resolving import enrol, find, lock, lock_number
from crm.privacy.access import brands_of, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.erasing.suppressing import suppressed
from crm.search.models import Reference
from crm.sources.models import STAFF, Source

EVERYWHERE = frozenset({Kind.EMAIL.value, Kind.PHONE.value})  # they mean the same whatever the source
ERASED = "they were erased, and nothing of theirs is kept"
LOOKED_UP = 500  # of those that are looked up one by one, before anything is noted


class Owner(NamedTuple):
    """The identifier that a conversion hangs off, or why it hangs off none."""

    identifier: int = 0
    refused: str = ""


def owners_of(texts: Iterable[str], source: Source, actor: Actor) -> dict[str, Owner]:
    """Whose each text says, as this source names people. Within a transaction: it holds the identifiers' locks."""
    asked = sorted(set(texts))
    named = {text: owner_by_id(text, actor) for text in asked if UUID.fullmatch(text)}
    keys, refused = keys_of((text for text in asked if text not in named), source, actor)
    return named | refused | enrolled(keys)


def known_owners(texts: Iterable[str], source: Source, actor: Actor) -> dict[str, Owner]:
    """As `owners_of`, before anything is noted: nobody is born, and who is not known yet has a number below 0, each
    another. So have those of whom it would take too long to find out.
    """
    asked = sorted(set(texts))
    slow = [text for text in asked if is_slow(text, source)]
    looked_up = slow if len(slow) <= LOOKED_UP else []
    named = {text: owner_by_id(text, actor) for text in looked_up if UUID.fullmatch(text)}
    left = set(asked) - named.keys() - (set(slow) - set(looked_up))
    keys, refused = keys_of(left, source, actor)
    gone, known = suppressed(set(keys.values())), find(set(keys.values())) if keys else {}
    found = {text: Owner(refused=ERASED) if key in gone else Owner(known[key].id)
             for text, key in keys.items() if key in gone or key in known}  # fmt: skip
    return {text: Owner(-place) for place, text in enumerate(asked, 1)} | named | refused | found


def is_slow(text: str, source: Source) -> bool:
    kind = text.partition(":")[0].casefold()
    return bool(UUID.fullmatch(text)) or (source.adapter == STAFF and kind not in EVERYWHERE)


def keys_of(texts: Iterable[str], source: Source, actor: Actor) -> tuple[dict[str, Key], dict[str, Owner]]:
    """The identifiers that texts write down, and what is wrong with the others."""
    keys = {text: key_of(text, source, actor) for text in texts}
    refused = {text: Owner(refused=key) for text, key in keys.items() if isinstance(key, str)}
    return {text: key for text, key in keys.items() if isinstance(key, Key)}, refused


def customers_of_orders(orders: Collection[str], actor: Actor) -> Mapping[str, list[str]]:
    """By an order's number as it was asked for, the public ids of the customers who were seen with it, of those whom
    somebody may see; without an actor, of all.
    """
    asked = {order.strip().upper(): order for order in orders}
    seen = Reference.objects.filter(value__in=list(asked))
    if actor:
        seen = seen.filter(identifier__customer__in=visible_customers(actor))
    found = defaultdict[str, list[str]](list)
    for value, public_id in seen.values_list("value", "identifier__customer__public_id").distinct():
        found[asked[value]].append(str(public_id))
    return found


def owner_by_id(text: str, actor: Actor) -> Owner:
    """By a customer's id, among those whom somebody may see."""
    found = look_up([text], actor)[text]
    if found.refused:
        return Owner(refused=found.refused)
    one = Customer.objects.get(pk=found.customer).spokesman()
    return Owner(one.pk) if one else Owner(refused="several people share everything that is known of this customer")


def key_of(text: str, source: Source, actor: Actor) -> Key | str:
    """The identifier that a text writes down, or what is wrong with it."""
    kind, colon, value = text.partition(":")
    kind = kind.casefold()
    if not colon or kind not in Kind.values or kind == Kind.ONCE:
        return "give a customer's id, or an identifier such as email:jane@example.com or login:4711"
    if kind not in EVERYWHERE and source.adapter == STAFF:
        return known_key(kind, value, actor)
    found = normalise(kind, value, within("", source.namespace), source.country)
    return found or f"it is no {Kind(kind).label} of anybody"


def known_key(kind: str, value: str, actor: Actor) -> Key | str:
    """The one identifier of a kind that has this value, where no source says whose ids they are; without an actor, of
    all.
    """
    same = Identifier.objects.filter(kind=kind, value=value)
    found = list((same.filter(customer__in=visible_customers(actor)) if actor else same)[:2])
    if len(found) != 1:
        return "say which source's ids these are: " + ("several have it" if found else "nobody is known by it yet")
    return Key(kind, found[0].namespace, found[0].value)


def enrolled(keys: dict[str, Key]) -> dict[str, Owner]:
    """The identifiers of these keys; whoever was erased is not born anew."""
    lock(lock_number(*key) for key in keys.values())
    gone = suppressed(set(keys.values()))
    known = enrol({key for key in keys.values() if key not in gone})
    return {text: Owner(refused=ERASED) if key in gone else Owner(known[key].id) for text, key in keys.items()}


def may_name(actor: Actor, source: Source) -> bool:
    """Whether a source's people are on the actor's side of the walls."""
    brands = brands_of(actor)
    return source.brand is None or brands is None or source.brand.word in brands
