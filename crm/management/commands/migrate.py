"""`manage.py migrate`: as the owner of the tables, who then gives the application's role its rights."""

from typing import Any

from django.core.management.commands import migrate

from crm.stack import owning


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with owning.as_owner():
            super().handle(*args, **options)
            owning.grant()
