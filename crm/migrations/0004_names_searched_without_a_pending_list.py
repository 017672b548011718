import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    """Every search reads a GIN index's pending list from end to end, up to 4 MB of it while names pour in."""

    dependencies = [("crm", "0003_tokens_found_by_their_beginning")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX search_name_document SET (fastupdate = off)",
                    "ALTER INDEX search_name_document SET (fastupdate = on)",
                ),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="searchname", name="search_name_document"),
                migrations.AddIndex(
                    model_name="searchname",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["document"], name="search_name_document"
                    ),
                ),
            ],
        ),
    ]
