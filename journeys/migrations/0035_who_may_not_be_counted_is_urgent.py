from django.db import migrations, models

NOTE = """
CREATE OR REPLACE FUNCTION journeys_note_days() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    urgent boolean := coalesce(current_setting('throughline.erasing', true), '') = 'on';
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO journeys_staleday (day, what, is_urgent)
        SELECT DISTINCT (at AT TIME ZONE 'UTC')::date, TG_ARGV[0], urgent FROM gone;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO journeys_staleday (day, what, is_urgent)
        SELECT DISTINCT (at AT TIME ZONE 'UTC')::date, TG_ARGV[0], urgent FROM come;
    END IF;
    RETURN NULL;
END $body$
"""
NOTE_CUSTOMER = """
CREATE OR REPLACE FUNCTION journeys_note_customer_of(identifier bigint) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO journeys_staleday (day, what, is_urgent)
    SELECT DISTINCT (t.at AT TIME ZONE 'UTC')::date, 'touch', true
    FROM crm_identifier me JOIN crm_identifier i ON i.customer_id = me.customer_id
    JOIN journeys_touchpoint t ON t.identifier_id = i.id WHERE me.id = identifier
    UNION ALL
    SELECT DISTINCT (c.at AT TIME ZONE 'UTC')::date, 'conversion', true
    FROM crm_identifier me JOIN crm_identifier i ON i.customer_id = me.customer_id
    JOIN journeys_conversion c ON c.identifier_id = i.id WHERE me.id = identifier
$body$
"""
# As 0025 made them.
NOTE_BEFORE = """
CREATE OR REPLACE FUNCTION journeys_note_days() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO journeys_staleday (day, what)
        SELECT DISTINCT (at AT TIME ZONE 'UTC')::date, TG_ARGV[0] FROM gone;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO journeys_staleday (day, what)
        SELECT DISTINCT (at AT TIME ZONE 'UTC')::date, TG_ARGV[0] FROM come;
    END IF;
    RETURN NULL;
END $body$
"""
NOTE_CUSTOMER_BEFORE = NOTE_CUSTOMER.replace(", is_urgent)", ")").replace(", true", "")


class Migration(migrations.Migration):
    """What is counted of somebody who may not be counted any more is not to stand for hours."""

    dependencies = [("journeys", "0034_weeks_are_mailed")]

    operations = [
        migrations.AddField("staleday", "is_urgent", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("countedday", "is_urgent", models.BooleanField(default=False, db_default=False)),
        migrations.RunSQL(NOTE, NOTE_BEFORE),
        migrations.RunSQL(NOTE_CUSTOMER, NOTE_CUSTOMER_BEFORE),
    ]
