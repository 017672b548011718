"""Leaving out, of what arrives, whatever is about somebody who was erased, until they consent anew."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from crm.identity.kinds import Key
from crm.privacy.erasing.ledger import write_lifted
from crm.privacy.erasing.suppressing import Suppressed, finding_suppressed, hash_of, lift
from crm.reading import Reading, read
from journeys.interactions.arrived import Noted

CALL = "call"  # the kind of key that stands for a call: its last parts name nobody


def key_of_call(source_id: int, key: str) -> Key:
    """What stands on the list for a call of somebody who was erased."""
    return Key(CALL, str(source_id), key)


def keys_of(item: Noted) -> tuple[Key, ...]:
    """Everything that an arrival may be on the list by."""
    return (*item.keys, key_of_call(item.source_id, item.draft.key)) if item.draft.part else item.keys


def without_suppressed(noted: Sequence[Noted]) -> Sequence[Noted]:
    """What may be recorded. The caller holds the identifiers' locks."""
    return read(leaving_out_suppressed(noted))


def leaving_out_suppressed(noted: Sequence[Noted]) -> Reading[Sequence[Noted]]:
    """As `without_suppressed`, beside other readings."""
    found = yield from finding_suppressed({key for item in noted for key in keys_of(item)})
    if not found:
        return noted
    found = lift_consented(noted, found)
    return [item for item in noted if not is_suppressed(item, found)]


def is_suppressed(item: Noted, found: Mapping[Key, Suppressed]) -> bool:
    """Whether an arrival is about somebody who was erased, and happened before they consented anew, if they did."""
    return any(key in found and found[key].holds(item.draft.occurred_at) for key in keys_of(item))


def lift_consented(noted: Iterable[Noted], found: Mapping[Key, Suppressed]) -> dict[Key, Suppressed]:
    """Take off the list who gave consent after they were erased; returns what stands of each.

    A source that is not trusted speaks for its browser alone. The ledger is told after the commit: who dies between the
    two leaves a lift that the next start writes down (replaying), and a backup restored before that errs towards
    keeping them suppressed. Before the commit, a lift that was rolled back would stand in it.
    """
    given: dict[Key, datetime] = {}
    for item in noted:
        if any(consent.is_given for consent in item.draft.consents):
            for key in item.keys:
                if may_lift(item, key, found.get(key)):
                    given[key] = min(item.draft.occurred_at, given.get(key, item.draft.occurred_at))
    for key, at in given.items():
        lift([hash_of(key)], at)
    if given:
        transaction.on_commit(partial(write_down, {hash_of(key): at for key, at in given.items()}))
    return {key: Suppressed(one.erased_at, given.get(key, one.lifted_at)) for key, one in found.items()}


def write_down(lifted: Mapping[str, datetime]) -> None:
    for at in sorted(set(lifted.values())):
        write_lifted([one for one, when in lifted.items() if when == at], at)


def may_lift(item: Noted, key: Key, found: Suppressed | None) -> bool:
    if found is None or found.lifted_at is not None:
        return False
    speaks = item.source.is_trusted or item.draft.is_verified or key.kind == "cookie"
    return speaks and found.erased_at < item.draft.occurred_at <= timezone.now()
