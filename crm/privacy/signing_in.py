"""Signing in and out."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crm.privacy.access import public, roles_of
from crm.privacy.roles import OVERSEES, SEES_CUSTOMERS


class SignIn(LoginView):
    """The page to sign in on. On a new installation, it says how the first login is made."""

    template_name = "crm/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more) | {"is_new_installation": not User.objects.exists()}


@public
def welcome(request: HttpRequest) -> HttpResponse:
    """Lead everybody to where their work begins."""
    roles = roles_of(request.user)
    sees_nobody = SEES_CUSTOMERS.isdisjoint(roles) and not OVERSEES.isdisjoint(roles)
    return redirect("audit" if sees_nobody else "customers")


sign_in = public(SignIn.as_view())
sign_out = public(LogoutView.as_view())
