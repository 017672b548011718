"""The Celery application: identity resolution and everything else that need not keep a person waiting."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_process_init
from django.db import connections

from crm.stack.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("throughline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["crm.stack", "crm.matching", "crm.privacy.retaining", "integrations.inbox", "crm", "journeys", "integrations"]
)


@worker_process_init.connect
def settle_memory(**_: Any) -> None:
    """Set up a process that will run tasks: it keeps its database connection from one to the next."""
    for database in connections.settings.values():
        database["CONN_MAX_AGE"] = None
    settle()


@worker_init.connect
def listen_for_messages(**_: Any) -> None:
    """Have the embedded broker wake this worker. Only a worker: a sender would never read what it is told."""
    if app.conf.broker_url.startswith("pgmq"):
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, "use_notify": True}
