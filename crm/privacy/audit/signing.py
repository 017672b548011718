"""Signing in and out, as the audit log tells of it: Django says when it happens."""

from functools import partial
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note

LONGEST_NAME = 150
OF_FACTORS = {
    authenticator_added: "Added a second factor",
    authenticator_removed: "Removed a second factor",
    authenticator_reset: "Made new",
}


def listen() -> None:
    """Note who signs in and out, who is refused, and what people set of their own login, from now on."""
    user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    user_login_failed.connect(refused)
    for signal, done in OF_FACTORS.items():
        signal.connect(partial(set_factor, done), weak=False)
    password_changed.connect(set_password)


def signed_in(user: User, **_: Any) -> None:
    note(user, Act.SIGNED_IN)


def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:  # nobody was signed in
        note(user, Act.SIGNED_OUT)


def refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """A name that no user has is not written down: people type their passwords there."""
    name = str(credentials.get("username") or "")[:LONGEST_NAME].replace("\0", "")
    user = User.objects.filter(username=name).first()
    has_to_wait = "has to wait, after too many wrong tries" if getattr(request, "axes_locked_out", False) else ""
    note(user, Act.REFUSED, subject=": ".join(filter(None, ("" if user else "a name that nobody has", has_to_wait))))


def set_factor(done: str, user: User, authenticator: Any, **_: Any) -> None:
    note(user, Act.SET, subject=f"{done}: {authenticator.get_type_display()}")


def set_password(user: User, **_: Any) -> None:
    note(user, Act.SET, subject="Changed their password")
