"""Every address of the project; rooms list their own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("crm.pages")),
    path("", include("journeys.urls")),
    path("", include("integrations.urls")),
]
