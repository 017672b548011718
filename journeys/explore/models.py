"""What people keep of Explore: its views."""

from django.conf import settings
from django.db import models

from crm.privacy.personal import Lasts, Mentions, Personal

LONGEST_NAME = 80


class SavedView(models.Model):
    """A question of Explore, by a name: its address. is_shared: everybody who explores sees it.

    removed_at: it is gone from the lists, and can be brought back. A customer whose identifier stands in it is blanked
    out when they are erased: it then asks nothing.
    """

    personal = Personal((Mentions("name", "query"),), blank={"name": "erased", "query": ""}, ages=Lasts.PROOF)

    name = models.CharField(max_length=LONGEST_NAME)
    query = models.TextField(blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
