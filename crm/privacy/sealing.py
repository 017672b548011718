"""Secrets at rest: sealed with the newest of the installation's keys, opened with any of them."""

import base64
import hashlib
from functools import cache, lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from crm.errors import Unopened

MARK = "sealed:"  # what stands before it; a value without it was kept by a version that did not seal


@cache
def ring(keys: tuple[str, ...]) -> MultiFernet:
    """The keys as a cipher. They are long and random, so a plain hash makes them as long as it wants them."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def seal(text: str) -> str:
    """A secret as it is kept; nothing stays nothing."""
    return MARK + ring(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode() if text else ""


def unseal(kept: str) -> str:
    """A secret that was kept. Raises Unopened when none of the keys opens it."""
    if not kept.startswith(MARK):
        return kept
    return opened(kept, tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=1024)
def opened(kept: str, keys: tuple[str, ...]) -> str:
    try:
        return ring(keys).decrypt(kept.removeprefix(MARK)).decode()
    except InvalidToken:
        raise Unopened(
            "a secret was sealed with another key; put that key behind the others in THROUGHLINE_ENCRYPTION_KEYS"
        ) from None


def sealed_anew(kept: str) -> str:
    """A secret sealed with the newest key, whichever it was sealed with."""
    return seal(unseal(kept))
