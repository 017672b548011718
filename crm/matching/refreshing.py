"""After a whole pass: what matching keeps of everybody is brought in line with what the pass found, in steps that may
each be done again.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import LiteralString

import numpy as np
import pyarrow as pa
from django.db import transaction
from numpy.typing import NDArray
from psycopg import sql as parts

from crm.identity import causes, due
from crm.identity.regrouping import regroup
from crm.live import notify
from crm.matching import profiles
from crm.matching.applying import hold_off_live
from crm.matching.asking import ask
from crm.matching.diffing import wanted_of
from crm.matching.facts import copied
from crm.matching.models import Run, TrainedModel
from crm.matching.outcome import Outcome
from crm.matching.policy import keys
from crm.matching.progress import Progress
from crm.matching.relinking import REWEIGH, SAME_WEIGHT
from crm.matching.weighing import is_telling
from crm.sql import array, cursor, recordset

PROFILES = 500  # of one transaction
CUSTOMERS = 100_000  # whose reviews one transaction opens and settles: with many at once whole tables are joined
LINKS = 50  # that are folded again in one transaction

COPY_PAIRS = "COPY crm_matchpair (a_id, b_id, weight, verdict, reason) FROM STDIN"
READ_PAIRS: LiteralString = "SELECT id, a_id, b_id, weight, verdict, reason FROM crm_matchpair"
PAIR = {
    "id": pa.int64(), "a": pa.int64(), "b": pa.int64(),
    "weight": pa.float64(), "verdict": pa.int8(), "reason": pa.int8(),
}  # fmt: skip
TOLD_SINCE = """
    SELECT identifier_id FROM crm_trait WHERE id > %(trait)s
    UNION SELECT unnest(ARRAY[a_id, b_id]) FROM crm_link WHERE id > %(link)s AND basis <> 'scored'
"""
HELD = "SELECT a_id, b_id FROM crm_link WHERE withdrawn_at IS NULL AND basis = 'scored' AND held <> '' ORDER BY id"
TAKE_OVER = "UPDATE crm_matchprofile SET model_id = %s WHERE model_id = %s"
WITHOUT_PROFILE = """
    SELECT n.one FROM unnest(%s::bigint[]) AS n (one)
    WHERE NOT EXISTS (SELECT 1 FROM crm_matchprofile p WHERE p.identifier_id = n.one AND p.model_id = %s)
"""
ASKED_ABOUT = """
    SELECT i.customer_id, i.id FROM crm_identifier i WHERE i.id IN (
        SELECT a_id FROM crm_matchpair UNION SELECT b_id FROM crm_matchpair
        UNION SELECT a_id FROM crm_review WHERE state = 'open' UNION SELECT b_id FROM crm_review WHERE state = 'open')
"""


def refresh(run: Run, outcome: Outcome, progress: Progress) -> None:
    """Bring profiles, scored pairs, reviews and the queue of what is due in line with what the pass found."""
    assert run.model is not None
    refresh_profiles(outcome, run.model, progress)
    reweigh(outcome)
    with transaction.atomic():
        hold_off_live()
        replace_pairs(outcome)
    refresh_reviews(outcome, progress)
    settle_due(outcome)


# Profiles


def refresh_profiles(outcome: Outcome, model: TrainedModel, progress: Progress) -> None:
    """Have a profile of this model of everybody who is compared."""
    take_over_profiles(model)
    with cursor() as sql:
        everybody = array(outcome.population.ids.tolist())
        missing = [one for (one,) in sql.execute(WITHOUT_PROFILE, [everybody, model.pk])]
    progress.stage(Run.State.APPLYING, len(missing))
    for at in range(0, len(missing), PROFILES):
        with transaction.atomic():
            hold_off_live()
            profiles.refresh(missing[at : at + PROFILES], model.pk)
        progress.advance(min(len(missing), at + PROFILES))


@transaction.atomic
def take_over_profiles(model: TrainedModel) -> None:
    """Keep the profiles of the model before where the same rules make the keys; else they are made anew."""
    before = TrainedModel.objects.filter(is_current=True).exclude(pk=model.pk).first()
    if before is None:
        return
    hold_off_live()
    with cursor() as sql:
        if profiles.loaded(before.pk).rules == profiles.loaded(model.pk).rules:
            sql.execute(TAKE_OVER, [model.pk, before.pk])
        else:
            sql.execute("DELETE FROM crm_matchprofile WHERE model_id <> %s", [model.pk])
            sql.execute(
                "DELETE FROM crm_matchkey WHERE identifier_id NOT IN (SELECT identifier_id FROM crm_matchprofile)"
            )


# Links and pairs


def reweigh(outcome: Outcome) -> None:
    """Give the links that stand the weights that they have now; what a guard holds is folded again by them."""
    standing = outcome.standing.scored
    told = [
        (standing[tie].id, weight)
        for tie, (weight, _) in wanted_of(outcome).items()
        if tie in standing and abs(standing[tie].weight - weight) > SAME_WEIGHT
    ]
    if not told:
        return
    with transaction.atomic(), cursor() as sql:
        hold_off_live()
        sql.execute(REWEIGH, [recordset("id weight", told)])
    with cursor() as sql:
        held = sql.execute(HELD).fetchall()
    for at in range(0, len(held), LINKS):
        with transaction.atomic():
            hold_off_live()
            notify(regroup({end for ends in held[at : at + LINKS] for end in ends}, causes.SCORED))


def replace_pairs(outcome: Outcome) -> None:
    """Keep the pairs that are joined or asked about, in place of those before. Most are what they were, and stay."""
    decided, population = outcome.decided, outcome.population
    telling = np.flatnonzero(is_telling(decided))
    kept = copied(parts.SQL(READ_PAIRS), PAIR)
    one, other = (population.rows_of(kept[end].to_numpy()).astype(np.int32) for end in ("a", "b"))
    known = np.flatnonzero((one >= 0) & (other >= 0))
    wanted = keys(decided.left[telling], decided.right[telling])
    _, mine, theirs = np.intersect1d(wanted, keys(one[known], other[known]), assume_unique=True, return_indices=True)
    mine, theirs = telling[mine], known[theirs]
    said = (("weight", decided.weight), ("verdict", decided.verdict), ("reason", decided.reason))
    is_same = np.all([kept[name].to_numpy()[theirs] == column[mine] for name, column in said], axis=0)
    gone = np.delete(kept["id"].to_numpy(), theirs[is_same])
    write_pairs(gone, outcome, np.setdiff1d(telling, mine[is_same], assume_unique=True))


def write_pairs(gone: NDArray[np.int64], outcome: Outcome, rows: NDArray[np.int64]) -> None:
    """Drop some of the kept pairs (ids), and add decided ones (rows)."""
    decided = outcome.decided
    said = (decided.weight[rows].tolist(), decided.verdict[rows].tolist(), decided.reason[rows].tolist())
    with cursor() as sql:
        sql.execute("DELETE FROM crm_matchpair WHERE id = ANY(%s::bigint[])", [array(gone.tolist())])
        with sql.copy(COPY_PAIRS) as copy:
            for ends, *own in zip(outcome.ends(rows), *said, strict=True):
                copy.write_row((*ends, *own))


# What people and the live path have to look at


def refresh_reviews(outcome: Outcome, progress: Progress) -> None:
    """Open, renew and settle the reviews of everybody, some customers at a time."""
    taken_back = set(outcome.ends(outcome.wanted.taken_back))
    with cursor() as sql:
        units: dict[int, list[int]] = defaultdict(list)
        for customer, identifier in sql.execute(ASKED_ABOUT):
            units[customer].append(identifier)
    progress.stage(Run.State.APPLYING, len(units))
    for customers in batches(sorted(units), CUSTOMERS):
        with transaction.atomic():
            hold_off_live()
            ask({identifier for customer in customers for identifier in units[customer]}, taken_back)
        progress.advance(min(len(units), progress.run.done + len(customers)))


def batches(values: Sequence[int], size: int) -> Iterator[list[int]]:
    rest = iter(values)
    while found := list(islice(rest, size)):
        yield found


@transaction.atomic
def settle_due(outcome: Outcome) -> None:
    """What was due before the pass read it is done; of whom something was said since is due again."""
    mark = outcome.mark
    with cursor() as sql:
        sql.execute("DELETE FROM crm_matchdue WHERE id = ANY(%s::bigint[])", [array(mark.due.tolist())])
        since = [one for (one,) in sql.execute(TOLD_SINCE, {"trait": mark.trait, "link": mark.link})]
    due.mark(since)
