"""Erasing interactions that arrive in parts: their last parts name nobody, and come late."""

from collections.abc import Collection

from django.utils import timezone

from crm.identity.resolving import lock
from crm.privacy.erasing.suppressing import hash_of, suppress
from crm.sql import cursor, recordset
from journeys.interactions.claiming import lock_of
from journeys.interactions.models import Part
from journeys.interactions.suppressing import key_of_call

FORGET = """
    DELETE FROM journeys_part p USING json_to_recordset(%s) AS n (source bigint, key text)
    WHERE p.key = n.key AND p.source_id = n.source
"""


def forget_parts(parts: Collection[int], _erased: Collection[int]) -> None:
    """Delete every part of the interactions that these (ids) belong to; no other part of theirs is kept any more."""
    wholes = sorted(set(Part.objects.filter(pk__in=parts).values_list("source_id", "key")))
    lock(lock_of(source, key) for source, key in wholes)
    suppress([hash_of(key_of_call(source, key)) for source, key in wholes], timezone.now())
    with cursor() as sql:
        sql.execute(FORGET, [recordset("source key", wholes)])
