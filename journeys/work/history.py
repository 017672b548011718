"""The work for customers that keeps its history: notes and cases."""

from django.db import models

from crm.privacy.history.tracking import keep_history
from crm.privacy.personal import Identifiers, Lasts, Personal
from journeys.work.models import Case, Note

PERSONAL = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

NoteVersion = keep_history(
    Note, "NoteVersion", PERSONAL, ("identifier", "body", "is_delicate", "withdrawn_at", "withdrawn_by"),
    is_removal_kept=False, app="journeys",
    meta={"indexes": [models.Index(fields=["identifier"], name="note_versions")]},
)  # fmt: skip
CaseVersion = keep_history(
    Case, "CaseVersion", PERSONAL, ("identifier", "subject", "order", "state", "owner", "closed_at"),
    is_removal_kept=False, app="journeys",
    meta={"indexes": [models.Index(fields=["identifier"], name="case_versions")]},
)  # fmt: skip
