"""`manage.py up`: the whole running stack in the foreground."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.stack import running
from crm.stack.errors import StackError


class Command(BaseCommand):
    help = "Run database, web, worker, sweep and beat in the foreground, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port, default=8000, help="where the web part listens (default 8000)")
        parser.add_argument("--demo", action="store_true", help="load demonstration data, and make a login per role")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            running.up(options["port"], with_demo=options["demo"])
        except StackError as error:
            raise CommandError(str(error)) from error


def port(typed: str) -> int:
    """A port as it was typed. Raises ArgumentTypeError."""
    if not (typed.isascii() and typed.isdigit()) or int(typed) not in range(1, 65536):
        raise ArgumentTypeError(f"{typed} is no port; give a number from 1 to 65535")
    return int(typed)
