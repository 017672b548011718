"""`manage.py export_customer`: everything held on one customer, in one file."""

import json
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crm.errors import ExportRefused
from crm.identity.models import Customer
from crm.management.commands.erase_customer import named
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.exporting.asking import answer, ask, drop_file, said
from crm.privacy.exporting.making import make
from crm.privacy.exporting.models import Export


class Command(BaseCommand):
    help = "Write everything held on a customer into one zip. Prints how many rows of each kind, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", type=UUID, help="their id, as it stands in the address of their page")
        parser.add_argument("--reason", required=True, help="why, such as the request and its date")
        parser.add_argument("--asked-by", required=True, help="the login of who asks")
        parser.add_argument("--checked-by", required=True, help="the login of a second person, who checks it")
        parser.add_argument("--to", required=True, type=Path, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(identifiers__origin__public_id=options["customer"]).first()
        if customer is None:
            raise CommandError("no customer has this id")
        asked_by, checked_by = named(options["asked_by"]), named(options["checked_by"])
        if asked_by == checked_by:
            raise CommandError("somebody else than who asked has to check it")
        try:
            export = ask(customer, asked_by, options["reason"])
            make(export)
            answer(export, checked_by, is_yes=True)
        except ExportRefused as error:
            raise CommandError(str(error)) from None
        hand_out(export, options["to"])
        self.stdout.write(json.dumps({"export": str(export.public_id), "rows": export.counts}, indent=2))


def hand_out(export: Export, target: Path) -> None:
    """Copy the file to where it is wanted; ours is done with."""
    with default_storage.open(export.file_name) as file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy)
    with transaction.atomic():
        drop_file(export)
        export.state, export.expires_at = Export.State.EXPIRED, None
        export.save()
        note(export.checked_by, Act.EXPORTED, customer=export.customer_id, subject=said(export, "written to a file"))
