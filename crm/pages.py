"""The pages of crm's rooms."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("crm.stack.urls")),
]
