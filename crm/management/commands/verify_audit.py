"""`manage.py verify_audit`: whether the audit log is as it was written."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.privacy.audit.sealing import check, seal


class Command(BaseCommand):
    help = "Check the audit log against its chain of hashes: what was changed, taken out or put in is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object: sealed, wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        while seal():
            pass
        found = check()
        if options["json"]:
            self.stdout.write(json.dumps(found._asdict()))
        if found.wrong:
            raise CommandError("the audit log was tampered with:\n" + "\n".join(found.wrong))
        if not options["json"]:
            self.stdout.write(f"{found.sealed:,} entries, every one as it was written.")
