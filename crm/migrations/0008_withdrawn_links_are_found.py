from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The evidence of a customer shows what was withdrawn too; such links are few among many."""

    atomic = False  # concurrently: links are written all the while
    dependencies = [("crm", "0007_admins_set_survivorship")]

    operations = [
        AddIndexConcurrently(
            "link",
            models.Index(fields=[end], condition=models.Q(withdrawn_at__isnull=False), name=f"link_withdrawn_by_{end}"),
        )
        for end in ("a", "b")
    ]
