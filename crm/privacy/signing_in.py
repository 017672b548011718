"""Signing in and out."""

from django.contrib.auth.views import LoginView, LogoutView

from crm.privacy.access import public

sign_in = public(LoginView.as_view(template_name="crm/login.html", redirect_authenticated_user=True))
sign_out = public(LogoutView.as_view())
