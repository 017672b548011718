"""A call keeps of which site its visitor is. Of calls there are, where only one site knows such a visitor."""

from django.db import migrations, models

TELL = """
    UPDATE journeys_call c SET visitor_namespace = i.namespace FROM crm_identifier i
    WHERE c.visitor <> '' AND i.kind = 'cookie' AND i.value = c.visitor AND NOT EXISTS (
        SELECT 1 FROM crm_identifier o WHERE o.kind = 'cookie' AND o.value = c.visitor AND o.namespace <> i.namespace)
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0012_who_changed_routing_is_kept")]

    operations = [
        migrations.AddField(
            model_name="call",
            name="visitor_namespace",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.RunSQL(TELL, migrations.RunSQL.noop),
    ]
