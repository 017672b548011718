"""What these tests are made of: a trained model, identifiers with what was said of them, and questions about them."""

import itertools
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from crm.identity.models import Customer, Identifier, Link
from crm.identity.regrouping import regroup
from crm.matching.explaining import explain
from crm.matching.model import Model, Trained
from crm.matching.models import Review, TrainedModel
from crm.matching.profiles import refresh
from crm.matching.verdicts import Reason
from crm.profile.asserting import Asserted, assert_traits
from crm.sources.models import Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
NUMBERS = itertools.count(1)
LEVELS = {  # name: (level, m, u), the closest first
    "given_name": [
        ("same", 0.75, 0.008),
        ("nickname", 0.12, 0.002),
        ("near_1", 0.06, 0.001),
        ("different", 0.03, 0.98),
    ],
    "surname": [("same", 0.8, 0.002), ("surname_slip_1", 0.08, 0.0008), ("different", 0.1, 0.99)],
    "date_of_birth": [("same", 0.9, 0.0001), ("digit", 0.05, 0.002), ("different", 0.03, 0.99)],
    "email": [("same", 0.6, 0.00002), ("mailbox", 0.1, 0.0001), ("alike_0.88", 0.1, 0.001), ("different", 0.2, 0.99)],
    "phone": [("same", 0.6, 0.00002), ("digit", 0.1, 0.0002), ("different", 0.3, 0.99)],
    "street_number": [("same", 0.8, 0.02), ("different", 0.2, 0.97)],
    "street": [("same", 0.7, 0.002), ("street_slip_2", 0.15, 0.002), ("different", 0.1, 0.98)],
    "city": [("same", 0.9, 0.05), ("different", 0.1, 0.95)],
    "postcode": [("same", 0.8, 0.001), ("typo", 0.1, 0.002), ("different", 0.1, 0.98)],
}
COMMON = {"given": {"anna": 0.01, "tom": 0.02}, "surname": {"whitfield": 0.0004, "smith": 0.012}}


def model(**options: Any) -> Model:
    """A model as training would leave it."""
    levels = {name: tuple(Trained(*row) for row in rows) for name, rows in LEVELS.items()}
    columns = ("given", "surname", "dob", "email", "email_local", "phone", "number", "street", "city", "postcode")
    made: dict[str, Any] = {
        "version": "20261103-120000", "trained_at": NOON.isoformat(), "fields": tuple(LEVELS), "prior": 2e-6,
        "levels": levels, "keys": (), "frequencies": {column: COMMON.get(column, {}) for column in columns},
        "floors": {column: 0.0002 for column in columns},
    }  # fmt: skip
    return Model(**made | options)


def trained(is_current: bool = True) -> TrainedModel:
    """The current model, made when there is none."""
    made = model()
    known = TrainedModel.objects.filter(version=made.version).first()
    return known or TrainedModel.objects.create(version=made.version, content=made.to_json(), is_current=is_current)


def source(name: str = "web shop") -> Source:
    return Source.objects.get_or_create(name=name, defaults={"adapter": "segment", "namespace": name})[0]


def identifier(kind: str, value: str, namespace: str = "") -> Identifier:
    """An identifier, born when it is not there."""
    known = Identifier.objects.filter(kind=kind, value=value, namespace=namespace).first()
    if known:
        return known
    born = Customer.objects.create()
    return Identifier.objects.create(kind=kind, namespace=namespace, value=value, customer=born, origin=born)


def tie(a: Identifier, b: Identifier) -> None:
    """Both were seen together."""
    low, high = sorted((a, b), key=lambda one: one.pk)
    Link.objects.create(a=low, b=high, basis=Link.Basis.OBSERVED)
    regroup([low.pk, high.pk], "observed")


def person(email: str = "", phone: str = "", by: str = "web shop", **traits: str) -> Identifier:
    """A record of somebody, with the address and phone it was seen with; compared by all of it."""
    about = identifier("record", f"r-{next(NUMBERS)}", by)
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            tie(about, identifier(kind, value))
    said = [Asserted(about.pk, source(by).pk, name, value, NOON, False) for name, value in traits.items()]
    assert_traits(said)
    return profiled(about)


def profiled(about: Identifier) -> Identifier:
    """The identifier with the profile that matching makes of what was said of it."""
    refresh([about.pk], trained().pk)
    return Identifier.objects.select_related("customer").get(pk=about.pk)


def review(a: Identifier, b: Identifier, reason: Reason = Reason.UNSURE, **options: Any) -> Review:
    """A question about a pair, with the weight that it has."""
    low, high = sorted((a, b), key=lambda one: one.pk)
    fall = explain(low, high).fall
    made = {"weight": fall.weight, "probability": fall.probability} if fall else {}
    made = {"weight": 1.0, "probability": 0.67, "value": 1.0} | made
    return Review.objects.create(a=low, b=high, **{"reason": reason, **made, **options})


ELIZABETH = {
    "given_name": "Elizabeth", "surname": "Marsh", "date_of_birth": "1984-05-04", "street": "12 Quay Street",
    "city": "Cardiff", "postcode": "CF10 5BN",
}  # fmt: skip
LIZ = {"given_name": "Liz", "surname": "Marsh", "date_of_birth": "1984-05-04"}


def two_marshes(**options: Any) -> Review:
    """Elizabeth Marsh of the web shop and Liz Marsh of the helpdesk, whose phones differ by one digit."""
    number = next(NUMBERS)
    a = person(f"e.marsh{number}@example.com", f"+4477009{number:04}8", **ELIZABETH)
    b = person("", f"+4477009{number:04}9", "helpdesk", **LIZ)
    return review(a, b, **options)


def now() -> datetime:
    return timezone.now()
