"""Looking at a customer: they are read, and that somebody looked is written, in one statement."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from crm.identity.models import Customer
from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import entry_of, has_just_looked, is_alone, note_look, remember
from crm.reading import Reading, Statement, read

BY_PUBLIC_ID = "identifiers__origin__public_id"
COLUMNS = tuple(column.attname for column in Customer._meta.concrete_fields)
LOOK = """
    WITH seen AS MATERIALIZED ({customers}), noted AS (
        INSERT INTO crm_auditentry (at, act, actor, user_id, api_key_id, customer_id, subject, detail)
        SELECT now(), %s, %s, %s::integer, %s::bigint, seen.id, '', '{{}}' FROM seen{quietly}
    )
    SELECT * FROM seen
"""
QUIETLY = ", set_config('synchronous_commit', 'off', true)"  # waits for no disk where nothing else is committed


def look_or_404(customers: "QuerySet[Customer]", actor: Actor, **which: Any) -> Customer:
    """The one of these customers whom lookups find, looked at by somebody: written, unless they just did."""
    public_id = which.get(BY_PUBLIC_ID)
    if public_id is None or has_just_looked(actor, public_id):
        found = get_object_or_404(customers, **which)
        note_look(actor, found.pk)
    else:
        found = looked_at(customers.filter(**which), actor)
        remember(actor, found.pk)
        remember(actor, public_id)
    remember(actor, found.public_id)
    return found


def looked_at(customers: "QuerySet[Customer]", actor: Actor) -> Customer:
    """The one of these customers, and the look at them."""
    try:
        rows = read(looking(customers[:1], actor))
    except EmptyResultSet:  # none that they may see
        rows = []
    if not rows:
        raise Http404("There is no such customer.")
    return Customer.from_db("default", COLUMNS, rows[0])


def looking(customers: "QuerySet[Customer]", actor: Actor) -> Reading[list[tuple[Any, ...]]]:
    text, parameters = customers.query.sql_with_params()
    said = entry_of(actor, Act.LOOKED, None, "", {})
    who = (said["act"], said["actor"], said["user"], said["key"])
    statement = LOOK.format(customers=text, quietly=QUIETLY if is_alone() else "")
    [rows] = yield [Statement(statement, [*parameters, *who])]
    return rows
