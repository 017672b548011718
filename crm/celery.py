"""The Celery application: identity resolution and everything else that need not keep a person waiting."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("throughline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm.stack", "integrations.inbox", "crm", "journeys", "integrations"])
