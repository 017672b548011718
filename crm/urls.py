"""Every address of the project; rooms list their own."""

from django.contrib import admin
from django.urls import include, path, re_path

from crm.api.schema import NoSuchAddress

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("crm.pages")),
    path("", include("journeys.urls")),
    path("", include("integrations.urls")),
    path("api/v1/", include("crm.api.urls")),
    path("api/v1/", include("journeys.api")),
    path("api/v1/", include("integrations.api")),
    re_path(r"^api/v1/(?:.*/)?$", NoSuchAddress.as_view()),
]
