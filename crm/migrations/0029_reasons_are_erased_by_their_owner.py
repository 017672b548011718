"""The application can only read and add to the audit log. Reasons name customers, and are erased with them: by a
function of the tables' owner, which does that alone, and notes that it did.

`pg_temp` last, or a temporary table of that name, with a trigger, would run as the owner.
"""

from django.db import migrations

ERASE = """
    DO $do$ BEGIN EXECUTE format($make$
        CREATE FUNCTION crm_erase_reasons(entries bigint[]) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $$
        DECLARE gone bigint[];
        BEGIN
            WITH erased AS (DELETE FROM crm_auditreason WHERE entry_id = ANY (entries) RETURNING entry_id)
            SELECT array_agg(entry_id ORDER BY entry_id) INTO gone FROM erased;
            IF gone IS NOT NULL THEN
                INSERT INTO crm_auditentry (at, act, actor, subject, detail)
                VALUES (now(), 'erased', '', 'The reasons of entries of this log', jsonb_build_object('entries', gone));
            END IF;
        END $$
    $make$, current_schema()); END $do$;
    REVOKE ALL ON FUNCTION crm_erase_reasons(bigint[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0028_what_is_too_old_goes")]

    operations = [migrations.RunSQL(ERASE, "DROP FUNCTION crm_erase_reasons(bigint[])")]
