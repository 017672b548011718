"""Triggers note what may change what ad platforms are told, while there is anybody to tell."""

from django.db import migrations

NOTE = """
    CREATE FUNCTION integrations_note_upload() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT 1 FROM integrations_destination WHERE removed_at IS NULL) THEN
            RETURN NULL;
        END IF;
        IF TG_ARGV[0] = 'conversion' THEN
            INSERT INTO integrations_uploadnote (kind, row_id)
            VALUES ('conversion', CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END);
        ELSIF TG_ARGV[0] = 'moved' THEN
            INSERT INTO integrations_uploadnote (kind, row_id)
            SELECT DISTINCT 'customer', side::bigint
            FROM jsonb_array_elements(NEW.moved) AS one, unnest(ARRAY[one ->> 1, one ->> 2]) AS side;
        ELSIF TG_ARGV[0] = 'lifted' THEN
            INSERT INTO integrations_uploadnote (kind, row_id)
            SELECT 'identifier', identifier_id FROM crm_restrictedidentifier WHERE restriction_id = NEW.id;
        ELSE
            INSERT INTO integrations_uploadnote (kind, row_id) VALUES ('identifier', NEW.identifier_id);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER uploads_conversion_came AFTER INSERT OR DELETE ON journeys_conversion
        FOR EACH ROW EXECUTE FUNCTION integrations_note_upload('conversion');
    CREATE TRIGGER uploads_conversion_changed AFTER UPDATE ON journeys_conversion
        FOR EACH ROW WHEN ((OLD.withdrawn_at, OLD.value, OLD.currency, OLD.identifier_id, OLD.at) IS DISTINCT FROM
            (NEW.withdrawn_at, NEW.value, NEW.currency, NEW.identifier_id, NEW.at))
        EXECUTE FUNCTION integrations_note_upload('conversion');
    CREATE TRIGGER uploads_click_came AFTER INSERT OR UPDATE ON journeys_touchpoint
        FOR EACH ROW WHEN (NEW.click <> '') EXECUTE FUNCTION integrations_note_upload('identifier');
    CREATE TRIGGER uploads_consent_came AFTER INSERT ON crm_consent
        FOR EACH ROW EXECUTE FUNCTION integrations_note_upload('identifier');
    CREATE TRIGGER uploads_identifiers_moved AFTER INSERT ON crm_identityevent
        FOR EACH ROW EXECUTE FUNCTION integrations_note_upload('moved');
    CREATE TRIGGER uploads_restricted AFTER INSERT ON crm_restrictedidentifier
        FOR EACH ROW EXECUTE FUNCTION integrations_note_upload('identifier');
    CREATE TRIGGER uploads_restriction_lifted AFTER UPDATE ON crm_restriction
        FOR EACH ROW WHEN (OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL)
        EXECUTE FUNCTION integrations_note_upload('lifted');
"""
TAKE_BACK = """
    DROP TRIGGER uploads_conversion_came ON journeys_conversion;
    DROP TRIGGER uploads_conversion_changed ON journeys_conversion;
    DROP TRIGGER uploads_click_came ON journeys_touchpoint;
    DROP TRIGGER uploads_consent_came ON crm_consent;
    DROP TRIGGER uploads_identifiers_moved ON crm_identityevent;
    DROP TRIGGER uploads_restricted ON crm_restrictedidentifier;
    DROP TRIGGER uploads_restriction_lifted ON crm_restriction;
    DROP FUNCTION integrations_note_upload();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0034_consents_come_by_spreadsheet"),
        ("integrations", "0010_conversions_are_uploaded"),
        ("journeys", "0028_conversions_are_agreed_on_the_phone"),
    ]

    operations = [migrations.RunSQL(NOTE, TAKE_BACK)]
