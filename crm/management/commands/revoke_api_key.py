"""`manage.py revoke_api_key`: refuse a key to the API from now on."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.privacy.models import ApiKey


class Command(BaseCommand):
    help = "Revoke a key to the API: whoever sends it is refused from then on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the key was called when it was made")
        parser.add_argument("--json", action="store_true", help="print one JSON object: name, role, revoked_at")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        key = ApiKey.objects.filter(name=name).first()
        if key is None:
            raise CommandError(f"there is no key called “{name}”; {known()}")
        was_revoked = key.revoked_at is not None
        at = key.revoke().isoformat(timespec="seconds")
        if options["json"]:
            self.stdout.write(json.dumps({"name": key.name, "role": key.role, "revoked_at": at}))
        elif was_revoked:
            self.stdout.write(f"“{key.name}” was revoked already, at {at}.")
        else:
            self.stdout.write(f"“{key.name}” is revoked: what is sent with it is refused from now on.")


def known() -> str:
    """Which keys could be meant."""
    names = ApiKey.objects.filter(revoked_at=None).values_list("name", flat=True)[:20]
    return f"these are in force: {', '.join(names)}" if names else "no key is in force; make one with add_api_key"
