"""`manage.py evaluate_matching`: match labelled records as production would, and measure the result."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crm.matching.errors import UnfitRecords, UntrainedLevel
from crm.matching.evaluating import evaluate
from crm.matching.reading import mapping, read
from crm.matching.records import FIELDS
from crm.matching.starting import written
from crm.matching.versus import figures_of_splink


class Command(BaseCommand):
    help = "Match labelled records as production would (training, policy, clusters), and measure the result."

    def add_arguments(self, parser: CommandParser) -> None:
        fields = ", ".join(FIELDS)
        parser.add_argument("--records", type=Path, required=True, metavar="FILE", help="CSV or Parquet")
        parser.add_argument("--link-to", type=Path, metavar="FILE", help="a second file: only pairs across are found")
        parser.add_argument("--truth", required=True, metavar="COLUMN", help="the same value says the same customer")
        parser.add_argument("--id", default="", metavar="COLUMN", help="the record's id (its row number by default)")
        parser.add_argument("--map", required=True, metavar="FIELD=COLUMN,...", help=f"fields: {fields}, extra:NAME")
        parser.add_argument("--versus", choices=["splink"], help="also Splink's own model at .95, on the same columns")
        parser.add_argument("--keep-start", type=Path, metavar="FILE", help="keep what was learned as a starting model")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [path for path in (options["records"], options["link_to"]) if path]
        try:
            labelled = read(paths, mapping(options["map"]), options["truth"], options["id"])
            self.say(f"{len(labelled.truth):,} records read; training, scoring and clustering ...")
            evaluated = evaluate(labelled, timezone.now())
            figures = dict(evaluated.figures)
            if options["keep_start"]:
                options["keep_start"].write_text(written(evaluated.model), encoding="utf-8")
            if options["versus"]:
                self.say("Splink's own model ...")
                figures |= figures_of_splink(labelled)
        except (UnfitRecords, UntrainedLevel) as error:
            raise CommandError(str(error)) from error
        width = max(map(len, figures))
        for name, figure in figures.items():
            self.say(f"{name:<{width}}  {figure:,}")
        if options["json"]:
            self.say(json.dumps(figures))

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
