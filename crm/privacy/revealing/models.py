"""Reveals: a customer shown as they are to somebody who said why, for a while."""

from django.conf import settings
from django.db import models

from crm.fields import SoftForeignKey
from crm.privacy.personal import Customers, Lasts, Personal


class Reveal(models.Model):
    """Somebody sees who a customer is, and what is masked of them, until then. Why is kept in the audit log."""

    personal = Personal((Customers("customer"),), ages=Lasts.CUSTOMER)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    customer = SoftForeignKey("crm.Customer")
    at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "until"], name="reveals_of_user")]

    def __str__(self) -> str:
        return f"reveal {self.pk}"
