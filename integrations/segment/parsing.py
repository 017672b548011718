"""From an event to the draft of an interaction. Pure; the hot path of the drain."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.adapter import Event
from integrations.errors import Unreadable
from integrations.segment.fields import identity, mapping, text
from integrations.segment.moments import occurred_at
from integrations.segment.pages import event_data, page_data, references
from integrations.segment.reading import event_of
from integrations.segment.signing import is_vouched_for
from integrations.segment.splitting import flaw, kind_of
from integrations.segment.traits import standard_traits
from journeys.interactions.drafts import Channel, ConsentGiven, Draft, Seen

MAX_TITLE, MAX_EMAIL, MAX_PHONE = 300, 320, 60
MAX_PURPOSE, MAX_CONSENTS = 40, 20
MAX_ACCOUNTS, MAX_PLACE = 10, 80
ACCOUNTS_AT = ("instagram:", "messenger:")  # as the Meta adapter names them: with the id of our account or page
NO_TRAITS: Mapping[str, Any] = {}
SAID = {
    "given_name": "name", "surname": "name", "full_name": "name", "date_of_birth": "date of birth",
    "street": "address", "city": "address", "state": "address", "postcode": "address", "country": "address",
}  # fmt: skip


def parse(event: Event, secret: str = "") -> Draft:
    """The draft of an event. secret: the source's. Raises Unreadable when it cannot be understood."""
    said = event_of(event.body)
    kind = kind_of(said)
    if reason := flaw(said, kind):
        raise Unreadable(f"segment: the event was refused: {reason}")
    context = mapping(said.get("context"))
    properties = mapping(said.get("properties"))
    traits = traits_of(kind, said, context)
    known = standard_traits(traits) if traits else {}
    identifiers = identifiers_of(kind, said, traits, properties)
    if "externalIds" in context:
        identifiers += tuple(accounts(context))
    if kind == "identify" and "language" not in known and (locale := text(context.get("locale"), 20)):
        known["language"] = locale
    data = page_data(context, properties)
    if properties:
        data |= event_data(properties)
    add_names(kind, said, data)
    return Draft(
        key=event.key, channel=Channel.WEB, kind=kind, occurred_at=occurred_at(said), identifiers=identifiers,
        title=title(kind, said, data, known, identifiers), data=data, traits=of_customer(kind, known),
        is_verified="userHash" in context and is_vouched_for(context, identifiers, secret),
        consents=consents(context), references=references(properties) if properties else (),
    )  # fmt: skip


def traits_of(kind: str, said: Mapping[str, Any], context: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an event asserts: an identify in its own traits, a group about the company, others in their context."""
    told = mapping(context.get("traits")) if context else NO_TRAITS
    if kind in ("identify", "group"):
        own = mapping(said.get("traits"))
        return {**told, **own} if kind == "identify" else own
    return told


def of_customer(kind: str, known: dict[str, str]) -> dict[str, str]:
    """The traits of the customer; of a group's, only which company it is."""
    if kind != "group":
        return known
    company = known.get("full_name") or known.get("company")
    return {"company": company} if company else {}


def identifiers_of(
    kind: str, said: Mapping[str, Any], traits: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[Seen, ...]:
    """Whom an event is from. A group's traits are the company's, so they name nobody."""
    found = []
    if login := identity(said.get("userId") or said.get("distinct_id")):
        found.append(Seen("login", login))
    if browser := identity(said.get("anonymousId")):
        found.append(Seen("cookie", browser))
    if kind == "alias" and (previous := identity(said.get("previousId"))) and previous != browser:
        found.append(Seen("cookie", previous))
    if kind == "group":
        return tuple(found)
    told = traits.get("email") or (properties.get("email") if kind in ("identify", "track") else None)
    if isinstance(told, str) and len(told) <= MAX_EMAIL:
        found.append(Seen("email", told))
    if phone := text(traits.get("phone"), MAX_PHONE + 1):
        found.append(Seen("phone", phone))
    return tuple(found)


def accounts(context: Mapping[str, Any]) -> Iterator[Seen]:
    """The customer's accounts at Meta, where a system that knows them names them in `externalIds`."""
    listed = context["externalIds"]
    for item in listed[:MAX_ACCOUNTS] if isinstance(listed, list) else ():
        told = mapping(item)
        place, value = text(told.get("type"), MAX_PLACE), identity(told.get("id"))
        if place.startswith(ACCOUNTS_AT) and value:
            yield Seen("handle", value, place)


def add_names(kind: str, said: Mapping[str, Any], data: dict[str, Any]) -> None:
    """Add what the event calls itself: the name of a tracked event, page or screen, the id of a group."""
    if kind == "track":
        data["event"] = text(said.get("event"), MAX_TITLE)
    elif kind in ("page", "screen"):
        if name := text(said.get("name"), MAX_TITLE):
            data["name"] = name
            data.get("properties", {}).pop("name", None)  # the browser library says it twice
    elif kind == "group" and (group := identity(said.get("groupId"))):
        data["group"] = group


def title(
    kind: str, said: Mapping[str, Any], data: Mapping[str, Any], known: Mapping[str, str], seen: tuple[Seen, ...]
) -> str:
    """One line, as people would say it."""
    if kind == "page":
        found = data.get("title") or data.get("name") or data.get("path") or data.get("url") or "A page"
        return str(found)[:MAX_TITLE]
    if kind == "track":
        return str(data["event"])
    if kind == "screen":
        return str(data.get("name") or data.get("title") or "A screen")
    if kind == "identify":
        return gave_details(known, seen)
    if kind == "group":
        company = known.get("full_name") or known.get("company") or data.get("group")
        return f"Belongs to {company}"[:MAX_TITLE] if company else "Belongs to a group"
    return "Recognised"


def gave_details(known: Mapping[str, str], seen: tuple[Seen, ...]) -> str:
    kinds = {item.kind for item in seen}
    words = [word for kind, word in (("email", "e-mail"), ("phone", "phone")) if kind in kinds]
    words += [SAID.get(name, name.replace("_", " ")) for name in known if name != "language"]
    unique = list(dict.fromkeys(words))
    if not unique:
        return "Signed in" if "login" in kinds else "Was recognised"
    more = f" and {len(unique) - 5} more" if len(unique) > 5 else ""
    return f"Gave details: {', '.join(unique[:5])}{more}"


def consents(context: Mapping[str, Any]) -> tuple[ConsentGiven, ...]:
    """Permissions by purpose, as consent managers send them: {"Marketing": true, "Analytics": false}."""
    consent = context.get("consent") if context else None
    if not consent:
        return ()
    told = mapping(mapping(consent).get("categoryPreferences"))
    return tuple(
        ConsentGiven(purpose, is_given)
        for name, is_given in list(told.items())[:MAX_CONSENTS]
        if isinstance(is_given, bool) and (purpose := name.strip().lower()) and len(purpose) <= MAX_PURPOSE
    )
