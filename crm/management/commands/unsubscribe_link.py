"""`manage.py unsubscribe_link`: the link and the headers that a mail carries, so that its reader can take back."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.errors import ConsentRefused
from crm.management.commands.erase_customer import named
from crm.privacy.purposes import standing
from crm.privacy.unsubscribing import MARKETING, link_for


class Command(BaseCommand):
    help = "Print the unsubscribe link and the headers for mails to an address, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the e-mail address")
        parser.add_argument("--asked-by", required=True, help="the login of who sends")
        parser.add_argument("--purpose", default=MARKETING, help="what is taken back (default marketing)")

    def handle(self, *args: Any, **options: Any) -> None:
        if standing().named(options["purpose"]) is None:
            raise CommandError(f"there is no purpose {options['purpose']}; they are listed on the page Consent")
        try:
            link = link_for(options["address"], named(options["asked_by"]), options["purpose"])
        except ConsentRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(json.dumps({"url": link.url, "headers": link.headers}, indent=2))
