"""Applying the diff of a whole pass: in chunks, each one transaction, so that it can be killed at any time.

The live path rests meanwhile: it would make of the links what the model before makes of them.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from crm.identity import causes
from crm.identity.regrouping import regroup
from crm.live import notify
from crm.matching.diffing import in_order
from crm.matching.facts import facts_of
from crm.matching.live import LOCK
from crm.matching.models import Change, Run
from crm.matching.progress import Progress
from crm.matching.relinking import write_links
from crm.matching.verdicts import Verdict
from crm.matching.weighing import Judged
from crm.sql import array, cursor

CHUNK = 50  # changes of one transaction: the regions that they fold together stay far below their cap
SAID_SINCE = "SELECT DISTINCT identifier_id FROM crm_trait WHERE identifier_id = ANY(%s::bigint[]) AND id > %s"
TAKEN_BACK = """
    SELECT a_id, b_id FROM crm_link
    WHERE a_id = ANY(%s::bigint[]) AND withdrawn_at IS NOT NULL AND withdrawn_by_id IS NOT NULL AND basis = 'scored'
"""
STAND = "SELECT id FROM crm_link WHERE id = ANY(%s::bigint[]) AND withdrawn_at IS NULL"


def apply(run: Run, progress: Progress) -> None:
    """Apply what is still to be applied of a run's diff."""
    total = Change.objects.filter(run=run).count()
    progress.stage(Run.State.APPLYING, total)
    progress.advance(total - Change.objects.filter(run=run, applied_at=None).count())
    for changes in in_order(run, CHUNK):
        apply_chunk(run, changes)
        progress.advance(progress.run.done + len(changes))


def hold_off_live() -> None:
    """Have no batch of the live path at work until this transaction ends."""
    with cursor() as sql:
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def apply_chunk(run: Run, changes: Sequence[Change]) -> None:
    """Make and withdraw some links, and fold what they tie."""
    hold_off_live()
    outdated = outdated_of(run, changes)
    Change.objects.filter(pk__in=outdated).delete()
    changes = [change for change in changes if change.pk not in outdated]
    ends = {end for change in changes for end in (change.a_id, change.b_id)}
    gone = standing([change.link_id for change in changes if change.link_id])
    links = write_links(judged(changes), gone, [], run.figures.get("model", ""))
    notify(regroup(ends, causes.SCORED, links=links))
    Change.objects.filter(pk__in=[change.pk for change in changes]).update(applied_at=timezone.now())


def judged(changes: Sequence[Change]) -> list[Judged]:
    """The links to make. Such a link is verified where who is trusted speaks on both sides, as they speak now."""
    added = [change for change in changes if change.action == Change.Action.ADD]
    facts = facts_of({end for change in added for end in (change.a_id, change.b_id)})
    return [
        Judged(one.a_id, one.b_id, one.weight, int(Verdict.JOINED), one.reason,
               all(end in facts and facts[end].is_vouched for end in (one.a_id, one.b_id)))
        for one in added
    ]  # fmt: skip


def standing(links: Sequence[int]) -> list[int]:
    """Those of the links that nobody has withdrawn since."""
    with cursor() as sql:
        return [link for (link,) in sql.execute(STAND, [array(links)])]


def outdated_of(run: Run, changes: Sequence[Change]) -> set[int]:
    """The changes (ids) that were overtaken: something was said of either end since, which the live path decides by,
    or staff took that very link back.
    """
    ends = sorted({end for change in changes for end in (change.a_id, change.b_id)})
    with cursor() as sql:
        fresh = {one for (one,) in sql.execute(SAID_SINCE, [array(ends), run.figures.get("last_fact", 0)])}
        refused = set(sql.execute(TAKEN_BACK, [array(ends)]))
    return {
        change.pk
        for change in changes
        if fresh & {change.a_id, change.b_id}
        or (change.action == Change.Action.ADD and (change.a_id, change.b_id) in refused)
    }
