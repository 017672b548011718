"""What these tests are made of: a trained model, and sources that tell of people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from django.db import transaction

from crm.identity.kinds import Key
from crm.identity.regrouping import regroup
from crm.identity.resolving import Sighting, enrol, observe
from crm.matching.blocking import rules_for
from crm.matching.comparisons import Comparison, comparisons_for
from crm.matching.model import Model, Trained
from crm.matching.models import TrainedModel
from crm.profile.asserting import Asserted, assert_traits
from crm.sources.models import Source

AT = datetime(2026, 11, 1, tzinfo=UTC)


FIELDS = ("given_name", "surname", "date_of_birth", "email", "phone", "street", "city", "postcode")


@cache
def by_hand() -> Model:
    """A model such as training gives, without its half minute."""
    comparisons = comparisons_for(FIELDS)
    columns = {column for one in comparisons for column in one.columns}
    floors = {level.frequency: 0.001 for one in comparisons for level in one.levels if level.frequency}
    return Model(
        version="by-hand",
        trained_at=AT.isoformat(),
        fields=FIELDS,
        prior=1e-5,
        levels={one.name: levels_of(one) for one in comparisons},
        keys=tuple(rule.name for rule in rules_for(columns)),
        frequencies={column: {} for column in floors},
        floors=floors,
    )


def levels_of(comparison: Comparison) -> tuple[Trained, ...]:
    """The closer a level, the more often one person shows it, and the seldomer two do."""
    count = len(comparison.levels)
    closer = [Trained(level.name, 0.94 / 2 ** (at + 1), 0.0005 * 2**at) for at, level in enumerate(comparison.levels)]
    return (*closer, Trained("different", 1 - sum(one.m for one in closer), 1 - 0.0005 * 2**count))


def current_model() -> TrainedModel:
    """The model that pairs are scored by."""
    model = by_hand()
    return TrainedModel.objects.create(version=model.version, content=model.to_json(), is_current=True)


def source(name: str, *, is_trusted: bool = False) -> Source:
    return Source.objects.get_or_create(
        name=name, defaults={"adapter": "segment", "namespace": name, "is_trusted": is_trusted}
    )[0]


def tell(key: Key, said_by: Source, *contacts: Key, **traits: str) -> int:
    """What the live path does with what a source says of somebody; returns the identifier."""
    keys = (key, *contacts)
    known = enrol(set(keys))
    changed = observe([Sighting(keys, said_by.pk, said_by.is_trusted, "k")], known)
    changed |= assert_traits([Asserted(known[key].id, said_by.pk, name, value, AT) for name, value in traits.items()])
    regroup(changed, "observed")
    return known[key].id


def login(value: str) -> Key:
    return Key("login", "shop", value)


def record(value: str) -> Key:
    return Key("record", "office", value)


def email(value: str) -> Key:
    return Key("email", "", value)


def phone(value: str) -> Key:
    return Key("phone", "", value)


@contextmanager
def rolled_back() -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
