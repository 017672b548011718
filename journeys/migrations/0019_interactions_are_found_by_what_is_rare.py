"""Of ten million interactions most are pages: what came by a campaign, through another channel, with a product or a
value is found through an index that holds nothing else."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("journeys", "0018_views_are_kept")]

    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(KT("data__campaign__name"), "occurred_at", "id", name="interaction_of_campaign",
                         condition=models.Q(data__has_key="campaign")),
        ),
        AddIndexConcurrently(
            "interaction",
            models.Index("channel", "occurred_at", "id", name="interaction_of_channel",
                         condition=~models.Q(channel="web")),
        ),
        AddIndexConcurrently(
            "interaction",
            models.Index("occurred_at", "id", name="interaction_of_product",
                         condition=models.Q(data__has_key="products")),
        ),
        AddIndexConcurrently(
            "interaction",
            models.Index("occurred_at", "id", name="interaction_of_value", condition=models.Q(data__has_key="value")),
        ),
    ]
