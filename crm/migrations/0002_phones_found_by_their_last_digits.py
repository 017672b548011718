import django.db.models.functions.comparison
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while others write

    dependencies = [("crm", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="identifier",
            index=models.Index(
                django.db.models.functions.comparison.Collate(
                    django.db.models.functions.text.Reverse("value"), "C"
                ),
                condition=models.Q(("kind", "phone")),
                name="phone_by_last_digits",
            ),
        ),
    ]
