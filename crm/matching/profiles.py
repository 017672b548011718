"""Profiles: what identifiers are compared by, computed once and kept beside them with their blocking keys."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import LiteralString

import orjson

from crm.identity.kinds import Key
from crm.identity.resolving import lock_number
from crm.matching.blocking import Rule, keys_of
from crm.matching.facts import CONTACTS, Facts, reading_facts
from crm.matching.model import Model
from crm.matching.models import TrainedModel
from crm.matching.records import Features, features
from crm.reading import Reading, answering, both, read
from crm.sql import array, cursor

CONTACT_RULES = {contact: Rule((contact,)) for contact in CONTACTS}

READ: LiteralString = """
    SELECT p.identifier_id, p.features, p.keys, p.is_vouched, i.kind, i.namespace, i.value
    FROM crm_matchprofile p JOIN crm_identifier i ON i.id = p.identifier_id
    WHERE p.identifier_id = ANY(%s::bigint[]) AND p.model_id = %s
"""
WRITE = """
    INSERT INTO crm_matchprofile AS p (identifier_id, features, keys, is_vouched, model_id)
    SELECT n.one, n.features, ARRAY(SELECT jsonb_array_elements_text(n.keys)::bigint), n.vouched, %s
    FROM jsonb_to_recordset(%s) AS n (one bigint, features jsonb, keys jsonb, vouched bool) ORDER BY n.one
    ON CONFLICT (identifier_id) DO UPDATE
    SET features = excluded.features, keys = excluded.keys, is_vouched = excluded.is_vouched,
        model_id = excluded.model_id
"""
LOSE_KEYS = """
    DELETE FROM crm_matchkey k USING unnest(%s::bigint[], %s::bigint[]) AS n (key, one)
    WHERE k.key = n.key AND k.identifier_id = n.one
"""
GAIN_KEYS = """
    INSERT INTO crm_matchkey (key, identifier_id)
    SELECT n.key, n.one FROM unnest(%s::bigint[], %s::bigint[]) AS n (key, one) ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One identifier as it is compared. keys: the hashes of its blocking keys.

    own: the identifier's own value, by which ties are broken; empty until it is read back.
    """

    identifier: int
    features: Features
    keys: frozenset[int]
    is_vouched: bool
    own: Key = field(default=Key("", "", ""), compare=False)

    def contact_keys(self) -> set[int]:
        """The keys of its e-mail addresses and phones: who else holds them shares them."""
        return hashed(key for rule in CONTACT_RULES.values() for key in rule.keys(self.features))


@dataclass(slots=True)
class Refreshed:
    """What came of refreshing profiles. changed: those that are compared otherwise than before; gone: those that are
    compared no longer; gained: how many of the changed have each key anew.
    """

    changed: dict[int, Compared] = field(default_factory=dict)
    gone: dict[int, Compared] = field(default_factory=dict)
    gained: dict[int, int] = field(default_factory=dict)


@lru_cache(maxsize=2)
def loaded(pk: int) -> Model:
    """A trained model by its row's id: it never changes."""
    return Model.from_json(TrainedModel.objects.get(pk=pk).content)


def hashed(keys: Iterable[str]) -> set[int]:
    return {lock_number(key) for key in keys}


def compared(identifier: int, facts: Facts, model: Model) -> Compared:
    """How one identifier is compared."""
    columns = features(facts.record)
    rules = (*model.rules, *(rule for rule in CONTACT_RULES.values() if rule not in model.rules))
    return Compared(identifier, columns, frozenset(hashed(keys_of(columns, rules))), facts.is_vouched)


def read_profiles(identifiers: Collection[int], model_id: int) -> dict[int, Compared]:
    """The profiles of those of the identifiers that have one of this model."""
    return read(reading_profiles(identifiers, model_id)) if identifiers else {}


def reading_profiles(identifiers: Collection[int], model_id: int) -> Reading[dict[int, Compared]]:
    rows = yield from answering(READ, [array(identifiers), model_id])
    return {row[0]: read_back(*row) for row in rows}


def read_back(identifier: int, told: str, keys: Collection[int], is_vouched: bool, *own: str) -> Compared:
    """A profile as it is stored."""
    return Compared(identifier, told_columns(told), frozenset(keys), is_vouched, Key(*own))


def told_columns(told: str) -> Features:
    return {column: tuple(values) for column, values in orjson.loads(told).items()}


def refresh(identifiers: Collection[int], model_id: int) -> Refreshed:
    """Compute these identifiers' profiles anew, and write what changed of them and of their keys."""
    return read(refreshing(identifiers, model_id))


def refreshing(identifiers: Collection[int], model_id: int) -> Reading[Refreshed]:
    """As `refresh`, beside other readings."""
    model = loaded(model_id)
    before, told = yield from both(reading_profiles(identifiers, model_id), reading_facts(identifiers))
    now = {one: compared(one, facts, model) for one, facts in told.items()}
    changed = {one: profile for one, profile in now.items() if before.get(one) != profile}
    found = Refreshed(changed, {one: profile for one, profile in before.items() if one not in now})
    lost = [(key, one) for one, profile in before.items() for key in profile.keys - keys_now(now, one)]
    gained = [(key, one) for one, profile in changed.items() for key in profile.keys - keys_now(before, one)]
    for key, _ in gained:
        found.gained[key] = found.gained.get(key, 0) + 1
    write_profiles(changed.values(), model_id)
    with cursor() as sql:
        if found.gone:
            sql.execute("DELETE FROM crm_matchprofile WHERE identifier_id = ANY(%s)", [list(found.gone)])
        for statement, rows in ((LOSE_KEYS, lost), (GAIN_KEYS, gained)):
            if rows:
                sql.execute(statement, [array(column) for column in zip(*rows, strict=True)])
    return found


def keys_now(profiles: Mapping[int, Compared], identifier: int) -> frozenset[int]:
    profile = profiles.get(identifier)
    return profile.keys if profile else frozenset()


def write_profiles(profiles: Iterable[Compared], model_id: int) -> None:
    rows = [
        {"one": one.identifier, "features": one.features, "keys": sorted(one.keys), "vouched": one.is_vouched}
        for one in profiles
    ]
    if rows:
        with cursor() as sql:
            sql.execute(WRITE, [model_id, orjson.dumps(rows).decode()])
