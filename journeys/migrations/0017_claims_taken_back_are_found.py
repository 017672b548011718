from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Whoever keeps something derived from interactions looks for claims that were taken back lately."""

    atomic = False

    dependencies = [("journeys", "0016_touchpoints_are_kept")]

    operations = [
        AddIndexConcurrently(
            "claim",
            models.Index(fields=["withdrawn_at"], condition=models.Q(withdrawn_at__isnull=False), name="claim_taken_back"),
        ),
    ]
