from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Filters by agent and by queue looked at every call."""

    atomic = False

    dependencies = [("journeys", "0013_visits_are_of_a_site")]

    operations = [
        AddIndexConcurrently(
            "conversation", models.Index(fields=["agent", "at"], name="conversation_of_agent")
        ),
        AddIndexConcurrently(
            "conversation", models.Index(fields=["queue", "at"], name="conversation_of_queue")
        ),
    ]
