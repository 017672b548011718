"""Which calls the rules of disclosure hide from somebody: those that speak of a topic which is hidden from them."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.db.models import prefetch_related_objects

from crm.privacy.access import roles_of
from crm.privacy.actors import Actor
from crm.privacy.disclosure import Tact, disclosing
from crm.reading import read
from crm.sql import array, cursor
from journeys.customers.tact import is_hidden
from journeys.listening.finding import Asked, Found, find
from journeys.listening.models import Conversation

SAID = """
    SELECT t.conversation_id, string_agg(s.text, E'\\n' ORDER BY s.position)
    FROM journeys_transcript t JOIN journeys_segment s ON s.transcript_id = t.id
    WHERE t.is_current AND t.conversation_id = ANY(%s::bigint[]) GROUP BY 1
"""


def open_to(actor: Actor, calls: Iterable[Conversation]) -> list[Conversation]:
    """Those of the calls that may be read and heard by somebody: not one word of the others reaches them."""
    known, tact = list(calls), read(disclosing(roles_of(actor)))
    prefetch_related_objects(known, "interaction")
    spoken = spoken_of([one.pk for one in known], tact)
    return [one for one in known if one.pk not in spoken and not is_hidden(one.interaction, tact)]


def search(asked: Asked, actor: Actor) -> Found:
    """A page of the calls that are asked for, as somebody may find them: no word leads to what is hidden from them."""
    return find(replace(asked, hidden=read(disclosing(roles_of(actor))).unsearchable) if asked.words else asked)


def spoken_of(calls: Collection[int], tact: Tact) -> set[int]:
    """Those of the calls (ids) whose transcript tells of a hidden topic."""
    with cursor() as sql:
        return {call for call, text in sql.execute(SAID, [array(calls)]) if tact.hides(text)}
