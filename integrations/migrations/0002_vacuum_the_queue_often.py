from django.db import migrations

# Every event passes through this table: its dead rows must go long before a fifth of the table is dead.
FORWARD = """
    ALTER TABLE integrations_pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0)
"""
BACK = """
    ALTER TABLE integrations_pending RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
        autovacuum_vacuum_insert_threshold, autovacuum_vacuum_cost_delay)
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
