"""`manage.py sweep`: the loop that drains what no hint announced."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from crm.stack.memory import settle
from integrations.inbox.sweeping import sweep


class Command(BaseCommand):
    help = "Drain, for ever, what no Celery message announced. `manage.py up` runs it."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        settle()
        sweep(stopping.is_set)
