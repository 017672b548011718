from django.db import migrations, models

ROLES = ("lead", "auditor", "integration")
CHOICES = [
    ("agent", "agent"),
    ("lead", "team lead"),
    ("marketer", "marketer"),
    ("admin", "admin"),
    ("privacy", "privacy officer"),
    ("auditor", "auditor"),
    ("integration", "integration"),
]


def have_the_roles(apps, schema_editor):
    """A role is a group of its name."""
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("crm", "0017_everything_is_audited")]

    operations = [
        migrations.AlterField("apikey", "role", models.CharField(choices=CHOICES, max_length=12)),
        migrations.RunPython(have_the_roles, migrations.RunPython.noop),
    ]
