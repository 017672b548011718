"""`record`: the one way in. Drafts become interactions, identifiers, links, traits, consents and sessions, in bulk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from crm.identity.kinds import RANK, Key, nameless, within
from crm.identity.normalise import normalise
from crm.identity.regrouping import regrouping
from crm.identity.resolving import Known, Sighting, bear, finding, lock, lock_number, observing
from crm.live import notify
from crm.privacy.consenting import ConsentNoted, note_consents
from crm.privacy.erasing.suppressing import is_any_suppressed
from crm.privacy.withholding import ANALYTICS, ON_THE_WEB
from crm.profile.asserting import Asserted, asserting
from crm.reading import both, read
from crm.search.indexing import add_references, indexing_names
from crm.sources.models import Source
from crm.sql import array, copying, cursor, kept_plans, texts
from journeys.interactions.arrived import Noted
from journeys.interactions.claiming import apply_claims, lock_of
from journeys.interactions.drafts import ConsentGiven, Draft
from journeys.interactions.parts import fold_parts
from journeys.interactions.plain import made_plain
from journeys.interactions.redacting import fit_to_keep
from journeys.interactions.sessions import Owner, Span, extend_sessions
from journeys.interactions.suppressing import leaving_out_suppressed, without_suppressed

COLUMNS = "identifier_id, via_id, source_id, key, channel, kind, direction, occurred_at, recorded_at, title, body, data"
COPY = f"COPY journeys_interaction ({COLUMNS}) FROM STDIN"
FEW = 50  # arrivals, up to which planning takes longer than what is planned
EXISTING = """
    SELECT n.key, n.source FROM unnest(%s::text[], %s::bigint[]) AS n (key, source)
    WHERE (SELECT i.id FROM journeys_interaction i WHERE i.key = n.key AND i.source_id = n.source LIMIT 1) IS NOT NULL
"""


class Arrival(NamedTuple):
    """A draft, and the source it came from."""

    source: Source
    draft: Draft


@transaction.atomic
def record(arrivals: Iterable[Arrival]) -> int:
    """Record drafts and resolve who they are from; returns how many interactions are new.

    One transaction: all of it, or none. The same drafts again change nothing.
    """
    noted = [note(arrival) for arrival in arrivals]
    if not noted:
        return 0
    with kept_plans() if len(noted) <= FEW else nullcontext():  # planned for many, they would be planned badly
        return record_noted(noted)


def record_noted(noted: Sequence[Noted]) -> int:
    lock(lock_numbers(noted))
    kept, found = read(both(leaving_out_suppressed(noted), finding({key for item in noted for key in item.keys})))
    known = bear({key for item in kept for key in item.keys}, found)
    seen = map(sighting, filter(is_sighting, kept))
    linked, renamed = read(both(observing(seen, known), asserting(traits_in(kept, known))))
    note_consents(consents_in(kept, known))
    add_references((known[item.main].id, *told) for item in kept if item.keys for told in item.draft.references)
    fresh = record_whole([item for item in kept if not item.draft.part and not item.draft.is_record], known)
    fold_parts([(item.source, item.draft, known_main(item, known)) for item in kept if item.draft.part])
    moved, _ = read(both(regrouping(linked | renamed, "observed"), indexing_names(renamed)))
    notify(moved | {known[key].customer_id for item in kept for key in item.keys})
    return fresh


def suppressed_of(arrivals: Sequence[Arrival]) -> set[int]:
    """The places of the arrivals that were left out, because they are about somebody who was erased."""
    if not is_any_suppressed():
        return set()
    noted = [note(arrival) for arrival in arrivals]
    kept = {id(item) for item in without_suppressed(noted)}
    return {place for place, item in enumerate(noted) if id(item) not in kept}


def named_in(arrivals: Sequence[Arrival]) -> list[tuple[Key, ...]]:
    """The identifiers of each arrival as they are recorded, the most telling first."""
    return [note(arrival).keys for arrival in arrivals]


def note(arrival: Arrival) -> Noted:
    """Normalise a draft's identifiers; one that says nothing is dropped, and a draft without any stands alone."""
    source, draft = arrival.source, fit_to_keep(made_plain(arrival.draft))
    space, country = source.namespace, source.country
    said = [normalise(kind, value, within(given, space), country) for kind, value, given in draft.identifiers]
    found = {key for key in said if key}
    keys = tuple(sorted(found, key=telling) if len(found) > 1 else found)
    if not keys and not draft.part:
        keys = (nameless(source.public_id, draft.key, space),)
    browser = next((key for key in keys if key.kind == "cookie"), None) if draft.channel == "web" else None
    return Noted(source, source.pk, draft, keys, browser)


def telling(key: Key) -> tuple[int, Key]:
    return RANK[key.kind], key


def lock_numbers(noted: Sequence[Noted]) -> set[int]:
    """The locks of every identifier, and of every interaction that arrives in parts or may be claimed."""
    numbers = {lock_number(*key) for item in noted for key in item.keys}
    return numbers | {lock_of(n.source_id, n.draft.key) for n in noted if n.draft.part or n.draft.channel == "call"}


def is_sighting(item: Noted) -> bool:
    return item.source.is_joining and len(tied(item)) > 1


def sighting(item: Noted) -> Sighting:
    is_verified = item.source.is_trusted or item.draft.is_verified
    return Sighting(tied(item), item.source_id, is_verified, item.draft.key)


def tied(item: Noted) -> tuple[Key, ...]:
    """The identifiers that an event ties: not the browser of somebody who refuses, with it, that we look at that."""
    if item.browser and any(is_refusal(consent) for consent in item.draft.consents):
        return tuple(key for key in item.keys if key != item.browser)
    return item.keys


def is_refusal(consent: ConsentGiven) -> bool:
    return consent.purpose == ANALYTICS and consent.channel in ON_THE_WEB and not consent.is_given


def known_main(item: Noted, known: Mapping[Key, Known]) -> int | None:
    return known[item.main].id if item.keys else None


def traits_in(noted: Iterable[Noted], known: Mapping[Key, Known]) -> Iterator[Asserted]:
    for item in noted:
        draft = item.draft
        if item.keys and draft.traits:
            main, checked = known[item.main].id, draft.verified_traits
            for name, value in draft.traits.items():
                yield Asserted(main, item.source_id, name, value, draft.occurred_at, name in checked)


def consents_in(noted: Iterable[Noted], known: Mapping[Key, Known]) -> Iterator[ConsentNoted]:
    """Each for the most telling identifier; what they refuse holds for their browser by itself, too."""
    for item in noted:
        if not item.keys:
            continue
        for said in item.draft.consents:
            own = item.browser if item.browser != item.main and is_refusal(said) else None
            told = said.purpose, said.channel, said.is_given, item.draft.occurred_at
            yield from (ConsentNoted(known[key].id, item.source_id, *told) for key in (item.main, own) if key)


# Whole interactions


def record_whole(noted: Sequence[Noted], known: Mapping[Key, Known]) -> int:
    """Copy the interactions that are not recorded yet, and fold the web's among them into sessions."""
    by_key = {(item.draft.key, item.source_id): item for item in reversed(noted)}
    fresh = [by_key[key] for key in by_key.keys() - recorded_keys(by_key)]
    fresh.sort(key=lambda item: (item.draft.occurred_at, item.draft.key))
    now = datetime.now(UTC).isoformat()
    if fresh:
        with copying(COPY) as copy:
            for item in fresh:
                copy.write_row(interaction_row(item, known, now))
    apply_claims({(item.draft.key, item.source_id) for item in fresh if item.draft.channel == "call"})
    extend_sessions(web_hits(fresh, known))
    return len(fresh)


def recorded_keys(keys: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of (key, source id) that are interactions already."""
    pairs = list(keys)
    if not pairs:
        return set()
    with cursor() as sql:
        keys_of, sources = zip(*pairs, strict=True)
        sql.execute(EXISTING, [texts(keys_of), array(sources)])
        return {(key, source) for key, source in sql}


def interaction_row(item: Noted, known: Mapping[Key, Known], now: str) -> tuple[Any, ...]:
    draft, browser = item.draft, item.browser
    via = known[browser].id if browser and browser != item.main else None
    return (
        known[item.main].id, via, item.source_id, draft.key, draft.channel, draft.kind, draft.direction,
        draft.occurred_at.isoformat(), now, draft.title, draft.body, orjson.dumps(draft.data).decode(),
    )  # fmt: skip


def web_hits(noted: Iterable[Noted], known: Mapping[Key, Known]) -> dict[Owner, list[Span]]:
    """Each new web interaction as the beginning of a session, by browser and whom it hangs off.

    One that a server sent names no browser: it counts as one of its own, so that every web interaction is in a session.
    """
    hits: dict[Owner, list[Span]] = {}
    for item in noted:
        if item.draft.channel == "web":
            owner = known[item.browser or item.main].id, known[item.main].id
            at, is_page = item.draft.occurred_at, item.draft.kind in ("page", "screen")
            hits.setdefault(owner, []).append(Span(at, at, 1, int(is_page), item.source_id))
    return hits
