"""The audit log: who looked at whom, who did what. It is only ever added to, and sealed in a chain of hashes."""

from django.db import models

from crm.fields import SoftForeignKey
from crm.privacy.personal import Customers, Lasts, Nothing, Personal


class Act(models.TextChoices):
    """What somebody did."""

    SIGNED_IN = "signed-in", "signed in"
    REFUSED = "refused", "was refused at sign-in"
    SIGNED_OUT = "signed-out", "signed out"
    LOOKED = "looked", "looked at a customer"
    SEARCHED = "searched", "searched customers"
    REVEALED = "revealed", "revealed what is masked"
    PLAYED = "played", "played a recording"
    EXPORTED = "exported", "exported"
    ANSWERED = "answered", "handled a request of"
    CONSENTED = "consented", "noted a consent"
    DECIDED = "decided", "decided who is who"
    SET = "set", "changed a setting"
    ERASED = "erased", "erased a customer"
    AGED = "aged", "let go what was too old"
    HELD = "held", "put or lifted a legal hold on"
    RESTRICTED = "restricted", "restricted the processing of, or no more"


class AuditEntry(models.Model):
    """One act. It holds no word of a customer: their number, which leads to nobody once they are erased.

    actor: the user's name at that time, or the API key's; subject: what else the act was about, in our own words.
    """

    personal = Nothing(("actor", "subject", "detail"))

    at = models.DateTimeField()
    act = models.CharField(max_length=12, choices=Act.choices)
    actor = models.CharField(max_length=150, blank=True)
    user = SoftForeignKey("auth.User", null=True, on_delete=models.DO_NOTHING)
    api_key = SoftForeignKey("crm.ApiKey", null=True, on_delete=models.DO_NOTHING)
    customer_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["customer_id", "id"], name="audit_by_customer", condition=models.Q(customer_id__gt=0)),
            models.Index(fields=["user", "id"], name="audit_by_user"),
            models.Index(fields=["act", "id"], name="audit_by_act"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.actor or 'nobody'} {self.get_act_display()}"


class AuditReason(models.Model):
    """Why somebody did it, in their own words, which may name a customer: erased with them. Its hash stays."""

    personal = Personal(
        (Customers("entry__customer_id"),),
        by="crm.privacy.audit.erasing.erase_reasons",
        ages=Lasts.PROOF,
        tells=("text",),
        is_sealed=True,
    )

    entry = models.OneToOneField(
        AuditEntry, primary_key=True, on_delete=models.DO_NOTHING, related_name="reason", db_constraint=False
    )
    text = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.text


class AuditSeal(models.Model):
    """A link of the chain: the hash of the one before it and of an entry, keyed."""

    personal = Nothing(("hash",))

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.DO_NOTHING, related_name="seal", db_constraint=False)
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.position)
