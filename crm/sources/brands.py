"""What admins do to brands: make one, let people in and put them out, remove one. Each is in the audit log."""

import re

from django.contrib.auth.models import Group, User
from django.db import transaction

from crm.errors import BrandRefused
from crm.identity.kinds import WALL
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.sources.models import Brand, Source

LONGEST_NAME, LONGEST_WORD = 80, 20


@transaction.atomic
def make(name: str, actor: User | None) -> Brand:
    """A new brand, with nobody in it yet. Raises BrandRefused."""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BrandRefused(f"Give the brand a name of at most {LONGEST_NAME} characters.")
    word = re.sub(r"[^a-z0-9]", "", name.casefold()).lstrip("0123456789")[:LONGEST_WORD]
    if not word:
        raise BrandRefused("Write the name with at least one of the letters a to z: its word is made of them.")
    if taken := Brand.objects.filter(name__iexact=name).first() or Brand.objects.filter(word=word).first():
        raise BrandRefused(f"That is too much like {taken}, which is there already; choose another name.")
    if Source.objects.filter(namespace__endswith=f"{WALL}{word}").exists():
        raise BrandRefused(f"A source of no brand has a namespace that ends in {WALL}{word}; choose another name.")
    made = Brand.objects.create(word=word, name=name)
    Group.objects.get_or_create(name=made.group)
    note(actor, Act.SET, subject=f"made the brand {name}")
    return made


@transaction.atomic
def let_in(brand: Brand, person: User, actor: User | None) -> None:
    """Let somebody see the brand's customers, as far as their role goes."""
    person.groups.add(Group.objects.get_or_create(name=brand.group)[0])
    note(actor, Act.SET, subject=f"let {person.username} see the customers of {brand}"[:300])


@transaction.atomic
def put_out(brand: Brand, person: User, actor: User | None) -> None:
    """Let somebody see the brand's customers no more."""
    person.groups.remove(*Group.objects.filter(name=brand.group))
    note(actor, Act.SET, subject=f"let {person.username} no more see the customers of {brand}"[:300])


@transaction.atomic
def dissolve(brand: Brand, actor: User | None) -> None:
    """Remove a brand. Raises BrandRefused while a source tells of its customers."""
    if source := brand.sources.first():
        raise BrandRefused(f"{source} tells of its customers; they stay behind its wall, so the brand stays too.")
    Group.objects.filter(name=brand.group).delete()
    brand.delete()
    note(actor, Act.SET, subject=f"removed the brand {brand}"[:300])
