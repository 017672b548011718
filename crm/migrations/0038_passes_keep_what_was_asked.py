from django.db import migrations, models


class Migration(migrations.Migration):
    """A pass that is begun anew after a kill trains, and needs no yes, where that was asked of it."""

    dependencies = [("crm", "0037_references_are_found_without_their_dashes")]

    operations = [
        migrations.AddField(
            "run",
            "must_train",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="A model is trained for it, however old the current one is.",
            ),
        ),
        migrations.AddField(
            "run",
            "is_agreed",
            models.BooleanField(
                db_default=False, default=False, help_text="It is applied, however many customers change."
            ),
        ),
    ]
