"""A file of lines as a batch of work, which stands ready before anything is done."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from crm.batches.models import Batch, BatchLine
from crm.batches.reading import Told
from crm.sql import cursor

Outcome = BatchLine.Outcome
COLUMNS = "number, a, b, outcome, said, batch_id"


@transaction.atomic
def prepare(name: str, told: Sequence[Told], actor: User | None, note: str = "", what: str = Batch.What.MERGE) -> Batch:
    """A batch of the lines of a file, to be checked; nothing is done yet."""
    batch = Batch.objects.create(what=what, name=name[:200], actor=actor, note=note[:300], total=len(told))
    with cursor() as sql, sql.copy(f"COPY crm_batchline ({COLUMNS}) FROM STDIN") as copy:
        for line in told:
            outcome = Outcome.REFUSED if line.refused else Outcome.WAITING
            copy.write_row((line.number, line.a, line.b, str(outcome), line.refused, batch.pk))
    return batch
