"""Admin pages of sources, to look at: they are connected and changed on our own pages."""

from django.contrib import admin

from crm.privacy.admin_site import ReadOnlyAdmin
from crm.sources.models import Source


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """Who is connected. Secrets, keys and settings (some are secrets) are shown nowhere here."""

    empty_says = "The systems that events come from. Connect the first one at /sources/add/."
    list_display = ("name", "adapter", "namespace", "brand", "country", "is_trusted", "disabled_at")
    list_filter = ("adapter", "is_trusted")
    search_fields = ("name",)
    fields = (
        "name",
        "public_id",
        "adapter",
        "namespace",
        "brand",
        "country",
        "is_trusted",
        "created_at",
        "disabled_at",
    )
