"""`manage.py rotate_secrets`: seal what is secret in the database with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.errors import Unopened
from crm.privacy.rotating import rotate


class Command(BaseCommand):
    help = "Seal every secret anew, with the first key of THROUGHLINE_ENCRYPTION_KEYS; after that the others can go."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = rotate()
        except Unopened as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rows} sealed with the newest key; the others are needed by backups only")
