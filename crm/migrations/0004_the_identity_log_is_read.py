from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The pages of the identity log: newest first, of one cause, of one member of staff."""

    atomic = False  # concurrently: the log is written to all the while
    dependencies = [
        ("crm", "0003_have_the_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently("identityevent", models.Index(fields=["at", "id"], name="identity_log")),
        AddIndexConcurrently("identityevent", models.Index(fields=["cause", "at", "id"], name="identity_log_by_cause")),
        AddIndexConcurrently(
            "identityevent",
            models.Index(
                fields=["actor", "at", "id"], name="identity_log_by_actor", condition=models.Q(actor__isnull=False)
            ),
        ),
    ]
