"""Admin pages of sources. They are connected, and get their secrets, on our own pages."""

from django.contrib import admin
from django.http import HttpRequest

from crm.privacy.admin_site import BoundedAdmin
from crm.sources.models import Source


@admin.register(Source)
class SourceAdmin(BoundedAdmin):
    """What may be changed of a source. Its secret and its write key are shown nowhere here."""

    list_display = ("name", "adapter", "namespace", "country", "is_trusted", "disabled_at")
    list_filter = ("adapter", "is_trusted")
    search_fields = ("name",)
    fields = ("name", "public_id", "adapter", "namespace", "country", "is_trusted", "settings", "created_at",
              "disabled_at")  # fmt: skip
    readonly_fields = ("public_id", "adapter", "namespace", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        return False
