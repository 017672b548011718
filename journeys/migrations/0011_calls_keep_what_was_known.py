from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0010_rules_may_hold_of_every_call'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='facts',
            field=models.JSONField(null=True),
        ),
    ]
