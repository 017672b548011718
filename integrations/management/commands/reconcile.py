"""`manage.py reconcile`: sent = recorded + duplicates + failed + rejected (+ pending), per source."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.inbox.reconciling import Balance, balances

COLUMNS = ("sent", "recorded", "duplicates", "failed", "rejected", "pending", "difference")


class Command(BaseCommand):
    help = "Account for every event that was sent, by source; exits 1 when one is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = balances()
        if options["json"]:
            self.stdout.write(json.dumps({"sources": [described(balance) for balance in found]}))
        else:
            self.stdout.write("".join(f"{title:>12}" for title in ("source", *COLUMNS)))
            for balance in found:
                self.stdout.write(
                    f"{balance.name:>12}" + "".join(f"{getattr(balance, title):>12}" for title in COLUMNS)
                )
        if any(balance.difference for balance in found):
            sys.exit(1)


def described(balance: Balance) -> dict[str, object]:
    return asdict(balance) | {"sent": balance.sent, "difference": balance.difference}
