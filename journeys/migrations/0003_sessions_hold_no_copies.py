from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_room_for_updates_in_place")]
    operations = [migrations.RemoveField("session", "data")]
