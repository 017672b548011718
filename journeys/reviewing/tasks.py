"""The queue's Celery task, which the beat sends every ten minutes."""

from celery import shared_task
from django.utils import timezone

from journeys.reviewing.ranking import rank


@shared_task(name="journeys.reviewing.rank", ignore_result=True)
def rank_reviews() -> None:
    """Sort the queue anew by what goes on with the customers."""
    rank(timezone.now())
