"""Gathers the tasks of journeys' rooms, for Celery to find."""

from journeys.reviewing.tasks import rank_reviews

__all__ = ["rank_reviews"]
