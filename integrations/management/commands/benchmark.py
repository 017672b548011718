"""`manage.py benchmark NAME`: measure Throughline on this machine, on a throw-away installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.stack.errors import StackError
from integrations.benchmarks import reporting
from integrations.benchmarks.registry import BENCHMARKS


class Command(BaseCommand):
    help = "Measure Throughline on this machine, on a throw-away data folder and database."

    def add_arguments(self, parser: CommandParser) -> None:
        subparsers = parser.add_subparsers(dest="benchmark", required=True, metavar="NAME")
        for name, benchmark in BENCHMARKS.items():
            told = (benchmark.__doc__ or "").partition("\n")[0]
            subparser = subparsers.add_parser(name, help=told, description=told)
            benchmark.add_arguments(subparser)
            subparser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["benchmark"]
        facts = reporting.machine()
        self.say(f"{name} on {facts['cpus']} x {facts['model']}, PostgreSQL {facts['postgres']}")
        try:
            figures = BENCHMARKS[name].run(options, self.say)
        except StackError as error:
            raise CommandError(str(error)) from error
        self.say("\n" + reporting.table(("figure", "measured"), figures.items()))
        if options["json"]:
            self.say(reporting.document(name, facts, figures))

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
