"""Signing in and out, and what people set of their own login: allauth's views, in our look."""

from collections.abc import Callable
from typing import Any

from allauth.account import forms, views
from allauth.account.stages import LoginStageController
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as key_views
from allauth.usersessions import views as session_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from crm.privacy.access import public, requires, roles_of, signed_in
from crm.privacy.roles import HAS_SCREENS, KNOWS_CUSTOMERS, OVERSEES, SEES_CUSTOMERS
from crm.privacy.signing_in.guessing import is_locked
from crm.privacy.signing_in.second_factor import lacks_factor

people = requires(*HAS_SCREENS)


class SignInForm(forms.LoginForm):
    """A name and a password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].label = "Name"
        self.fields["login"].error_messages["required"] = "Give your name."
        self.fields["password"].error_messages["required"] = "Give your password."

    def add_prefix(self, field_name: str) -> str:
        """The names by which browsers keep what was typed."""
        return "username" if field_name == "login" else field_name


class SignIn(views.LoginView):
    """The page to sign in on. On a new installation, it says how the first login is made."""

    template_name = "crm/signing_in/sign_in.html"
    form_class = SignInForm

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        sso = settings.OIDC_NAME if settings.OIDC_URL else ""
        told: dict[str, Any] = super().get_context_data(**more)
        return told | {"is_new_installation": not User.objects.exists(), "sso": sso}


class SignOut(views.LogoutView):
    """Signing out; of a page that was left open, too."""

    http_method_names = ["post", "options"]


class SecondStep(factor_views.AuthenticateView):
    """The second factor, after the password. Whoever is wrong too often has to wait here, too."""

    template_name = "crm/signing_in/second_step.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        stage = LoginStageController.enter(request, AuthenticateStage.key)
        if stage and request.method == "POST" and is_locked(request, stage.login.user):
            return HttpResponse(status=429)  # what is shown in its place is not for this view to say
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class Account(factor_views.IndexView):
    """One's own login: the password, second factors, where one is signed in."""

    template_name = "crm/signing_in/account.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        told: dict[str, Any] = super().get_context_data(**more)
        return told | {"must_add": lacks_factor(self.request)}


class ChangePassword(views.PasswordChangeView):
    """A new password, for who has one."""

    template_name = "crm/signing_in/password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not signed_in(request).has_usable_password():
            raise PermissionDenied("You sign in with your company’s sign-in, which keeps your password.")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


@public
def welcome(request: HttpRequest) -> HttpResponse:
    """Lead everybody to where their work begins."""
    roles = roles_of(request.user)
    if request.user.is_authenticated and not roles:
        raise PermissionDenied("You have no role yet. An admin gives you one: Manage, Admin, Users.")
    sees_nobody = SEES_CUSTOMERS.isdisjoint(roles) and not OVERSEES.isdisjoint(roles)
    if sees_nobody:
        return redirect("audit")
    is_marketer = KNOWS_CUSTOMERS.isdisjoint(roles) and not SEES_CUSTOMERS.isdisjoint(roles)
    return redirect("morning" if is_marketer else "customers")


@public
def switched_off(request: HttpRequest) -> HttpResponse:
    """Where a login leads to that an admin switched off."""
    messages.error(request, "This login is switched off. An admin can switch it on again: Manage, Admin, Users.")
    return redirect("login")


def own(view: Any, template: str = "") -> Callable[..., HttpResponseBase]:
    """A page of one's own login; what is not there yet is set up on the page that it leads to."""
    told = {"template_name": f"crm/signing_in/{template}"} if template else {}
    shown = view.as_view(**told)

    @people
    @never_cache
    def page(request: HttpRequest, **named: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = shown(request, **named)
        except Http404:
            return redirect("mfa_index")
        return answer

    return page


sign_in: Callable[..., HttpResponseBase] = public(SignIn.as_view())
sign_out: Callable[..., HttpResponseBase] = public(SignOut.as_view())
second_step = public(SecondStep.as_view())
passkey = public(key_views.LoginWebAuthnView.as_view())
account = own(Account)
password = own(ChangePassword)
confirm = own(views.ReauthenticateView, "confirm.html")
confirm_code = own(factor_views.ReauthenticateView, "confirm_code.html")
confirm_passkey = own(key_views.ReauthenticateWebAuthnView, "confirm_passkey.html")
add_app = own(app_views.ActivateTOTPView, "add_app.html")
remove_app = own(app_views.DeactivateTOTPView, "remove_app.html")
codes = own(code_views.ViewRecoveryCodesView, "codes.html")
new_codes = own(code_views.GenerateRecoveryCodesView, "new_codes.html")
codes_file = own(code_views.DownloadRecoveryCodesView, "codes.txt")
passkeys = own(key_views.ListWebAuthnView, "passkeys.html")
add_passkey = own(key_views.AddWebAuthnView, "add_passkey.html")
rename_passkey = own(key_views.EditWebAuthnView, "rename_passkey.html")
remove_passkey = own(key_views.RemoveWebAuthnView, "remove_passkey.html")
sessions = own(session_views.ListUserSessionsView, "sessions.html")
