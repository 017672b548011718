"""Triggers note that a call ended, or that a conversion began or ceased to count, while there is anybody to tell."""

from django.db import migrations

NOTE = """
    CREATE FUNCTION integrations_note_happening() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM integrations_endpoint WHERE removed_at IS NULL) THEN
            INSERT INTO integrations_happening (kind, row_id, was) VALUES (TG_ARGV[0], NEW.id, TG_ARGV[1]::boolean);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER webhooks_call_came_ended AFTER INSERT ON journeys_call
        FOR EACH ROW WHEN (NEW.state = 'ended') EXECUTE FUNCTION integrations_note_happening('call', 'false');
    CREATE TRIGGER webhooks_call_ended AFTER UPDATE ON journeys_call
        FOR EACH ROW WHEN (NEW.state = 'ended' AND OLD.state <> 'ended')
        EXECUTE FUNCTION integrations_note_happening('call', 'false');
    CREATE TRIGGER webhooks_conversion_came AFTER INSERT ON journeys_conversion
        FOR EACH ROW EXECUTE FUNCTION integrations_note_happening('conversion', 'false');
    CREATE TRIGGER webhooks_conversion_counts AFTER UPDATE ON journeys_conversion
        FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL)
        EXECUTE FUNCTION integrations_note_happening('conversion', 'false');
    CREATE TRIGGER webhooks_conversion_withdrawn AFTER UPDATE ON journeys_conversion
        FOR EACH ROW WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
        EXECUTE FUNCTION integrations_note_happening('conversion', 'true');
"""
TAKE_BACK = """
    DROP TRIGGER webhooks_call_came_ended ON journeys_call;
    DROP TRIGGER webhooks_call_ended ON journeys_call;
    DROP TRIGGER webhooks_conversion_came ON journeys_conversion;
    DROP TRIGGER webhooks_conversion_counts ON journeys_conversion;
    DROP TRIGGER webhooks_conversion_withdrawn ON journeys_conversion;
    DROP FUNCTION integrations_note_happening();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0007_businesses_are_told"),
        ("journeys", "0022_files_are_taken_out"),
    ]

    operations = [migrations.RunSQL(NOTE, TAKE_BACK)]
