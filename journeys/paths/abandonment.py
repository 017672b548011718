"""What counts as giving up: definitions, as marketers set them, and every change of them."""

from django.db import models

from crm.changes import Change
from crm.fields import SoftForeignKey
from crm.privacy.personal import Nothing

MOST_QUIET, MOST_DAYS = 24 * 60, 60


class AbandonmentDefinition(models.Model):
    """An attempt that people give up: which steps begin it, and which finish it.

    begun, finished: names of pages (paths, from their /) and of events; * stands for anything. conversion: what else
    finishes it, agreed on the web. quiet: minutes without a page, after which whoever has not finished has given up.
    days: within which a call counts as following.
    """

    personal = Nothing(("name", "begun", "finished"))

    name = models.CharField(max_length=80)
    begun = models.JSONField(default=list)
    finished = models.JSONField(default=list, blank=True)
    conversion = SoftForeignKey("journeys.ConversionDefinition", null=True)
    quiet = models.PositiveSmallIntegerField(default=30)
    days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class AbandonmentChange(Change):
    """The definitions as somebody set them. content: {"definitions": [the columns of each]}."""

    personal = Nothing(("content", "said"))
