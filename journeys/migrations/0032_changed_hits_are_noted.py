from django.db import migrations

NOTE_CHANGED = """
CREATE FUNCTION journeys_note_changed_hit() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO journeys_hitnote (day, interaction) VALUES ((OLD.occurred_at AT TIME ZONE 'UTC')::date, OLD.id);
    RETURN NULL;
END $body$
"""
NOTE_GONE = """
CREATE FUNCTION journeys_note_gone_hits() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO journeys_hitnote (day) SELECT DISTINCT (occurred_at AT TIME ZONE 'UTC')::date FROM gone;
    RETURN NULL;
END $body$
"""
NOTE_OWNER = """
CREATE FUNCTION journeys_note_owner() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO journeys_ownernote (identifier) VALUES (OLD.id);
    RETURN NULL;
END $body$
"""
STATEMENTS = [
    (NOTE_CHANGED, "DROP FUNCTION journeys_note_changed_hit()"),
    (NOTE_GONE, "DROP FUNCTION journeys_note_gone_hits()"),
    (NOTE_OWNER, "DROP FUNCTION journeys_note_owner()"),
    (
        "CREATE TRIGGER note_changed_hit AFTER UPDATE ON journeys_interaction FOR EACH ROW "
        "WHEN ((OLD.identifier_id, OLD.occurred_at, OLD.channel, OLD.kind, OLD.direction, OLD.data) IS DISTINCT FROM "
        "(NEW.identifier_id, NEW.occurred_at, NEW.channel, NEW.kind, NEW.direction, NEW.data)) "
        "EXECUTE FUNCTION journeys_note_changed_hit()",
        "DROP TRIGGER note_changed_hit ON journeys_interaction",
    ),
    (
        "CREATE TRIGGER note_gone_hits AFTER DELETE ON journeys_interaction REFERENCING OLD TABLE AS gone "
        "FOR EACH STATEMENT EXECUTE FUNCTION journeys_note_gone_hits()",
        "DROP TRIGGER note_gone_hits ON journeys_interaction",
    ),
    (
        "CREATE TRIGGER note_owner_shown AFTER UPDATE OF is_withheld ON crm_identifier FOR EACH ROW "
        "WHEN (OLD.is_withheld IS DISTINCT FROM NEW.is_withheld) EXECUTE FUNCTION journeys_note_owner()",
        "DROP TRIGGER note_owner_shown ON crm_identifier",
    ),
    (
        "CREATE TRIGGER note_owner_gone AFTER DELETE ON crm_identifier FOR EACH ROW "
        "EXECUTE FUNCTION journeys_note_owner()",
        "DROP TRIGGER note_owner_gone ON crm_identifier",
    ),
]


class Migration(migrations.Migration):
    """Whoever changes or removes interactions, or whose they are, need not know that they are packed."""

    dependencies = [("journeys", "0031_steps_are_packed_by_day"), ("crm", "0034_consents_come_by_spreadsheet")]

    operations = [migrations.RunSQL(forwards, backwards) for forwards, backwards in STATEMENTS]
