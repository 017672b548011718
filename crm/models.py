"""Gathers the models of crm's rooms, for Django to find."""

from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.privacy.models import ApiKey, Consent
from crm.profile.models import Correction, RuleChange, Trait
from crm.search.models import Reference, SearchName, Spelling
from crm.sources.models import Source
from crm.stack.models import Heartbeat

__all__ = [
    "ApiKey",
    "Consent",
    "Correction",
    "Customer",
    "Heartbeat",
    "Identifier",
    "IdentityEvent",
    "Link",
    "Reference",
    "RuleChange",
    "SearchName",
    "Source",
    "Spelling",
    "Trait",
]
