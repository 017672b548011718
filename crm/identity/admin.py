"""Admin pages of identifiers and links: to look at, not to change. Links are decisions; they are made and withdrawn."""

from django.contrib import admin

from crm.identity.models import Identifier, Link
from crm.privacy.admin_site import ReadOnlyAdmin


@admin.register(Identifier)
class IdentifierAdmin(ReadOnlyAdmin):
    """Identifiers, newest first; searched by their whole value."""

    empty_says = (
        "What tells customers apart: login ids, e-mail addresses, phones. They come by themselves with the first event."
    )
    search_help_text = "The whole value: an e-mail address, +44…, a login id"
    list_display = ("value", "kind", "namespace", "customer", "shared", "created_at")
    list_select_related = ("customer",)
    search_fields = ("=value",)
    ordering = ("-pk",)


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    """Links, newest first; searched by the whole value of either identifier."""

    empty_says = (
        "Why identifiers are one customer, or are not. Links come by themselves when one event names two identifiers."
    )
    search_help_text = "The whole value of either identifier"
    list_display = ("a", "b", "verdict", "basis", "is_verified", "weight", "held", "created_at", "withdrawn_at")
    list_select_related = ("a", "b")
    search_fields = ("=a__value", "=b__value")
    ordering = ("-pk",)
