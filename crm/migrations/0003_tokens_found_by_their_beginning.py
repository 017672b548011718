from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while others write

    dependencies = [("crm", "0002_phones_found_by_their_last_digits")]

    operations = [
        AddIndexConcurrently(
            model_name="spelling",
            index=models.Index(
                condition=models.Q(("spelling", models.F("token"))),
                fields=["spelling"],
                name="token_by_beginning",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
