"""`manage.py erase_customer`: one customer erased, with a certificate."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crm.errors import ErasureRefused
from crm.identity.models import Customer
from crm.privacy.erasing.asking import answer, ask
from crm.privacy.erasing.carrying import carry_on
from crm.privacy.erasing.certifying import certificate

BITE = 5.0  # seconds


class Command(BaseCommand):
    help = "Erase a customer, everywhere. Prints the certificate as JSON. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", type=UUID, help="their id, as it stands in the address of their page")
        parser.add_argument("--reason", required=True, help="why; it is erased with them")
        parser.add_argument("--asked-by", required=True, help="the login of who asks")
        parser.add_argument("--checked-by", required=True, help="the login of a second person, who has checked it")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(identifiers__origin__public_id=options["customer"]).first()
        if customer is None:
            raise CommandError("no customer has this id")
        try:
            with transaction.atomic():
                erasure = ask(customer, named(options["asked_by"]), options["reason"])
                answer(erasure, named(options["checked_by"]), is_yes=True)
        except ErasureRefused as error:
            raise CommandError(str(error)) from None
        while erasure.is_under_way:
            carry_on(BITE, erasure)
        self.stdout.write(json.dumps(certificate(erasure), indent=2))


def named(login: str) -> User:
    user = User.objects.filter(username=login).first()
    if user is None:
        raise CommandError(f"nobody signs in as {login}")
    return user
