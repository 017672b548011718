"""`manage.py add_api_key`: make a key to the API and show it once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.privacy.models import ApiKey, Role
from crm.privacy.scopes import SCOPES
from crm.sources.models import Brand


class Command(BaseCommand):
    help = "Make a key to the API. It is shown this once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the key is for; unique")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the key may do")
        scopes = "; ".join(f"{scope}: {said}" for scope, said in SCOPES.items())
        parser.add_argument("--scope", action="append", default=[], choices=SCOPES, metavar="SCOPE",
                            help=f"limit the key to this; may be given again. {scopes}")  # fmt: skip
        parser.add_argument("--brand", action="append", default=[], metavar="WORD",
                            help="let it see the customers of this brand, too; may be given again")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object: name, role, key")

    def handle(self, *args: Any, **options: Any) -> None:
        name, role = options["name"].strip(), options["role"]
        if not 1 <= len(name) <= 80:
            raise CommandError("NAME has 1 to 80 characters")
        if ApiKey.objects.filter(name=name).exists():
            raise CommandError(f"there is a key called “{name}” already; choose another name")
        if role == Role.INTEGRATION and not options["scope"]:
            raise CommandError("an integration may do what its scopes say: give --scope, one or several times")
        if unknown := set(options["brand"]) - set(Brand.objects.values_list("word", flat=True)):
            raise CommandError(f"there is no brand {min(unknown)}; brands are made at /brands/")
        made, key = ApiKey.issue(name, role, options["scope"], options["brand"])
        if options["json"]:
            limits = {name: told for name in ("scopes", "brands") if (told := getattr(made, name))}
            self.stdout.write(json.dumps({"name": made.name, "role": role, "key": key, **limits}))
        else:
            self.stdout.write(f"{key}\nSend it as: Authorization: Bearer <key>. It will not be shown again.")
