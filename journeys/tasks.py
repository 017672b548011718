"""Gathers the tasks of journeys' rooms, for Celery to find."""

from journeys.attribution.tasks import count_attribution, derive_touchpoints
from journeys.explore.tasks import extract
from journeys.listening.tasks import listen
from journeys.morning.tasks import count_mornings, send_mails
from journeys.paths.tasks import pack_paths
from journeys.reviewing.tasks import rank_reviews
from journeys.segments.tasks import keep_segments

__all__ = [
    "count_attribution",
    "count_mornings",
    "derive_touchpoints",
    "extract",
    "keep_segments",
    "listen",
    "pack_paths",
    "rank_reviews",
    "send_mails",
]
