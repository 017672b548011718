"""Customers to be found: made through the same doors that recording uses."""

from datetime import UTC, datetime

from django.contrib.auth.models import Group, User

from crm.identity.kinds import Key
from crm.identity.normalise import normalise
from crm.identity.regrouping import regroup
from crm.identity.resolving import Sighting, enrol, observe
from crm.profile.asserting import Asserted, assert_traits
from crm.search.indexing import add_references, index_names
from crm.sources.models import Source

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def agent(name: str = "ana") -> User:
    """Somebody who may search."""
    user = User.objects.get_or_create(username=name)[0]
    user.groups.add(Group.objects.get_or_create(name="agent")[0])
    return user


def shop() -> Source:
    return Source.objects.get_or_create(name="shop", defaults={"adapter": "segment", "namespace": "shop"})[0]


def key(kind: str, value: str) -> Key:
    found = normalise(kind, value, "shop", "GB")
    assert found, value
    return found


def person(*seen: tuple[str, str], order: str = "", **names: str) -> int:
    """One customer with these identifiers (kind, value), names and order number; returns the customer's id."""
    keys = tuple(sorted((key(*pair) for pair in seen), key=lambda found: found.rank))
    known = enrol(set(keys))
    main = known[keys[0]].id
    changed = observe([Sighting(keys, shop().pk, True, "test")], known)
    assert_traits([Asserted(main, shop().pk, name, value, NOON) for name, value in names.items()])
    index_names([main])
    add_references([(main, "order", order)])
    regroup(changed, "observed")
    return enrol(set(keys))[keys[0]].customer_id
