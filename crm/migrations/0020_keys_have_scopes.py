from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0019_consents_say_how_and_until_when")]

    operations = [migrations.AddField("apikey", "scopes", models.JSONField(blank=True, default=list))]
