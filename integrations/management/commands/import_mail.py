"""`manage.py import_mail`: mails from files, through the same door as those that a provider sends."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.sources.models import Source
from integrations.adapter import Event
from integrations.email.adapter import EMAIL_ADAPTERS, raw_event
from integrations.email.mail_files import find_mails
from integrations.inbox.draining import drain_all
from integrations.inbox.receiving import Receipt, receive

MAX_MAILS = 200  # of one transaction
MAX_BYTES = 8 * 1024 * 1024


class Command(BaseCommand):
    help = "Import mails from .eml files, mbox files and Maildir folders. What is here already stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="name or id of an e-mail source; `add_source mailbox NAME` makes one")
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help=".eml, mbox, Maildir, or a folder")

    def handle(self, *args: Any, **options: Any) -> None:
        source = email_source(options["source"])
        self.unreadable = 0
        total = Receipt(0, 0)
        for events in batches(self.events(options["paths"])):
            total = added(total, receive(source, events))
            self.stdout.write(f"read so far: {total.accepted + total.duplicates:,}")
        drain_all()
        self.stdout.write(
            f"{total.accepted:,} imported, {total.duplicates:,} here already, {self.unreadable:,} unreadable"
        )
        if missing := [str(path) for path in options["paths"] if not path.exists()]:
            raise CommandError(f"not everything that was named is there: {', '.join(missing)}")

    def events(self, paths: Iterable[Path]) -> Iterator[Event]:
        """One event per mail; what cannot be read is named, and passed by."""
        now = datetime.now(UTC)
        for found in find_mails(paths):
            event = raw_event(found.raw, now)
            reason = found.reason or event.reason
            if reason:
                self.unreadable += 1
                self.stderr.write(f"{found.where}: {reason}")
            else:
                yield event


def email_source(name: str) -> Source:
    """The e-mail source of this name or id. Raises CommandError when it is none."""
    source = Source.objects.filter(name=name).first() or Source.objects.filter(public_id=name).first()
    if source is None:
        raise CommandError(f"there is no source called {name}; make one: manage.py add_source mailbox {name}")
    if source.adapter not in {adapter.name for adapter in EMAIL_ADAPTERS}:
        raise CommandError(f"{name} is a source of {source.adapter}, not of e-mail")
    return source


def batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Events in as many as go into one transaction."""
    batch: list[Event] = []
    size = 0
    for event in events:
        batch.append(event)
        size += len(event.body)
        if len(batch) >= MAX_MAILS or size >= MAX_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def added(total: Receipt, more: Receipt) -> Receipt:
    return Receipt(total.accepted + more.accepted, total.duplicates + more.duplicates, total.failed + more.failed)
