"""`find`: customers by whatever people have at hand: an address, a number in any notation, a reference, a name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from crm.privacy.access import brands_of, followable_customers, knows_customers, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.audit.noting import note_search
from crm.profile.portraits import Portrait, portraits, portraits_for
from crm.reading import Reading, Statement, both, read
from crm.search.matches import Match, Rank
from crm.search.models import LETTERS
from crm.search.named import matching_names
from crm.search.questions import PARTING, Question, understand
from crm.sources.models import Brand

LIMIT = 20
MOST = 200  # the most customers that one search finds
CONTACTS_SHOWN = 3
PSEUDONYM = re.compile(r"(?:customer\s+)?([0-9a-f]{8})", re.IGNORECASE)
TELLING_DIGITS = 7  # as many last digits as leave next to no doubt
MATCH_VALUES = """
    (SELECT %(exact)s::int, kind, value, customer_id FROM crm_identifier
     WHERE value = ANY(%(values)s::text[]) AND kind IN ('email', 'phone', 'login', 'record', 'handle') LIMIT %(most)s)
    UNION ALL
    (SELECT %(beginning)s::int, b.kind, b.value, b.customer_id FROM unnest(%(beginnings)s::text[]) AS t (text)
     CROSS JOIN LATERAL (
         SELECT kind, value, customer_id FROM crm_identifier
         WHERE value ~>=~ t.text AND value ~<~ (t.text || U&'\\+10FFFF')
           AND kind IN ('email', 'phone', 'login', 'record', 'handle')
         ORDER BY value USING ~<~ LIMIT %(most)s
     ) AS b)
    UNION ALL
    (SELECT CASE WHEN r.bare = %(reference)s THEN %(exact)s::int ELSE %(beginning)s::int END,
            r.kind, r.value, i.customer_id
     FROM (
         SELECT kind, value, identifier_id, BARE AS bare FROM crm_reference
         WHERE %(reference)s::text <> '' AND BARE COLLATE "C" >= %(reference)s::text
           AND BARE COLLATE "C" < (%(reference)s::text || U&'\\+10FFFF')
         ORDER BY BARE COLLATE "C" LIMIT %(most)s
     ) AS r JOIN crm_identifier i ON i.id = r.identifier_id)
    UNION ALL
    (SELECT %(beginning)s::int, r.kind, r.value, i.customer_id
     FROM (
         SELECT kind, value, identifier_id FROM crm_reference
         WHERE %(number)s::text <> '' AND NUMBER COLLATE "C" >= %(number)s::text
           AND NUMBER COLLATE "C" < (%(number)s::text || ':')
         ORDER BY NUMBER COLLATE "C" LIMIT %(most)s
     ) AS r JOIN crm_identifier i ON i.id = r.identifier_id)
    UNION ALL
    (SELECT %(tail_rank)s::int, kind, value, customer_id FROM crm_identifier
     WHERE %(tail)s::text <> '' AND kind = 'phone'
     AND reverse(value) COLLATE "C" >= %(tail)s::text AND reverse(value) COLLATE "C" < (%(tail)s::text || ':')
     ORDER BY reverse(value) COLLATE "C" LIMIT %(most)s)
""".replace("NUMBER", f"ltrim(BARE, '{LETTERS}')").replace("BARE", f"translate(value, '{PARTING}', '')")


@dataclass(frozen=True, slots=True)
class Found:
    """A customer that a search found. matched: (kind, text) of what it was found by. contact: the first few."""

    customer_id: int
    public_id: UUID
    name: str
    matched: tuple[str, str]
    contact: list[str]
    portrait: Portrait


def find(query: str, actor: Actor, limit: int = LIMIT) -> list[Found]:
    """The customers that a text may mean, best first: exact before beginnings before misspellings.

    The work is bounded whatever is asked: few statements, each through an index and with a limit. Of more than
    `limit` equally good ones (John Smith), some are found; a second word or a number narrows it down.
    """
    limit = min(limit, MOST)
    if not knows_customers(actor) and (number := PSEUDONYM.fullmatch(query.strip())):
        return numbered(number[1], actor, limit)
    question = understand(query, settings.COUNTRY)
    if question is None or limit < 1:
        return []
    looked_at = MOST if brands_of(actor) is not None and Brand.objects.exists() else limit  # some are behind a wall
    with transaction.atomic():
        found = seen(best_of_each(read(matching(question, looked_at))), actor, limit)
    note_search(actor, [one.customer_id for one in found])
    return found


def numbered(number: str, actor: Actor, limit: int) -> list[Found]:
    """The customers whose pseudonym has this number, for somebody who may not know who they are."""
    low, high = f"{number}{'0' * 24}", f"{number}{'f' * 24}"
    followed = followable_customers(actor).filter(identifiers__origin__public_id__range=(low, high))
    shown = portraits_for(actor, followed.values_list("pk", flat=True).distinct()[:limit])
    note_search(actor, list(shown))
    return [Found(one.customer_id, one.public_id, one.name, ("number", number), [], one) for one in shown.values()]


def matching(question: Question, limit: int) -> Reading[list[Match]]:
    """Everything that matches, in any order."""
    values, names = matching_values(question, limit), matching_names(question.tokens, min(limit, LIMIT))
    _, (by_value, by_name) = yield from both(through_indexes(), both(values, names))
    return [*by_value, *by_name]


def through_indexes() -> Reading[None]:
    """Statistics of a table that grows lag behind; a plan that reads all of it is never right here."""
    yield [Statement("SELECT set_config('enable_seqscan', 'off', true)", ())]


def matching_values(question: Question, limit: int) -> Reading[list[Match]]:
    """Identifiers and references that are, begin or end as asked."""
    asked = {
        "values": list(question.values),
        "beginnings": list(question.beginnings),
        "reference": question.reference,
        "number": question.number,
        "tail": question.tail,
        "tail_rank": int(Rank.NAME if len(question.tail) >= TELLING_DIGITS else Rank.END),
        "exact": int(Rank.EXACT),
        "beginning": int(Rank.BEGINNING),
        "most": limit,
    }
    [rows] = yield [Statement(MATCH_VALUES, asked)]
    return [Match((rank, len(text)), kind, text, customer) for rank, kind, text, customer in rows]


def best_of_each(matches: Iterable[Match]) -> list[Match]:
    """The best match of each customer, best first."""
    best: dict[int, Match] = {}
    for match in sorted(matches):
        best.setdefault(match.customer_id, match)
    return list(best.values())


def seen(matches: list[Match], actor: Actor, limit: int) -> list[Found]:
    """The first matches whose customer the actor may see, with what shows of each."""
    asked_for = [match.customer_id for match in matches[: max(MOST, limit * 3)]]
    visible = set(visible_customers(actor).filter(pk__in=asked_for).values_list("pk", flat=True))
    shown = [match for match in matches if match.customer_id in visible][:limit]
    portrayed = portraits([match.customer_id for match in shown])
    found = []
    for match in shown:
        if portrait := portrayed.get(match.customer_id):
            contact = [value for _, value in portrait.contacts[:CONTACTS_SHOWN]]
            matched = match.kind, match.text
            found.append(Found(match.customer_id, portrait.public_id, portrait.name, matched, contact, portrait))
    return found
