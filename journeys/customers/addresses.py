"""Addresses of many things at once: reversing each would cost more than rendering its line."""

from functools import cache
from uuid import UUID

from django.urls import reverse

NOBODY = UUID(int=0)


def customer_address(public_id: UUID) -> str:
    return frame("customer", str(NOBODY)).format(public_id)


def entries_address(public_id: UUID) -> str:
    return frame("entries", str(NOBODY)).format(public_id)


def interaction_address(interaction_id: int) -> str:
    return frame("interaction", "0").format(interaction_id)


def visit_address(session_id: int) -> str:
    return frame("visit", "0").format(session_id)


def call_address(interaction_id: int) -> str:
    return frame("listen", "0").format(interaction_id)


@cache
def frame(name: str, blank: str) -> str:
    """The address of a page with a place for what it is about."""
    return reverse(name, args=[blank]).replace(f"/{blank}/", "/{}/")
