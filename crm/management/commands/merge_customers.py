"""`manage.py merge_customers`: merge what a spreadsheet names, as the page does."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.batches import running
from crm.batches.models import Batch
from crm.batches.preparing import prepare
from crm.batches.reading import read
from crm.errors import BatchRefused

MOST_TOLD = 200  # refused lines that are named one by one; the result file has all


class Command(BaseCommand):
    help = "Merge the customers that a spreadsheet (CSV) names: customer_a,customer_b, or group,customer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what each line would do, and do nothing")
        parser.add_argument("--note", default="", help="why; kept in the log")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = prepared(options["file"], options["note"])
        running.finish(batch)
        if options["dry_run"]:
            running.drop(batch)
        else:
            running.start(batch)
            running.finish(batch, self.progress)
        self.tell(batch, is_dry=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(figures(batch)))

    def progress(self, batch: Batch) -> None:
        if batch.is_under_way:
            self.stdout.write(f"merged so far: {batch.done:,} of {batch.total:,}")
            self.stdout.flush()

    def tell(self, batch: Batch, *, is_dry: bool) -> None:
        """What came of the lines; those that are refused by their numbers."""
        refused = batch.lines.filter(outcome="refused").order_by("number")
        for line in refused[:MOST_TOLD]:
            self.stderr.write(f"line {line.number}: {line.said}")
        if batch.count("refused") > MOST_TOLD:
            self.stderr.write(f"and {batch.count('refused') - MOST_TOLD:,} more; see /batches/{batch.pk}/")
        done = f"{batch.count('ready'):,} would be merged" if is_dry else f"{batch.count('done'):,} merged"
        self.stdout.write(f"{done}, {batch.count('already'):,} had nothing to do, {batch.count('refused'):,} refused")
        self.stdout.write(
            "Nothing was done." if is_dry else f"To see each line, or to undo it all: /batches/{batch.pk}/"
        )


def prepared(path: Path, note: str) -> Batch:
    """The batch of a file. Raises CommandError when it cannot be read."""
    try:
        return prepare(path.name, read(path.read_bytes()), None, note)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    except BatchRefused as error:
        raise CommandError(f"{path}: {error}") from None


def figures(batch: Batch) -> dict[str, Any]:
    names = ("ready", "done", "already", "refused")
    return {"batch": batch.pk, "state": batch.state} | {name: batch.count(name) for name in names}
