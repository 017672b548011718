"""How many uploads of a destination are in which state, and what was answered last: of the latest, so it stays fast."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from crm.sql import cursor
from integrations.uploads.models import Destination, Upload, UploadAnswer

DAYS = 7
LOOKED_AT = 5_000  # uploads
COUNT = """
    SELECT state, CASE WHEN state IN ('left out', 'refused') THEN why ELSE '' END, count(*) FROM (
        SELECT state, why, created_at FROM integrations_upload WHERE destination_id = %s ORDER BY id DESC LIMIT %s
    ) AS latest WHERE created_at >= %s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


class Figures(NamedTuple):
    """Of the last days: how many by state, and for which reasons others were not told. is_bounded: there were more
    than were looked at.
    """

    waiting: int
    pending: int
    sent: int
    refused: int
    left_out: int
    unsure: int
    reasons: Sequence[tuple[str, str, int]]
    is_bounded: bool


class Shown(NamedTuple):
    """A destination with how it does."""

    destination: Destination
    figures: Figures
    last: UploadAnswer | None


def figures_of(destination: Destination, now: datetime) -> Figures:
    with cursor() as sql:
        rows = sql.execute(COUNT, [destination.pk, LOOKED_AT, now - timedelta(days=DAYS)]).fetchall()
    by_state: Counter[str] = Counter()
    for state, _, count in rows:
        by_state[state] += count
    state = Upload.State
    return Figures(
        by_state[state.WAITING], by_state[state.PENDING], by_state[state.SENT], by_state[state.REFUSED],
        by_state[state.LEFT_OUT],
        by_state[state.UNSURE] + by_state[state.FAILED],
        [(state, why, count) for state, why, count in rows if why], sum(by_state.values()) >= LOOKED_AT,
    )  # fmt: skip


def last_answer(destination: Destination) -> UploadAnswer | None:
    """What was answered about the latest upload that was sent."""
    latest = destination.uploads.filter(attempts__gt=0).order_by("-pk").values_list("pk", flat=True)[:1]
    return UploadAnswer.objects.filter(upload__in=list(latest)).first()


def shown(destinations: Sequence[Destination], now: datetime) -> list[Shown]:
    return [Shown(one, figures_of(one, now), last_answer(one)) for one in destinations]
