"""`manage.py import_records`: a spreadsheet's rows, through the same door as the records that a system sends."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.sources.models import Source
from integrations.adapter import Event
from integrations.errors import BadSpreadsheet
from integrations.inbox.draining import drain_all
from integrations.inbox.receiving import Receipt, receive
from integrations.records.adapter import Records
from integrations.records.record import event_of
from integrations.records.spreadsheet import Columns, Row, read_map, read_rows

BATCH = 2_000  # rows of one transaction
MOST_TOLD = 200  # bad rows that are named one by one; all of them are failed deliveries


class Command(BaseCommand):
    help = "Import a spreadsheet (CSV): each row is a record with its traits. The same rows again change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="name or id; `add_source records NAME` makes one")
        parser.add_argument("--id", required=True, metavar="COLUMN", help="the column of the record's own id")
        parser.add_argument(
            "--map",
            action="append",
            required=True,
            metavar="FIELD=COLUMN,…",
            help="given_name=First name,surname=Last name,email=Mail,…; any other field is a custom one",
        )
        parser.add_argument("--at", default="", metavar="COLUMN", help="when the row was last changed, as ISO 8601")
        parser.add_argument("--dates", default="", metavar="FORMAT", help="of dates of birth, for example %%d/%%m/%%Y")
        parser.add_argument("--verified", default="", metavar="FIELD,…", help="fields that the source has checked")
        parser.add_argument("--encoding", default="utf-8-sig")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        source = records_source(options["source"])
        self.bad = 0
        accepted = duplicates = 0
        try:
            rows = read_rows(options["file"], columns(options), options["encoding"])
            for events in batches(self.events(rows)):
                receipt: Receipt = receive(source, events)
                accepted, duplicates = accepted + receipt.accepted, duplicates + receipt.duplicates
                self.stdout.write(f"read so far: {accepted + duplicates:,}")
        except BadSpreadsheet as error:
            raise CommandError(str(error)) from None
        drain_all()
        source.refresh_from_db()
        self.stdout.write(f"{accepted:,} rows are new, {duplicates:,} were here already, {self.bad:,} cannot be taken")
        if source.is_paused:
            self.stdout.write(
                f"{source.name} is paused, for it joined many customers: see /sources/{source.public_id}/"
            )
        if self.bad:
            self.stdout.write("What cannot be taken is kept, with its reason: /sources/failed/")

    def events(self, rows: Iterable[Row]) -> Iterator[Event]:
        """One event per row; what cannot be taken is named with its line and reason, and kept as a failed delivery."""
        now = datetime.now(UTC)
        for row in rows:
            event = event_of(row.record, now)
            if reason := row.reason or event.reason:
                self.bad += 1
                if self.bad <= MOST_TOLD:
                    self.stderr.write(f"line {row.line}: {reason}")
                event = event._replace(reason=f"line {row.line}: {reason}")
            yield event


def columns(options: dict[str, Any]) -> Columns:
    verified = frozenset(name.strip() for name in options["verified"].split(",") if name.strip())
    fields = read_map(options["map"])
    if unknown := verified - dict(fields).keys():
        raise BadSpreadsheet(f"--verified {', '.join(sorted(unknown))}: name fields that --map has")
    return Columns(options["id"], fields, options["at"], options["dates"], verified)


def records_source(name: str) -> Source:
    """The source of records of this name or id. Raises CommandError when it is none."""
    source = Source.objects.filter(name=name).first() or Source.objects.filter(public_id=name).first()
    if source is None:
        raise CommandError(f"there is no source called {name}; make one: manage.py add_source records {name} --trusted")
    if source.adapter != Records.name:
        raise CommandError(f"{name} is a source of {source.adapter}, not of records")
    return source


def batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, BATCH)):
        yield batch
