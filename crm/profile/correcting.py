"""Staff's word on a customer's traits: said, kept with who and when, and taken back."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import CorrectionRefused
from crm.identity.models import Customer, Identifier
from crm.identity.resolving import lock, lock_number
from crm.live import notify
from crm.profile.asserting import MAX_VALUE, Asserted, assert_traits
from crm.profile.fields import NAME_FIELDS
from crm.profile.models import Correction, Trait
from crm.profile.ruling import standing_rules
from crm.search.indexing import index_names
from crm.sources.models import STAFF, Source

CONTACTS = frozenset({"email", "phone"})  # they are identifiers: another one is a decision about who is who
LONGEST_NAME = 60


@transaction.atomic
def correct(customer: Customer, name: str, value: str, actor: User, *, is_verified: bool = False) -> Correction:
    """Say what a trait of a customer is; what others said stays beside it.

    It hangs off the customer's most telling identifier. Raises CorrectionRefused with the remedy.
    """
    said = " ".join(value.split())
    if not name or len(name) > LONGEST_NAME or name in CONTACTS:
        raise CorrectionRefused("choose one of the fields")
    if not said or len(said) > MAX_VALUE or "\0" in said:
        raise CorrectionRefused(f"write a value of 1 to {MAX_VALUE:,} characters")
    if reason := standing_rules().flaw(name, said):
        raise CorrectionRefused(f"this does not fit the field: {reason}")
    about, now = spoken_about(customer), timezone.now()
    lock([lock_number(about.kind, about.namespace, about.value)])
    assert_staff(about, name, said, now, is_verified)
    made = Correction.objects.create(
        identifier=about, name=name, value=said, is_verified=is_verified, actor=actor, at=now
    )
    tell(about, name)
    return made


@transaction.atomic
def take_back(correction: Correction, actor: User) -> bool:
    """Take a correction back; False when it was already. What staff said otherwise of the same stays."""
    about = correction.identifier
    lock([lock_number(about.kind, about.namespace, about.value)])
    taken = Correction.objects.filter(pk=correction.pk, withdrawn_at=None)
    if not taken.update(withdrawn_at=timezone.now(), withdrawn_by=actor):
        return False
    same = {"identifier": about, "name": correction.name, "value": correction.value}
    Trait.objects.filter(**same, source__adapter=STAFF).delete()
    for other in Correction.objects.filter(**same, withdrawn_at=None).order_by("at"):
        assert_staff(about, other.name, other.value, other.at, other.is_verified)
    tell(about, correction.name)
    return True


def spoken_about(customer: Customer) -> Identifier:
    """The identifier that staff's word hangs off: the most telling, then the oldest, that is not shared."""
    found = customer.spokesman()
    if found is None:
        raise CorrectionRefused("several people share this line, so that nothing can be said of one of them")
    return found


def assert_staff(about: Identifier, name: str, value: str, at: datetime, is_verified: bool) -> None:
    assert_traits([Asserted(about.pk, Source.of_staff().pk, name, value, at, is_verified)])


def tell(about: Identifier, name: str) -> None:
    """Have it found by what it is called now, and shown where it is open."""
    if name in NAME_FIELDS:
        index_names([about.pk])
    notify([about.customer_id])
