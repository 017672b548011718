"""The pages of crm's rooms."""

from django.urls import URLPattern, URLResolver, include, path

from crm.privacy.signing_in import sign_in, sign_out

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("crm.stack.urls")),
    path("sign-in/", sign_in, name="login"),
    path("sign-out/", sign_out, name="logout"),
]
