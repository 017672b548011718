"""WHO: one customer, provably. Importing it makes the Celery application the one that tasks belong to."""

from crm.celery import app as celery_application

__all__ = ["celery_application"]
