"""The kinds of identifier, from the most telling to the least."""

from functools import cache
from typing import NamedTuple

from django.db import models


class Kind(models.TextChoices):
    """An interaction that carries several identifiers hangs off the first of these that it has."""

    LOGIN = "login", "login id"
    RECORD = "record", "record"
    EMAIL = "email", "e-mail"
    PHONE = "phone", "phone"
    HANDLE = "handle", "handle"
    COOKIE = "cookie", "browser"
    ONCE = "once", "one nameless contact"

    @classmethod
    @cache
    def strong(cls) -> frozenset[str]:
        """Kinds that name exactly one person within their namespace."""
        return frozenset({cls.LOGIN.value, cls.RECORD.value})

    @classmethod
    @cache
    def anonymous(cls) -> frozenset[str]:
        """Kinds that tell one visitor from another, and name nobody."""
        return frozenset({cls.COOKIE.value, cls.ONCE.value})


WALL = "@"  # in a namespace, before the brand that it is of; no source's own namespace has it
RANK: dict[str, int] = {kind: rank for rank, kind in enumerate(Kind.values)}


class Key(NamedTuple):
    """An identifier's own value, normalised: what the same identifier is found by, wherever it is seen.

    namespace: "" for kinds that mean the same everywhere (email, phone). Of a brand that is walled off it ends in
    @ and the brand ("@lagoon", "shop@lagoon"): the same address is another identifier on each side of a wall.
    """

    kind: str
    namespace: str
    value: str

    @property
    def rank(self) -> int:
        return RANK[self.kind]

    @property
    def brand(self) -> str:
        """The brand that it is walled off with; "" for what is common to all."""
        return brand_of(self.namespace)


def brand_of(namespace: str) -> str:
    """The brand that a namespace is of; "" where it is common."""
    return namespace.rpartition(WALL)[2] if WALL in namespace else ""


def wall_of(namespace: str) -> str:
    """The end of a namespace that says on which side of the walls it is; "" where it is common."""
    return namespace[namespace.rindex(WALL) :] if WALL in namespace else ""


def nameless(source: str, contact: str, namespace: str) -> Key:
    """The identifier of one contact (its key) of a source (public id) that names nobody. namespace: the source's."""
    return Key(Kind.ONCE.value, within(source, namespace), contact)


def within(told: str, namespace: str) -> str:
    """A namespace that was told, on the same side of the walls as the source's own; that one where none was told."""
    return told.replace(WALL, "") + wall_of(namespace) if told else namespace
