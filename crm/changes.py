"""Rules that are set as a whole: every change is kept, with who and when; the last stands, and can be taken back."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction

from crm.identity.resolving import lock as locking
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note

UNDONE, AGAIN = "Undone: ", "Done again: "


class Change(models.Model):
    """Rules as somebody set them. Append-only: the last one stands. said: what was changed, in words."""

    content = models.JSONField()
    said = models.CharField(max_length=300)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.said

    def save(self, **options: Any) -> None:
        super().save(**options)
        note(self.actor, Act.SET, subject=self.said, detail={"kept_as": f"{self._meta.label} {self.pk}"})

    @property
    def undone(self) -> str:
        """What taking it back is called: of what was taken back already, it is done again."""
        if self.said.startswith(UNDONE):
            return f"{AGAIN}{self.said.removeprefix(UNDONE)}"[:300]
        return f"{UNDONE}{self.said.removeprefix(AGAIN)}"[:300]


@transaction.atomic
def undo_last(change: Change, default: dict[str, Any], actor: User, lock: int) -> bool:
    """Set what stood before the last change; False when it is no longer the last.

    default: what stands before any change. lock: of these rules, one change at a time from its reading of what stands.
    """
    locking([lock])
    changes = type(change)._default_manager.order_by("-pk")
    last, before = [*changes[:2], None, None][:2]
    if last is None or last.pk != change.pk:
        return False
    content = before.content if before else default
    type(change)._default_manager.create(content=content, actor=actor, said=change.undone)
    return True
