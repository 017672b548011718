"""Packing what was recorded, in bites: what is new goes behind its day, and a day is corrected where something of it
was changed or went. In any bites, it ends the same.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import structlog
from django.db import transaction

from crm.identity.kinds import brand_of
from crm.identity.resolving import lock_number
from crm.sql import array, cursor
from journeys.attribution.following import settled
from journeys.attribution.locking import is_alone
from journeys.attribution.models import Place
from journeys.paths.models import PackedHits
from journeys.paths.naming import drop_unused, numbers_of
from journeys.paths.owning import own
from journeys.paths.packing import Columns, columns_of, joined, packed, unpacked, without
from journeys.paths.stepping import Told, step_of

log = structlog.get_logger(__name__)
PACKING = lock_number("journeys", "packing hits")
PLACE = "packed interactions"
TABLES = ("journeys_interaction", "crm_identityevent", "crm_identifier")
BITE = 20_000  # interactions that are packed at once
FULL = 50_000  # hits of a piece; one that has fewer is added to
EPOCH = date(1970, 1, 1)
DAY = 86_400_000
HIT = """
    SELECT i.id, i.identifier_id, x.namespace, floor(extract(epoch FROM i.occurred_at) * 1000)::bigint, i.channel,
        i.kind, i.direction, coalesce(i.data ->> 'outcome', ''), coalesce(i.data ->> 'event', ''),
        coalesce(nullif(i.data ->> 'path', ''), i.data ->> 'url', ''), coalesce(i.data ->> 'name', '')
    FROM <from> JOIN crm_identifier x ON x.id = i.identifier_id ORDER BY i.id
"""
FRESH = HIT.replace(
    "<from>", "(SELECT * FROM journeys_interaction WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS i"
)
AGAIN = HIT.replace("<from>", "(SELECT * FROM journeys_interaction WHERE id = ANY(%s::bigint[]) AND id <= %s) AS i")
LAST_OF = """
    SELECT max(id), count(*) FROM (
        SELECT id FROM journeys_interaction WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS i
"""
TAKE = "DELETE FROM journeys_hitnote RETURNING day, interaction"
THERE = "SELECT id FROM journeys_interaction WHERE id = ANY(%s::bigint[])"
Ceilings = Mapping[str, int | None]


def pack(seconds: float, limit: int = BITE) -> bool:
    """Work for so long; returns whether there is more that nobody else is at."""
    ends_at = time.monotonic() + seconds
    ceilings = {table: settled(table) for table in TABLES}
    while take_bite(ceilings, limit):
        if time.monotonic() >= ends_at:
            return True
    return False


@transaction.atomic
def take_bite(ceilings: Ceilings, limit: int) -> int:
    """Pack the next interactions, and correct what changed; returns how many rows were looked at."""
    if not is_alone(PACKING):
        return 0
    place = Place.objects.filter(name=PLACE).values_list("upto", flat=True).first() or 0
    corrected = correct(place)
    return own(ceilings) + corrected + pack_some(place, ceilings["journeys_interaction"], limit)


def pack_some(place: int, ceiling: int | None, limit: int) -> int:
    if ceiling is None or ceiling <= place:
        return 0
    with cursor() as sql:
        last, count = sql.execute(LAST_OF, [place, ceiling, limit]).fetchone() or (None, 0)
    upto = last if count == limit else ceiling
    keep(read(FRESH, [place, upto, limit]))
    Place.objects.update_or_create(name=PLACE, defaults={"upto": upto})
    log.info("paths.packed", interactions=count)
    return max(int(count), 1)


def read(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with cursor() as sql:
        return sql.execute(statement.encode(), parameters).fetchall()


def keep(rows: Iterable[tuple[Any, ...]]) -> None:
    """Put interactions behind their days."""
    found = [(row, step_of(Told(*row[4:]))) for row in rows]
    numbers = numbers_of({step for _, step in found if step})
    days: dict[tuple[date, str], list[tuple[int, int, int, int]]] = defaultdict(list)
    for (interaction, identifier, namespace, at, *_), step in found:
        if step:
            day, moment = divmod(at, DAY)
            hit = (identifier, moment, numbers[step], interaction)
            days[EPOCH + timedelta(days=day), brand_of(namespace)].append(hit)
    for (day, brand), hits in sorted(days.items()):
        append(day, brand, columns_of(hits))


def append(day: date, brand: str, columns: Columns) -> None:
    last = PackedHits.objects.filter(day=day, brand=brand).order_by("-piece").first()
    if last and last.hits < FULL:
        write(last, joined(columns_in(last), columns))
    else:
        write(PackedHits(day=day, brand=brand, piece=last.piece + 1 if last else 0), columns)


def write(piece: PackedHits, columns: Columns) -> None:
    piece.hits, piece.used = len(columns.at), np.unique(columns.step).tolist()
    piece.identifiers, piece.times, piece.steps, piece.interactions = map(packed, columns)
    piece.save()


def columns_in(piece: PackedHits) -> Columns:
    told = (piece.identifiers, piece.times, piece.steps, piece.interactions)
    return Columns(*(unpacked(one, piece.hits).astype(np.int64) for one in told))


def correct(place: int) -> int:
    """Take out what went, and pack anew what was changed; returns how many interactions it was."""
    noted: dict[date, set[int | None]] = defaultdict(set)
    for day, interaction in read(TAKE, []):
        noted[day].add(interaction)
    lost = {
        step
        for day, interactions in noted.items()
        for piece in PackedHits.objects.filter(day=day)
        for step in take_out(piece, interactions)
    }
    changed = {one for some in noted.values() for one in some if one}
    if changed:
        keep(read(AGAIN, [array(sorted(changed)), place]))
    drop_unused(lost)
    return sum(map(len, noted.values()))


def take_out(piece: PackedHits, interactions: set[int | None]) -> set[int]:
    """Take these interactions out of a piece; and, where None is among them, whichever are there no more.

    Returns the steps that it has no more.
    """
    used = set(piece.used)
    columns = columns_in(piece)
    gone = {one for one in interactions if one is not None}
    if None in interactions:
        gone |= set(columns.interaction.tolist()) - {one for (one,) in read(THERE, [array(columns.interaction)])}
    kept = without(columns, gone)
    if not len(kept.at):
        piece.delete()
        return used
    if len(kept.at) < piece.hits:
        write(piece, kept)
    return used - set(piece.used)


def begin_anew() -> None:
    """Have everything packed again, from the first interaction on."""
    with transaction.atomic(), cursor() as sql:
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [PACKING])
        PackedHits.objects.all().delete()
        Place.objects.filter(name=PLACE).delete()


def how_far() -> tuple[int, datetime | None]:
    """(the number of the interaction up to which it is packed, when the last one that is packed was)."""
    place = Place.objects.filter(name=PLACE).values_list("upto", flat=True).first() or 0
    last = PackedHits.objects.order_by("-day").first()
    if last is None:
        return place, None
    latest = max(int(unpacked(one.times, one.hits).max()) for one in PackedHits.objects.filter(day=last.day))
    return place, datetime(last.day.year, last.day.month, last.day.day, tzinfo=UTC) + timedelta(milliseconds=latest)
