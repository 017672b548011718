"""Gathers the admin pages of crm's rooms, for Django to find."""

from crm.identity.admin import IdentifierAdmin, LinkAdmin
from crm.privacy.admin import ApiKeyAdmin, UserAdmin
from crm.sources.admin import SourceAdmin

__all__ = ["ApiKeyAdmin", "IdentifierAdmin", "LinkAdmin", "SourceAdmin", "UserAdmin"]
