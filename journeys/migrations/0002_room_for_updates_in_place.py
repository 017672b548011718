from django.db import migrations

# A session grows with every hit: room in its page keeps the update off the indexes (HOT).
FORWARD = "ALTER TABLE journeys_session SET (fillfactor = 80)"
BACK = "ALTER TABLE journeys_session RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
