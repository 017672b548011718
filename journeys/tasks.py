"""Gathers the tasks of journeys' rooms, for Celery to find."""

from journeys.listening.tasks import listen
from journeys.reviewing.tasks import rank_reviews

__all__ = ["listen", "rank_reviews"]
