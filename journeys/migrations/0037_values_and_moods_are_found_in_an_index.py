"""Explore finds interactions by their value, and by how somebody felt, in an index, before it reads a row."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from journeys.interactions.valuing import Worth


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("journeys", "0036_withheld_is_counted_by_day")]

    operations = [
        RemoveIndexConcurrently("interaction", "interaction_of_value"),
        AddIndexConcurrently(
            "interaction",
            models.Index("occurred_at", "id", Worth("data"), name="interaction_of_value",
                         condition=models.Q(data__has_key="value")),
        ),
        AddIndexConcurrently(
            "mood",
            models.Index(fields=["at", "interaction"], name="mood_annoyed", condition=models.Q(value__lt=-0.15)),
        ),
        AddIndexConcurrently(
            "mood",
            models.Index(fields=["at", "interaction"], name="mood_neutral",
                         condition=models.Q(value__gte=-0.15, value__lte=0.25)),
        ),
        AddIndexConcurrently(
            "mood",
            models.Index(fields=["at", "interaction"], name="mood_content", condition=models.Q(value__gt=0.25)),
        ),
    ]
