import django.core.validators
from django.db import migrations

import crm.fields
import crm.sources.models


def seal(apps, schema_editor):
    """Reading leaves what is not sealed as it is; writing seals."""
    for source in apps.get_model("crm", "Source").objects.all():
        source.save(update_fields=["secret", "settings"])


class Migration(migrations.Migration):
    dependencies = [("crm", "0022_who_customers_are_is_revealed")]

    operations = [
        migrations.AlterField(
            "source",
            "secret",
            crm.fields.SealedField(
                default=crm.sources.models.new_secret,
                max_length=600,
                validators=[django.core.validators.MaxLengthValidator(200)],
            ),
        ),
        migrations.AlterField(
            "source",
            "settings",
            crm.fields.SealedSettingsField(
                blank=True,
                default=dict,
                secrets=["app_secret", "auth_token", "recording_password", "signing_key"],
            ),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
