from django.db import migrations

ROLES = ("agent", "marketer", "admin", "privacy")


def have_the_roles(apps, schema_editor):
    """A role is a group of its name: without the groups, an admin could give nobody a role."""
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0002_call_them_api_keys"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(have_the_roles, migrations.RunPython.noop)]
