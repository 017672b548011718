import django.db.models.functions.comparison
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

PLAIN = models.Func(
    django.db.models.functions.text.Lower("names"), models.Value("\n-'’,."), models.Value("  "), function="translate"
)


def word(place):
    found = models.Func(PLAIN, models.Value(" "), models.Value(place), function="split_part")
    return django.db.models.functions.comparison.Collate(found, "C")


class Migration(migrations.Migration):
    """A GIN index brings all of a common name before the first: 20 ms and more of a million, while one types."""

    atomic = False  # built while others write

    dependencies = [("crm", "0004_names_searched_without_a_pending_list")]

    operations = [
        AddIndexConcurrently("searchname", models.Index(word(1), name="search_name_first_word")),
        AddIndexConcurrently("searchname", models.Index(word(-1), name="search_name_last_word")),
        RemoveIndexConcurrently("spelling", "token_by_beginning"),
    ]
