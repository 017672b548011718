"""Against guessing: whoever is wrong too often has to wait. The database counts, so it holds whatever else is down."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, cast

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm.whence import address_of

LONGEST_NAME = 150
OF_AN_ADDRESS = 10  # an office has one address and many people: it may be wrong so many times as often as one name


class Guesses(AxesDatabaseHandler):
    """The wrong tries of the last minutes, by name and by address (AXES_LOCKOUT_PARAMETERS)."""

    def get_failures(self, request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> int:
        """How often a name was wrong, or its address in parts of what that may be."""
        tries = self.get_user_attempts(request, credentials)
        of_name, of_address = (one.aggregate(all=Sum("failures_since_start"))["all"] or 0 for one in tries)
        return max(of_name, of_address // OF_AN_ADDRESS)

    def reset_user_attempts(self, request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> int:
        """Who is right is forgiven; the address they ask from is not, since others ask from it too."""
        return int(self.filter_user_attempts(request, credentials)[0].delete()[0])


def name_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The name that tries are counted under; one that nobody has is not kept, since people type passwords there."""
    name = str((credentials or {}).get("username") or "")[:LONGEST_NAME].replace("\0", "")
    if not name or User.objects.filter(username=name).exists():
        return name
    return "nobody:" + hmac.new(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256).hexdigest()[:32]


def whence(request: HttpRequest) -> str:
    """The address that tries are counted under."""
    return address_of(request)


def locked(request: HttpRequest, answer: HttpResponse | None, credentials: Mapping[str, Any] | None) -> HttpResponse:
    """What somebody is shown who was wrong too often."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    shown = render(request, "crm/signing_in/locked.html", {"minutes": minutes}, status=429)
    shown["Retry-After"] = str(minutes * 60)
    return shown


def is_locked(request: HttpRequest, user: User) -> bool:
    """Whether somebody has to wait; the answer to this request then says so."""
    if AxesProxyHandler.is_allowed(request, {"username": user.username}):
        return False
    cast(Any, request).axes_locked_out = True
    return True


def count_wrong_code(request: HttpRequest, user: User, **_: Any) -> None:
    """A wrong code counts as a wrong password does."""
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
