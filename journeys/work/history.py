"""The work for customers that keeps its history: notes and cases."""

from django.db import models

from crm.privacy.history.tracking import keep_history
from crm.privacy.personal import Identifiers, Lasts, Personal
from journeys.work.models import Case, Note


def theirs(written: str) -> Personal:
    """Versions of somebody's rows. written: the column in which staff may have named somebody else."""
    return Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, tells=(written,))


NoteVersion = keep_history(
    Note, "NoteVersion", theirs("body"), ("identifier", "body", "is_delicate", "withdrawn_at", "withdrawn_by"),
    is_removal_kept=False, app="journeys",
    meta={"indexes": [models.Index(fields=["identifier"], name="note_versions")]},
)  # fmt: skip
CaseVersion = keep_history(
    Case, "CaseVersion", theirs("subject"), ("identifier", "subject", "order", "state", "owner", "closed_at"),
    is_removal_kept=False, app="journeys",
    meta={"indexes": [models.Index(fields=["identifier"], name="case_versions")]},
)  # fmt: skip
