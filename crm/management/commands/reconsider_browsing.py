"""`manage.py reconsider_browsing`: whose browsing is shown, of everybody anew, after THROUGHLINE_ASK_FIRST changed."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from crm.privacy.withholding import reconsider_all


class Command(BaseCommand):
    help = (
        "See of every customer whether their browsing may be shown; to be run once after THROUGHLINE_ASK_FIRST changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        last: int | None = 0
        while last is not None:
            with transaction.atomic():
                last = reconsider_all(last)
