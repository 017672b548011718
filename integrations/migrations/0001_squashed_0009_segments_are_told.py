from django.db import migrations

from crm.stack.squashing import AllAtOnce

REPLACED = [
    ("integrations", "0001_initial"),
    ("integrations", "0002_vacuum_the_queue_often"),
    ("integrations", "0003_paused_sources_wait"),
    ("integrations", "0004_numbers_are_leased"),
    ("integrations", "0005_calls_are_tracked"),
    ("integrations", "0006_deliveries_leave_trails"),
    ("integrations", "0007_businesses_are_told"),
    ("integrations", "0008_what_happens_is_noted"),
    ("integrations", "0009_segments_are_told"),
]


class Migration(migrations.Migration):
    """An empty database is made at once; whoever has part of what this replaces goes on from there."""

    initial = True
    replaces = REPLACED
    dependencies = [
        ("crm", "0034_consents_come_by_spreadsheet"),
        ("journeys", "0028_conversions_are_agreed_on_the_phone"),
    ]
    operations = [AllAtOnce(REPLACED)]
