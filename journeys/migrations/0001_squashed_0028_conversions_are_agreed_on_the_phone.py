from django.db import migrations

from crm.stack.squashing import AllAtOnce

REPLACED = [
    ("journeys", "0001_initial"),
    ("journeys", "0002_room_for_updates_in_place"),
    ("journeys", "0003_sessions_hold_no_copies"),
    ("journeys", "0004_calls_ring"),
    ("journeys", "0005_staff_work_for_customers"),
    ("journeys", "0006_first_words_and_actions"),
    ("journeys", "0007_calls_are_heard_and_read"),
    ("journeys", "0008_facts_are_kept_ahead"),
    ("journeys", "0009_plays_are_by_people"),
    ("journeys", "0010_rules_may_hold_of_every_call"),
    ("journeys", "0011_calls_keep_what_was_known"),
    ("journeys", "0012_who_changed_routing_is_kept"),
    ("journeys", "0013_visits_are_of_a_site"),
    ("journeys", "0014_calls_are_found_by_who_took_them"),
    ("journeys", "0015_rows_keep_their_history"),
    ("journeys", "0016_touchpoints_are_kept"),
    ("journeys", "0017_claims_taken_back_are_found"),
    ("journeys", "0018_views_are_kept"),
    ("journeys", "0019_interactions_are_found_by_what_is_rare"),
    ("journeys", "0020_channel_groups_are_set"),
    ("journeys", "0021_conversions_are_defined"),
    ("journeys", "0022_files_are_taken_out"),
    ("journeys", "0023_conversions_are_imported"),
    ("journeys", "0024_attribution_is_counted_by_day"),
    ("journeys", "0025_days_that_change_are_noted"),
    ("journeys", "0026_segments_are_kept"),
    ("journeys", "0027_costs_are_taken_in"),
    ("journeys", "0028_conversions_are_agreed_on_the_phone"),
]


class Migration(migrations.Migration):
    """An empty database is made at once; whoever has part of what this replaces goes on from there."""

    initial = True
    replaces = REPLACED
    dependencies = [
        ("crm", "0034_consents_come_by_spreadsheet"),
    ]
    operations = [AllAtOnce(REPLACED)]
