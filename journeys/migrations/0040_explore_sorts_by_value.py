"""Explore shows interactions by their value, too."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from journeys.interactions.valuing import Worth


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("journeys", "0039_names_that_people_read")]

    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(Worth("data"), "occurred_at", "id", name="interaction_by_value",
                         condition=models.Q(data__has_key="value")),
        ),
    ]
