"""`manage.py replay_erasures`: after a backup was restored, erase again whoever was erased since it was made."""

from typing import Any

from django.core.management.base import BaseCommand

from crm.privacy.erasing.replaying import replay


class Command(BaseCommand):
    help = "After a restore, before any traffic: erase again whom the ledger names. `manage.py up` does it by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        found = replay()
        said = (
            f"{found:,} identifiers of erased people had come back, and are gone again."
            if found
            else "Nobody who was erased is back."
        )
        self.stdout.write(said)
