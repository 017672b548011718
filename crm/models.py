"""Gathers the models of crm's rooms, for Django to find."""

from crm.batches.models import Batch, BatchLine
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.matching.models import (
    BlockingKey,
    Change,
    Due,
    Profile,
    Review,
    Run,
    ScoredPair,
    Snapshot,
    TrainedModel,
)
from crm.privacy.audit.models import AuditEntry, AuditReason, AuditSeal
from crm.privacy.erasing.models import Erasure, ErasureNotice, Suppression
from crm.privacy.exporting.models import Export
from crm.privacy.history.models import (
    CorrectionVersion,
    KeyVersion,
    Login,
    LoginVersion,
    Membership,
    MembershipVersion,
    SourceVersion,
)
from crm.privacy.holding.models import HeldIdentifier, LegalHold
from crm.privacy.models import ApiKey, Consent
from crm.privacy.purposes import PurposeChange
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.restricting.models import RestrictedIdentifier, Restriction
from crm.privacy.retaining.models import RetentionRun
from crm.privacy.retaining.rules import RetentionChange
from crm.privacy.revealing.models import Reveal
from crm.privacy.signing_in.models import UsedCode
from crm.privacy.tact_changes import DisclosureChange
from crm.privacy.watching.models import Alert
from crm.profile.models import Correction, RuleChange, Trait
from crm.search.models import Reference, SearchName, Spelling
from crm.sources.models import Joined, Pause, Source
from crm.stack.models import Heartbeat

__all__ = [
    "Alert",
    "ApiKey",
    "AuditEntry",
    "AuditReason",
    "AuditSeal",
    "Batch",
    "BatchLine",
    "BlockingKey",
    "Change",
    "Consent",
    "Correction",
    "CorrectionVersion",
    "Customer",
    "DisclosureChange",
    "Due",
    "Erasure",
    "ErasureNotice",
    "Export",
    "Heartbeat",
    "HeldIdentifier",
    "Identifier",
    "IdentityEvent",
    "Joined",
    "KeyVersion",
    "LegalHold",
    "Link",
    "Login",
    "LoginVersion",
    "Membership",
    "MembershipVersion",
    "Pause",
    "Profile",
    "PurposeChange",
    "Reference",
    "RestrictedIdentifier",
    "Restriction",
    "RetentionChange",
    "RetentionRun",
    "Reveal",
    "Review",
    "RightsRequest",
    "RuleChange",
    "Run",
    "ScoredPair",
    "SearchName",
    "Snapshot",
    "Source",
    "SourceVersion",
    "Spelling",
    "Suppression",
    "TrainedModel",
    "Trait",
    "UsedCode",
]
