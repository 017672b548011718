"""Writing touchpoints: what was found becomes what there is, and nothing is written that is there already."""

from collections.abc import Collection, Sequence

from crm.sql import array, cursor, recordset
from journeys.attribution.groups import Grouping
from journeys.attribution.models import Touchpoint
from journeys.attribution.reading import Part
from journeys.attribution.touches import Touch

SWEPT = 10_000  # touchpoints that are looked at in one statement
# Of visits that were looked at whole, and of other interactions, what is no touch any more.
DROP_OF_VISITS = """
    DELETE FROM journeys_touchpoint t
    USING unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
        AS v (browser, identifier, first, last)
    WHERE t.identifier_id = v.identifier AND t.at BETWEEN v.first AND v.last AND t.channel = 'web'
      AND coalesce(t.via_id, t.identifier_id) = v.browser AND NOT t.interaction_id = ANY(%s::bigint[])
"""
DROP = """
    DELETE FROM journeys_touchpoint
    WHERE interaction_id = ANY(%s::bigint[]) AND NOT interaction_id = ANY(%s::bigint[])
"""
NAMES = (
    "identifier_id", "via_id", "interaction_id", "session", "at", "channel", "group_id", "source", "medium",
    "campaign", "keyword", "content", "click", "landing", "queue", "is_direct",
)  # fmt: skip
KEEP = """
    INSERT INTO journeys_touchpoint AS t (<names>)
    SELECT <names> FROM json_to_recordset(%s) AS n (
        identifier_id bigint, via_id bigint, interaction_id bigint, session bigint, at timestamptz, channel text,
        group_id bigint, source text, medium text, campaign text, keyword text, content text, click text, landing text,
        queue text, is_direct bool
    )
    ON CONFLICT (interaction_id) DO UPDATE SET (<names>) = (<excluded>)
    WHERE (<there>) IS DISTINCT FROM (<excluded>)
"""
for mark, before in (("<names>", ""), ("<excluded>", "excluded."), ("<there>", "t.")):
    KEEP = KEEP.replace(mark, ", ".join(f"{before}{name}" for name in NAMES))
SWEEP = """
    DELETE FROM journeys_touchpoint t WHERE t.id > %s AND t.id <= %s
      AND NOT EXISTS (SELECT 1 FROM journeys_interaction i WHERE i.id = t.interaction_id)
"""


def keep(touches: Sequence[Touch], visits: Sequence[Part], others: Collection[int], grouping: Grouping) -> None:
    """Have the touchpoints of these visits, and of these other interactions, be these touches."""
    kept = array(touch.interaction for touch in touches)
    with cursor() as sql:
        if visits:
            bounds = [(one.browser, one.identifier, one.first, one.last) for one in visits]
            sql.execute(DROP_OF_VISITS, [*(array(column) for column in zip(*bounds, strict=True)), kept])
        if others:
            sql.execute(DROP, [array(others), kept])
        if touches:
            sql.execute(KEEP.encode(), [recordset(" ".join(NAMES), (row_of(one, grouping) for one in touches))])


def row_of(touch: Touch, grouping: Grouping) -> tuple[object, ...]:
    is_by_itself = touch.via in (0, touch.identifier)
    return (
        touch.identifier, None if is_by_itself else touch.via, touch.interaction, touch.session or None, touch.at,
        touch.channel, grouping.number_of(touch), *touch.marks, touch.landing, touch.queue, touch.is_direct,
    )  # fmt: skip


def sweep() -> int:
    """Remove touchpoints whose interaction is gone; returns how many."""
    last = Touchpoint.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    gone = 0
    with cursor() as sql:
        for start in range(0, last, SWEPT):
            gone += sql.execute(SWEEP, [start, start + SWEPT]).rowcount
    return gone
