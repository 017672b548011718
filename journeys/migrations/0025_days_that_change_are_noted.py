from django.db import migrations

NOTE = """
CREATE FUNCTION journeys_note_days() RETURNS trigger LANGUAGE plpgsql AS $body$
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
# Of everybody who is the same customer as an identifier: whether it may be counted has changed.
NOTE_CUSTOMER = """
CREATE FUNCTION journeys_note_customer_of(identifier bigint) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO journeys_staleday (day, what)
    SELECT DISTINCT (t.at AT TIME ZONE 'UTC')::date, 'touch'
    FROM crm_identifier me JOIN crm_identifier i ON i.customer_id = me.customer_id
    JOIN journeys_touchpoint t ON t.identifier_id = i.id WHERE me.id = identifier
    UNION ALL
    SELECT DISTINCT (c.at AT TIME ZONE 'UTC')::date, 'conversion'
    FROM crm_identifier me JOIN crm_identifier i ON i.customer_id = me.customer_id
    JOIN journeys_conversion c ON c.identifier_id = i.id WHERE me.id = identifier
$body$
"""
NOTE_WITHHELD = """
CREATE FUNCTION journeys_note_withheld() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM journeys_note_customer_of(NEW.id);
    RETURN NULL;
END $body$
"""
NOTE_RESTRICTED = """
CREATE FUNCTION journeys_note_restricted() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM journeys_note_customer_of(NEW.identifier_id);
    RETURN NULL;
END $body$
"""
NOTE_LIFTED = """
CREATE FUNCTION journeys_note_lifted() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM journeys_note_customer_of(identifier_id) FROM crm_restrictedidentifier WHERE restriction_id = NEW.id;
    RETURN NULL;
END $body$
"""
ON = {
    "INSERT": "REFERENCING NEW TABLE AS come",
    "UPDATE": "REFERENCING OLD TABLE AS gone NEW TABLE AS come",
    "DELETE": "REFERENCING OLD TABLE AS gone",
}
TABLES = {"touch": "journeys_touchpoint", "conversion": "journeys_conversion"}
OF_STATEMENTS = [
    (
        f"CREATE TRIGGER note_days_{event.lower()} AFTER {event} ON {table} {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION journeys_note_days('{what}')",
        f"DROP TRIGGER note_days_{event.lower()} ON {table}",
    )
    for what, table in TABLES.items()
    for event, rows in ON.items()
]
OF_ROWS = [
    (
        "CREATE TRIGGER note_withheld AFTER UPDATE OF is_withheld ON crm_identifier FOR EACH ROW "
        "WHEN (OLD.is_withheld IS DISTINCT FROM NEW.is_withheld) EXECUTE FUNCTION journeys_note_withheld()",
        "DROP TRIGGER note_withheld ON crm_identifier",
    ),
    (
        "CREATE TRIGGER note_restricted AFTER INSERT ON crm_restrictedidentifier FOR EACH ROW "
        "EXECUTE FUNCTION journeys_note_restricted()",
        "DROP TRIGGER note_restricted ON crm_restrictedidentifier",
    ),
    (
        "CREATE TRIGGER note_lifted AFTER UPDATE OF lifted_at ON crm_restriction FOR EACH ROW "
        "EXECUTE FUNCTION journeys_note_lifted()",
        "DROP TRIGGER note_lifted ON crm_restriction",
    ),
]
FUNCTIONS = [
    (NOTE, "DROP FUNCTION journeys_note_days()"),
    (NOTE_CUSTOMER, "DROP FUNCTION journeys_note_customer_of(bigint)"),
    (NOTE_WITHHELD, "DROP FUNCTION journeys_note_withheld()"),
    (NOTE_RESTRICTED, "DROP FUNCTION journeys_note_restricted()"),
    (NOTE_LIFTED, "DROP FUNCTION journeys_note_lifted()"),
]
WHAT_THERE_IS = [
    (
        f"INSERT INTO journeys_staleday (day, what) SELECT DISTINCT (at AT TIME ZONE 'UTC')::date, '{what}' FROM {table}",
        migrations.RunSQL.noop,
    )
    for what, table in TABLES.items()
]


class Migration(migrations.Migration):
    """Whoever changes touchpoints, conversions, or what may be counted, need not know that days are counted."""

    dependencies = [("journeys", "0024_attribution_is_counted_by_day"), ("crm", "0034_consents_come_by_spreadsheet")]

    operations = [
        migrations.RunSQL(forwards, backwards)
        for forwards, backwards in [*FUNCTIONS, *OF_STATEMENTS, *OF_ROWS, *WHAT_THERE_IS]
    ]
