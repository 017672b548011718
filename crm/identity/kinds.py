"""The kinds of identifier, from the most telling to the least."""

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
    def strong(cls) -> frozenset[str]:
        """Kinds that name exactly one person within their namespace."""
        return frozenset({cls.LOGIN.value, cls.RECORD.value})

    @classmethod
    def anonymous(cls) -> frozenset[str]:
        """Kinds that tell one visitor from another, and name nobody."""
        return frozenset({cls.COOKIE.value, cls.ONCE.value})


RANK: dict[str, int] = {kind: rank for rank, kind in enumerate(Kind.values)}


class Key(NamedTuple):
    """An identifier's own value, normalised: what the same identifier is found by, wherever it is seen.

    namespace: "" for kinds that mean the same everywhere (email, phone).
    """

    kind: str
    namespace: str
    value: str

    @property
    def rank(self) -> int:
        return RANK[self.kind]
