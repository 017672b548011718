"""The company's own sign-in (OpenID Connect): who comes by it has the roles that its claims mean, or none."""

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from crm.privacy.access import public
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.roles import HAS_SCREENS
from crm.privacy.signing_in.second_factor import ELSEWHERE

log = structlog.get_logger(__name__)
PROVIDER = "sso"  # the one there is, in its addresses
MANY_FACTORS = "mfa"  # what a token's `amr` says where more than one factor was asked for (RFC 8176)
FAILED = "Signing in with {} did not work. Try again; an admin finds in the log why it did not."


class SsoAdapter(DefaultSocialAccountAdapter):
    """Who comes by the company's sign-in."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Their e-mail address proves nothing here: it makes nobody the owner of a login that is there already."""
        sociallogin.email_addresses = []
        if sociallogin.is_existing:
            keep_roles(sociallogin.user, claims_of(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        keep_roles(user, claims_of(sociallogin))
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        log.warning("sso.failed", code=str(error), error=type(exception).__name__ if exception else "")
        raise ImmediateHttpResponse(failed(request))


def claims_of(sociallogin: Any) -> dict[str, Any]:
    """What the company's sign-in says of somebody: of its token and of its answer to who they are."""
    told = sociallogin.account.extra_data
    return {**(told.get("id_token") or {}), **(told.get("userinfo") or {})}


def keep_roles(user: User, claims: dict[str, Any]) -> None:
    """Give somebody the roles that their claims mean, and no others; where none is said to mean any, leave them."""
    if not settings.OIDC_ROLES:
        return
    given = claims.get(settings.OIDC_CLAIM) or []
    values = {str(one) for one in given} if isinstance(given, list) else {str(given)}
    roles = {role for value, role in settings.OIDC_ROLES.items() if value in values} & HAS_SCREENS
    if roles != {group.name for group in user.groups.all()}:
        user.groups.set([Group.objects.get_or_create(name=role)[0] for role in sorted(roles)])
        note(user, Act.SET, subject=f"Roles by the company’s sign-in: {', '.join(sorted(roles)) or 'none'}")


def note_factors(request: HttpRequest, sociallogin: Any = None, **_: Any) -> None:
    """Remember, for this session, that the company's sign-in asked for a second factor."""
    if sociallogin is not None and MANY_FACTORS in (claims_of(sociallogin).get("amr") or []):
        request.session[ELSEWHERE] = True


def failed(request: HttpRequest) -> HttpResponseBase:
    """Lead somebody back to the page to sign in on, and say that it did not work."""
    messages.error(request, FAILED.format(settings.OIDC_NAME))
    return redirect("login")


@public
def leave(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Go to the company's sign-in; by POST, so that no page of somebody else's sends people there.

    It is for signing in alone: a login of ours is never tied to one of theirs (allauth's `process`).
    """
    is_plain = request.method == "POST" and "process" not in {*request.GET, *request.POST}
    if not is_plain or provider_id != PROVIDER or not settings.OIDC_URL:
        return redirect("login")
    return asked(views.login, request)


@public
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Come back from the company's sign-in."""
    if provider_id != PROVIDER or not settings.OIDC_URL:
        return redirect("login")
    return asked(views.callback, request)


def asked(view: Any, request: HttpRequest) -> HttpResponseBase:
    """Have the company's sign-in asked; one that does not answer is no error of ours."""
    try:
        answer: HttpResponseBase = view(request, PROVIDER)
    except OSError as error:  # requests' errors are
        log.warning("sso.unreachable", error=type(error).__name__)
        return failed(request)
    return answer


@public
def did_not_work(request: HttpRequest) -> HttpResponseBase:
    """Where allauth leads to when somebody did not sign in there after all."""
    return failed(request)
