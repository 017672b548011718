"""What signing in leaves."""

from django.conf import settings
from django.db import models

from crm.privacy.personal import Nothing


class UsedCode(models.Model):
    """A one-time code of an app that let somebody in: it lets nobody in again while it would still be right."""

    personal = Nothing(("code",))

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code"], name="code_of_a_user")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"
