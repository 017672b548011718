"""Finding calls: by what was said, and by when, who, how and what came of it. Keyset pages, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crm.sql import array, cursor
from journeys.interactions.models import Interaction
from journeys.interactions.words import EVERY_WORD
from journeys.listening.models import Conversation, Segment
from journeys.listening.moods import HIGH, LOW
from journeys.listening.taking import LANGUAGE
from journeys.timeline.lanes import pattern

PAGE = 25
MOST_HITS = 3  # of a call
MOODS = {
    "annoyed": Q(mood__lt=LOW),
    "neutral": Q(mood__gte=LOW, mood__lte=HIGH),
    "content": Q(mood__gt=HIGH),
}
MARK = "\x02", "\x03"  # around a word that was found
# A segment need not have every word that its call has; what must not be there stays a condition.
HITS = """
    WITH asked AS (
        SELECT q, CASE WHEN q::text LIKE '%%!%%' THEN q ELSE replace(q::text, '&', '|')::tsquery END AS any_of
        FROM (SELECT websearch_to_tsquery('english', %(words)s) AS q) AS o
    )
    SELECT t.conversation_id, s.starts_ms, s.speaker, ts_headline('english', s.text, any_of, %(options)s)
    FROM asked, journeys_transcript t JOIN journeys_segment s ON s.transcript_id = t.id
    WHERE t.conversation_id = ANY(%(ids)s::bigint[]) AND t.is_current AND to_tsvector('english', s.text) @@ any_of
    ORDER BY t.conversation_id, ts_rank(to_tsvector('english', s.text), any_of) DESC, s.position
"""
NAMES = """
    WITH RECURSIVE named AS (
        (SELECT {column} AS name FROM journeys_conversation ORDER BY {column} LIMIT 1)
        UNION ALL
        SELECT (SELECT c.{column} FROM journeys_conversation c WHERE c.{column} > named.name
                ORDER BY c.{column} LIMIT 1)
        FROM named WHERE named.name IS NOT NULL
    )
    SELECT name FROM named WHERE name ILIKE %s
"""
OPTIONS = f"StartSel={MARK[0]}, StopSel={MARK[1]}, MaxWords=22, MinWords=10, MaxFragments=1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What calls are looked for. before: the place (at, id) that a page begins at. after, older: since and until as
    moments. hidden: a regular expression of what makes that no words find a call.
    """

    words: str = ""
    since: date | None = None
    until: date | None = None
    agent: str = ""
    queue: str = ""
    mood: str = ""
    outcome: str = ""
    is_recorded: bool = False
    before: tuple[datetime, int] | None = None
    after: datetime | None = None
    older: datetime | None = None
    hidden: str = ""
    limit: int = PAGE


class Hit(NamedTuple):
    """Where in a call something was found. text: with MARK around the words."""

    starts_ms: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of calls. next: the place where the next one begins, None at the end."""

    calls: list[Conversation]
    hits: dict[int, list[Hit]] = field(default_factory=dict)
    next: tuple[datetime, int] | None = None


def find(asked: Asked) -> Found:
    """A page of the calls that are asked for."""
    rows = list(chosen(asked).order_by("-at", "-id")[: asked.limit + 1])
    calls = rows[: asked.limit]
    following = (calls[-1].at, calls[-1].pk) if len(rows) > asked.limit else None
    return Found(calls, hits([one.pk for one in calls], asked.words), following)


def chosen(asked: Asked) -> QuerySet[Conversation]:
    found = in_time(Conversation.objects.defer("words"), asked)
    if asked.before:
        at, number = asked.before
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=number), at__lte=at)
    if asked.words:
        found = found.filter(words=SearchQuery(asked.words, config=LANGUAGE, search_type="websearch"))
        found = found.exclude(speaks_of(asked.hidden)) if asked.hidden else found
    if asked.is_recorded:
        found = found.filter(has_recording=True)
    return said_of(found, asked)


def speaks_of(hidden: str) -> Q:
    """Whether a call's transcript, or the interaction itself, tells of what this regular expression finds."""
    said = Segment.objects.filter(
        transcript__conversation=OuterRef("pk"), transcript__is_current=True, text__iregex=hidden
    )
    told = Interaction.objects.annotate(all=EVERY_WORD).filter(pk=OuterRef("interaction_id"), all__iregex=hidden)
    return Q(Exists(said)) | Q(Exists(told))


def in_time(found: QuerySet[Conversation], asked: Asked) -> QuerySet[Conversation]:
    """Those of the days, and between the moments, that are asked for."""
    starts = [one for one in (asked.since and midnight(asked.since), asked.after) if one]
    ends = [one for one in (asked.until and midnight(asked.until + timedelta(days=1)), asked.older) if one]
    for start in starts:
        found = found.filter(at__gte=start)
    for end in ends:
        found = found.filter(at__lt=end)
    return found


def said_of(found: QuerySet[Conversation], asked: Asked) -> QuerySet[Conversation]:
    """Those of an agent, a queue, a mood, an outcome."""
    for name in ("agent", "queue"):
        if value := getattr(asked, name):
            found = found.filter(**{f"{name}__in": names_with(name, value)})
    if asked.mood:
        found = found.filter(MOODS[asked.mood])
    return found.filter(outcome=asked.outcome) if asked.outcome else found


def names_with(column: str, part: str) -> list[str]:
    """The names of agents or queues that have a part in them, in any case. There are few names and many calls, so that
    an index is walked from one name to the next: every call was looked at before, 411 ms of 300,000.
    """
    with cursor() as sql:
        named = sql.execute(NAMES.format(column=column), [pattern(part)])
        return [name for (name,) in named]


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def hits(calls: Sequence[int], words: str) -> dict[int, list[Hit]]:
    """Where in these calls (ids) the words were said, the best of each first."""
    if not words or not calls:
        return {}
    found: dict[int, list[Hit]] = {}
    with cursor() as sql:
        for call, *hit in sql.execute(HITS, {"words": words, "ids": array(calls), "options": OPTIONS}):
            if len(found.setdefault(call, [])) < MOST_HITS:
                found[call].append(Hit(*hit))
    return found
