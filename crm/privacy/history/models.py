"""The rows of crm that keep their history: sources, logins and their roles, API keys, corrections."""

from typing import Any

from django.contrib.auth.models import User
from django.db import models

from crm.privacy.history.tracking import (
    CHANGED,
    MADE,
    REMOVED,
    BareDelete,
    BareInsert,
    BareUpdate,
    keep_history,
    versions,
)
from crm.privacy.models import ApiKey
from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal
from crm.profile.models import Correction
from crm.sources.models import SECRET_SETTINGS, Source

OF_VERSIONS = ("pgh_label", "pgh_context")
Through: Any = User.groups.through


class Login(User):
    """A user, whose versions are kept."""

    personal = Nothing(("password", "username", "first_name", "last_name", "email"))

    class Meta:
        proxy = True
        app_label = "crm"
        verbose_name = "login"


Membership: Any = type(
    "Membership",
    (Through,),
    {
        "__module__": "crm.models",
        "__doc__": "A role that a user has.",
        "personal": Nothing(),
        "Meta": type("Meta", (), {"proxy": True, "app_label": "crm", "verbose_name": "role of a login"}),
    },
)
OF_SOURCES = Nothing(("name", "adapter", "namespace", "country", "settings", *OF_VERSIONS))
SOURCE = ("name", "adapter", "namespace", "country", "is_trusted", "settings", "disabled_at", "is_joining", "paused_at")
SourceVersion = versions(
    Source, "SourceVersion", SOURCE,
    [BareInsert(MADE, SECRET_SETTINGS), BareUpdate(CHANGED, SECRET_SETTINGS), BareDelete(REMOVED, SECRET_SETTINGS)],
    "crm", {"personal": OF_SOURCES, "settings": models.JSONField(default=dict)}, {},
)  # fmt: skip
KeyVersion = keep_history(
    ApiKey, "KeyVersion", Nothing(("name", "scopes", *OF_VERSIONS)), ("name", "role", "scopes", "revoked_at")
)
LOGIN = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")
LoginVersion = keep_history(
    Login, "LoginVersion", Nothing(("username", "first_name", "last_name", "email", *OF_VERSIONS)), LOGIN
)
MembershipVersion = keep_history(Membership, "MembershipVersion", Nothing(OF_VERSIONS), ("user", "group"))
CorrectionVersion = keep_history(
    Correction, "CorrectionVersion", Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER),
    ("identifier", "name", "value", "is_verified", "withdrawn_at", "withdrawn_by"), is_removal_kept=False,
)  # fmt: skip
