from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Func, Value
from django.db.models.functions import Collate

BARE = Func("value", Value(" -/.#_"), Value(""), function="translate")
NUMBER = Func(BARE, Value("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), function="ltrim")


class Migration(migrations.Migration):
    """NS-12988 is found as NS12988, and as 12988."""

    atomic = False  # concurrently: orders come in all the while
    dependencies = [("crm", "0036_names_that_people_read")]

    operations = [
        AddIndexConcurrently("reference", models.Index(Collate(BARE, "C"), name="reference_bare")),
        AddIndexConcurrently("reference", models.Index(Collate(NUMBER, "C"), name="reference_number")),
        RemoveIndexConcurrently("reference", "reference_value_prefix"),
    ]
