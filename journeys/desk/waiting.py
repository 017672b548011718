"""What waits on somebody's desk, for the navigation of every page, and how they work: a template tag (settings:
builtins).
"""

from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest

from crm.reading import Reading, Statement, read
from journeys.calls.models import Agent

register = template.Library()
MOST = 99
READ = """
    SELECT
        (SELECT count(*) FROM (
            (SELECT 1 FROM journeys_task WHERE owner_id = %(user)s AND due_at <= now() AND done_at IS NULL
             AND withdrawn_at IS NULL LIMIT %(most)s)
            UNION ALL
            (SELECT 1 FROM journeys_mention WHERE user_id = %(user)s AND seen_at IS NULL LIMIT %(most)s)
        ) AS n),
        coalesce((SELECT has_single_keys FROM journeys_habit WHERE user_id = %(user)s), true),
        (SELECT presence FROM journeys_agent WHERE user_id = %(user)s)
"""


class AtDesk(NamedTuple):
    """due: how many tasks and mentions wait. has_single_keys: whether letters are shortcuts. presence: of somebody who
    answers calls.
    """

    due: int = 0
    has_single_keys: bool = True
    presence: Agent.Presence | None = None


@register.simple_tag
def at_desk(request: HttpRequest) -> AtDesk:
    """What waits for whoever a page is shown to, in one statement for a page."""
    known: AtDesk | None = getattr(request, "at_desk", None)
    if known is None:
        known = read(waiting(request.user.pk)) if request.user.is_authenticated else AtDesk()
        kept: Any = request
        kept.at_desk = known
    return known


def waiting(user_id: int) -> Reading[AtDesk]:
    [[(due, has_keys, presence)]] = yield [Statement(READ, {"user": user_id, "most": MOST})]
    return AtDesk(min(due, MOST), has_keys, Agent.Presence(presence) if presence else None)
