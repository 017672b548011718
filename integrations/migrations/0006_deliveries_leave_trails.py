"""Deliveries are found by what they became. Of those before, whatever their keys do not tell is searched by its words."""

import django.db.models.deletion
from django.db import migrations, models

import crm.fields

OF_BEFORE = """
    INSERT INTO integrations_trail (delivery_id, source_id, key)
    SELECT d.id, d.source_id, '' FROM integrations_delivery d
    WHERE d.kind <> 'erased'
        AND NOT EXISTS (SELECT 1 FROM journeys_interaction i WHERE i.key = d.key AND i.source_id = d.source_id)
        AND NOT EXISTS (SELECT 1 FROM journeys_part p WHERE p.key = d.key AND p.source_id = d.source_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0021_people_are_erased"),
        ("integrations", "0005_calls_are_tracked"),
        ("journeys", "0014_calls_are_found_by_who_took_them"),
    ]

    operations = [
        migrations.CreateModel(
            name='Trail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, default='', max_length=200)),
                ('delivery', crm.fields.SoftForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrations.delivery')),
                ('identifier', crm.fields.SoftForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.identifier')),
                ('source', crm.fields.SoftForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.source')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('key', ''), _negated=True), fields=['key', 'source'], name='trail_of_interaction'), models.Index(condition=models.Q(('identifier__isnull', False)), fields=['identifier'], name='trail_of_identifier'), models.Index(condition=models.Q(('identifier__isnull', True), ('key', '')), fields=['delivery'], name='trail_of_nobody')],
            },
        ),
        migrations.RunSQL(OF_BEFORE, migrations.RunSQL.noop),
    ]
