import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Constant defaults: no row is rewritten. A trait from before has its days added when it is next asserted."""

    dependencies = [
        ("crm", "0004_the_identity_log_is_read"),
    ]

    operations = [
        migrations.AddField(
            model_name="trait",
            name="days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="trait",
            name="is_verified",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
