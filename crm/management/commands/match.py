"""`manage.py match`: the whole pass by hand."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.errors import ThroughlineError
from crm.matching import approving, passing
from crm.matching.models import Run


class Command(BaseCommand):
    help = (
        "Match all customers anew, and publish what would change: new links, links to withdraw, customers affected. "
        "A small change is applied at once, a larger one waits for an admin's yes. A pass that was left unfinished is "
        "finished first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing; keep the figures and some examples")
        parser.add_argument("--backend", choices=["duckdb", "spark"], default="duckdb", help="where pairs are scored")
        parser.add_argument("--train", action="store_true", help="train the model anew, however old it is")
        parser.add_argument("--yes", action="store_true", help="apply it, however many customers change")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--approve", type=int, metavar="RUN", help="say yes to a run that waits, and apply it")
        instead.add_argument("--reject", type=int, metavar="RUN", help="say no to a run that waits")
        instead.add_argument("--finish", action="store_true", help="only finish what was left unfinished")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self.carried_out(options)
        except ThroughlineError as error:
            raise CommandError(str(error)) from error
        if run is None:
            self.say("nothing was left unfinished")
            return
        run.refresh_from_db()
        for name, figure in run.figures.items():
            self.say(f"{name:<18}  {figure if isinstance(figure, str) else format(figure, ',')}")
        self.say(f"run {run.pk}: {run.get_state_display()}{remedy(run)}")
        if options["json"]:
            self.say(json.dumps({"run": run.pk, "state": run.state, **run.figures}))

    def carried_out(self, options: dict[str, Any]) -> Run | None:
        if options["reject"]:
            return approving.reject(options["reject"], None)
        if options["approve"]:
            approving.approve(options["approve"], None)
        if options["approve"] or options["finish"]:
            return passing.finish(self.say)
        asked = passing.Asked(options["dry_run"], options["backend"], options["train"], options["yes"])
        return passing.match(asked, self.say)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def remedy(run: Run) -> str:
    """What to do next."""
    if run.state != Run.State.WAITING:
        return ""
    return f"; look at /matching/{run.pk}/, then: manage.py match --approve {run.pk} (or --reject {run.pk})"
