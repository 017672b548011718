"""The second factor: who needs one, and what opens to them before they have it."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from crm.privacy.access import roles_of
from crm.privacy.roles import NEEDS_FACTOR

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
ELSEWHERE = "second_factor_elsewhere"  # in a session: the company's sign-in asked for it
DEMONSTRATION = "demo_password"  # in the data folder, while it is a demonstration's
# What a second factor is set up with, and the ways out.
OPEN = frozenset({
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "login", "logout", "account_login",
    "account_logout", "healthz", "readyz",
})  # fmt: skip


def has_factor(user: User) -> bool:
    """Whether somebody has a second factor; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists())


def lacks_factor(request: HttpRequest) -> bool:
    """Whether whoever asks has to set up a second factor first."""
    user = request.user
    if not settings.REQUIRE_MFA or not isinstance(user, User) or NEEDS_FACTOR.isdisjoint(roles_of(user)):
        return False
    return not (request.session.get(ELSEWHERE) or is_of_demonstration(user) or has_factor(user))


def is_of_demonstration(user: User) -> bool:
    """Whether this is one of the logins that `manage.py up --demo` printed; on the open web they are like any other."""
    return user.username in NEEDS_FACTOR and not settings.IS_HTTPS and (settings.DATA_DIR / DEMONSTRATION).exists()


class SecondFactorMiddleware:
    """Lead whoever has to set up a second factor to where they do; nothing else opens to them before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if (match and match.url_name in OPEN) or not lacks_factor(request):
            return None
        if request.path.startswith("/api/"):
            said = "Your role needs a second factor; sign in on the pages and set one up"
            return JsonResponse({"detail": said}, status=403)
        return redirect("mfa_index")
