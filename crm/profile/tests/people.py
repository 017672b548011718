"""What these tests are made of: sources, and customers of whom something was said."""

from datetime import UTC, datetime, timedelta
from typing import Any

from crm.identity.models import Customer, Identifier
from crm.profile.asserting import Asserted, assert_traits
from crm.sources.models import Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def source(name: str, **options: Any) -> Source:
    """The source of that name, made when it is not there."""
    return Source.objects.get_or_create(name=name, defaults={"adapter": "segment", "namespace": name, **options})[0]


def customer(login: str = "4711") -> Customer:
    """The customer of a login id."""
    known = Identifier.objects.filter(kind="login", value=login).first()
    if known:
        return known.customer
    born = Customer.objects.create()
    Identifier.objects.create(kind="login", namespace="shop", value=login, customer=born, origin=born)
    return born


def say(of: Customer, by: str, *, days: int = 0, verified: bool = False, **traits: str) -> None:
    """Have a source say something of a customer. days: after NOON of the first."""
    about, at = Identifier.objects.get(customer=of), NOON + timedelta(days=days)
    assert_traits(Asserted(about.pk, source(by).pk, name, value, at, verified) for name, value in traits.items())
