"""Making an export: every row that the models declare to be the person's, as JSON and as a page to read, with their
files and conversations, in one zip.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string

from crm.identity.models import Customer, Identifier
from crm.json_text import json_text
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.erasing.finding import Subject, ways_to
from crm.privacy.exporting.asking import KEPT, said
from crm.privacy.exporting.models import Export
from crm.privacy.personal import Model, Personal, in_order, personal_models

log = structlog.get_logger(__name__)
AT_ONCE = 2_000  # rows that are read at once
SKIPPED = ("SearchVectorField",)  # computed from what is there
Row = dict[str, Any]


class Held(NamedTuple):
    """What is held of one kind."""

    label: str
    name: str
    rows: list[Row]

    @property
    def columns(self) -> list[str]:
        return list(self.rows[0])


def is_any_waiting() -> bool:
    return Export.objects.filter(state=Export.State.WAITING).exists()


def make_waiting() -> None:
    """Make those that wait, the oldest first."""
    while one := Export.objects.filter(state=Export.State.WAITING).order_by("pk").first():
        make(one)


def make(export: Export) -> None:
    """Make the file of an export. Who dies in the middle leaves nothing, and it is begun anew."""
    name = f"exports/{export.public_id}.zip"
    Export.objects.filter(pk=export.pk).update(file=name)  # so that who erases them meanwhile deletes it
    with tempfile.TemporaryFile() as file:
        counts = write(export, file)
        size = file.tell()
        file.seek(0)
        if default_storage.exists(name):
            default_storage.delete(name)
        default_storage.save(name, File(file))
    now = timezone.now()
    told = {"state": Export.State.MADE, "counts": counts, "bytes": size, "made_at": now, "expires_at": now + KEPT}
    with transaction.atomic():
        is_there = Export.objects.filter(pk=export.pk, state=Export.State.WAITING).update(**told)
        if is_there:
            note(None, Act.EXPORTED, customer=export.customer_id, subject=said(export, "made"))
    if not is_there:  # they were erased meanwhile
        default_storage.delete(name)
    log.info("exporting.made", export_id=export.pk, rows=sum(counts.values()))


def write(export: Export, file: IO[bytes]) -> dict[str, int]:
    """Write the zip; returns how many rows of each model."""
    subject, order = subject_of(export.customer_id), in_order()[::-1]
    held: list[Held] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for at, model in enumerate(order, start=1):
            rows = list(rows_of(model, subject))
            if rows:
                held.append(Held(model._meta.label, str(model._meta.verbose_name_plural), list(map(told_of, rows))))
                for path, content in files_of(model, rows):
                    zipped.writestr(path, content)
            Export.objects.filter(pk=export.pk).update(done=at, total=len(order))
        whom = {"customers": sorted(subject.public_ids), "identifiers": [":".join(key) for key in sorted(subject.keys)]}
        whom_and_what = {**whom, "made_at": timezone.now(), "held": {one.label: one.rows for one in held}}
        zipped.writestr("everything.json", json_text(whom_and_what, is_indented=True))
        zipped.writestr("everything.html", render_to_string("crm/exporting/file.html", {**whom_and_what, "held": held}))
    return {one.label: len(one.rows) for one in held}


def subject_of(customer_id: int) -> Subject:
    """Whom it is about: all identifiers, and every customer that they were."""
    named = list(Identifier.objects.filter(customer_id=customer_id).values_list("pk", "origin_id"))
    customers = {customer_id, *(origin for _, origin in named)}
    public = Customer.objects.filter(pk__in=customers).values_list("public_id", flat=True)
    return Subject([pk for pk, _ in named], customers, list(map(str, public)))


def rows_of(model: Model, subject: Subject) -> Iterator[models.Model]:
    """The person's rows of a model, each once."""
    seen = set()
    for finder in personal_models()[model].found:
        for way in ways_to(model, finder, subject):
            for row in way.iterator(AT_ONCE):
                if row.pk not in seen:
                    seen.add(row.pk)
                    yield row


def told_of(row: models.Model) -> Row:
    """A row's columns, as JSON has them."""
    columns = (column for column in row._meta.concrete_fields if column.get_internal_type() not in SKIPPED)
    return {column.name: plain(getattr(row, column.attname)) for column in columns}


def plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value if isinstance(value, str | int | float | bool | None | list | dict) else str(value)


def files_of(model: Model, rows: list[models.Model]) -> Iterator[tuple[str, bytes]]:
    """The files that the rows name, and those that are made of them (Personal.files)."""
    for column in model._meta.concrete_fields:
        if isinstance(column, models.FileField) and model is not Export:
            for name in filter(None, (getattr(row, column.attname).name for row in rows)):
                if column.storage.exists(name):
                    with column.storage.open(name) as file:
                        yield f"files/{name}", file.read()
    declared: Personal = personal_models()[model]
    if declared.files:
        act: Callable[[list[models.Model]], Iterator[tuple[str, bytes]]] = import_string(declared.files)
        yield from act(rows)
