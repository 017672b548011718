from django.conf import settings
from django.db import migrations

from crm.stack.squashing import AllAtOnce

REPLACED = [
    ("crm", "0001_initial"),
    ("crm", "0002_call_them_api_keys"),
    ("crm", "0003_have_the_roles"),
    ("crm", "0004_the_identity_log_is_read"),
    ("crm", "0005_traits_keep_their_days"),
    ("crm", "0006_staff_correct_traits"),
    ("crm", "0007_admins_set_survivorship"),
    ("crm", "0008_withdrawn_links_are_found"),
    ("crm", "0009_pairs_are_scored_and_reviewed"),
    ("crm", "0012_batches_and_the_breaker"),
    ("crm", "0014_households_are_found"),
    ("crm", "0015_fewer_keys_are_checked"),
    ("crm", "0016_admins_set_what_may_be_said"),
    ("crm", "0017_everything_is_audited"),
    ("crm", "0018_leads_auditors_and_integrations"),
    ("crm", "0019_consents_say_how_and_until_when"),
    ("crm", "0020_keys_have_scopes"),
    ("crm", "0021_people_are_erased"),
    ("crm", "0022_who_customers_are_is_revealed"),
    ("crm", "0023_secrets_are_sealed"),
    ("crm", "0024_browsing_is_withheld"),
    ("crm", "0025_unusual_viewing_is_raised"),
    ("crm", "0026_what_is_held_is_exported"),
    ("crm", "0027_requests_by_right"),
    ("crm", "0028_what_is_too_old_goes"),
    ("crm", "0029_reasons_are_erased_by_their_owner"),
    ("crm", "0030_codes_are_good_once"),
    ("crm", "0031_brands_are_walled_off"),
    ("crm", "0032_processing_is_restricted"),
    ("crm", "0033_rows_keep_their_history"),
    ("crm", "0034_consents_come_by_spreadsheet"),
]


class Migration(migrations.Migration):
    """An empty database is made at once; whoever has part of what this replaces goes on from there."""

    initial = True
    replaces = REPLACED
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [AllAtOnce(REPLACED)]
