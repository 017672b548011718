"""Signing in and out, as the audit log tells of it: Django says when it happens."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note

LONGEST_NAME = 150


def listen() -> None:
    """Note who signs in and out, and who is refused, from now on."""
    user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    user_login_failed.connect(refused)


def signed_in(user: User, **_: Any) -> None:
    note(user, Act.SIGNED_IN)


def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:  # nobody was signed in
        note(user, Act.SIGNED_OUT)


def refused(credentials: dict[str, Any], **_: Any) -> None:
    """A name that no user has is not written down: people type their passwords there."""
    name = str(credentials.get("username") or "")[:LONGEST_NAME].replace("\0", "")
    user = User.objects.filter(username=name).first()
    note(user, Act.REFUSED, subject="" if user else "a name that nobody has")
