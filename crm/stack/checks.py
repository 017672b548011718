"""What `manage.py check --deploy` says of the database and of mail."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning
from django.db import OperationalError, connection

from crm.sql import cursor
from crm.stack.owning import AUDIT

# A table's owner may give themselves what they have not; so may whoever can become the owner.
CAN_CHANGE = """
    SELECT coalesce(bool_or(has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE') OR pg_has_role(relowner, 'MEMBER')),
        false)
    FROM pg_class WHERE oid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS n (name))
"""


def the_audit_log_stands(**_: Any) -> list[CheckMessage]:
    """Warn when the application's role could change what the audit log says."""
    try:
        could = can_change()
    except OperationalError:
        return [UNKNOWN] if settings.DATABASE_URL else []
    finally:
        connection.close()
    return [CHANGEABLE] if could else []


def can_change() -> bool:
    with cursor() as sql:
        (could,) = sql.execute(CAN_CHANGE, [list(AUDIT)]).fetchone() or (False,)
    return bool(could)


def mail_is_set_up(**_: Any) -> list[CheckMessage]:
    """Say that no mail goes out: an installation may want none."""
    return [] if settings.EMAIL_URL else [NO_MAIL]


NO_MAIL = Info(
    "Mail that goes out is not set up, so nobody can have the account of each week mailed.",
    hint="Set THROUGHLINE_EMAIL_URL and THROUGHLINE_EMAIL_FROM (README, Settings).",
    id="throughline.I001",
)
CHANGEABLE = Warning(
    "The application's role in the database could change or remove what the audit log says.",
    hint="Have the tables owned by another role: set DATABASE_OWNER_URL for `manage.py migrate` alone "
    "(README, Running it in production).",
    id="throughline.W001",
)
UNKNOWN = Warning(
    "No database answers, so it cannot be said whether the application's role could change the audit log.",
    hint="Check DATABASE_URL.",
    id="throughline.W002",
)
