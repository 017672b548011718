"""The sweep: a loop that needs no broker. It drains what no hint announced, has what changed matched, carries batches
on, and tidies up.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import Error, close_old_connections, connection, transaction
from django.utils import timezone

from crm.batches.running import carry_on, is_any_under_way
from crm.matching.live import match_due, waiting
from crm.matching.tasks import announce
from crm.privacy.audit.sealing import anchor, seal
from crm.privacy.erasing import carrying as erasing
from crm.privacy.exporting.asking import expire
from crm.privacy.exporting.making import is_any_waiting, make_waiting
from crm.privacy.watching.noticing import notice
from crm.privacy.withholding import reconsider_ended
from crm.sources.breaker import forget_old
from crm.sql import cursor
from crm.stack import beats
from crm.stack.asking import Asker
from integrations.inbox.draining import LEADER_LOCK, drain
from integrations.inbox.hinting import Hinter
from integrations.inbox.pausing import release
from integrations.tracking.pooling import sites_with_numbers
from integrations.tracking.rates import learn_rates
from journeys.calls.gathering import Keeper
from journeys.explore import extracting, forgetting
from journeys.explore.tasks import announce as announce_extracting
from journeys.listening.tasks import announce as announce_listening
from journeys.listening.working import is_anything_due

log = structlog.get_logger(__name__)

PAUSE = 0.5  # seconds between two looks
OVERDUE = "1 second"  # a delivery that waited as long was not announced, or nobody came
BEHIND = "4 seconds"  # the same while a drain is at it: a third one would only take the processors from the first two
UNMATCHED = 5.0  # seconds after which what changed was not announced, or nobody came
HOUSEKEEPING = 60.0  # seconds between two rounds of it
LEARNING = 6 * 3_600.0  # seconds between two times that the rates at which visitors dial are learned anew
LISTENING = 2.0  # seconds between two looks for calls to read and recordings to fetch
KEEPING = 0.1  # seconds in each round for the facts that routing asks: never more than a sixth of one processor
KEEPING_BEHIND = 0.02  # the same while deliveries wait too long: recording them comes first
SEALING = 1.0  # seconds between two looks for new entries of the audit log
ANCHORING = 3_600.0  # seconds between two times that the end of its chain is written down outside the database
BITE = 1.0  # seconds of a batch at once: deliveries that nobody announced wait as long

IS_OVERDUE = """
    SELECT EXISTS (
        SELECT 1 FROM (SELECT available_at FROM integrations_pending ORDER BY delivery_id LIMIT 500) AS head
        WHERE available_at < now() - CASE
            WHEN pg_try_advisory_xact_lock(%(leader)s) THEN %(overdue)s::interval ELSE %(behind)s::interval END
    )
"""
FOLD_TALLIES = """
    WITH old AS (
        DELETE FROM integrations_tally WHERE id IN (
            SELECT id FROM integrations_tally
            WHERE at < date_trunc('hour', now()) AND at <> date_trunc('hour', at) LIMIT 100000)
        RETURNING *
    )
    INSERT INTO integrations_tally (source_id, at, accepted, duplicates, rejected, recorded, failed)
    SELECT source_id, date_trunc('hour', at), sum(accepted), sum(duplicates), sum(rejected), sum(recorded), sum(failed)
    FROM old GROUP BY 1, 2
"""


@dataclass(slots=True)
class Chore:
    """Something to do every so many seconds."""

    every: float
    act: Callable[[], object]
    due_at: float = 0.0

    def do_when_due(self) -> None:
        if time.monotonic() >= self.due_at:
            self.act()
            self.due_at = time.monotonic() + self.every


class Matcher:
    """Sees to it that what changed is matched: by a message to the worker, and by itself when nobody comes."""

    def __init__(self) -> None:
        self.hinter = Hinter(announce)

    def see_to_it(self) -> None:
        seconds = waiting()
        if seconds is None:
            return
        if seconds < UNMATCHED:
            self.hinter.hint()
        else:
            with beats.beating(beats.SWEEP):
                log.info("matching.swept", identifiers=match_due())


class Listener:
    """Sees to it that the worker does something of its own where it is due: reads what was said, makes files."""

    def __init__(self, is_due: Callable[[], bool], announce: Callable[[], None]) -> None:
        self.is_due, self.hinter = is_due, Hinter(announce)

    def see_to_it(self) -> None:
        if self.is_due():
            self.hinter.hint()


class Exporter:
    """Makes exports in a thread of its own: one takes longer than deliveries may wait."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None

    def see_to_it(self) -> None:
        if (self.thread is None or not self.thread.is_alive()) and is_any_waiting():
            self.thread = threading.Thread(target=self.make, daemon=True)
            self.thread.start()

    def make(self) -> None:
        try:
            make_waiting()
        except Exception as error:
            log.warning("exporting.interrupted", error=type(error).__name__)
            time.sleep(HOUSEKEEPING)
        finally:
            connection.close()


def sweep(is_stopping: Callable[[], bool]) -> None:
    """Sweep until told to stop."""
    asker = Asker()
    matcher, exporter = Matcher(), Exporter()
    listener = Listener(is_anything_due, announce_listening)
    extractor = Listener(extracting.is_any_waiting, announce_extracting)
    keeper = Keeper()
    is_behind = False
    chores = [
        Chore(beats.PAUSE, lambda: beats.beat(beats.SWEEP)),
        Chore(HOUSEKEEPING, fold_tallies),
        Chore(HOUSEKEEPING, forget_old),
        Chore(LEARNING, lambda: learn_rates(timezone.now())),
        Chore(beats.PAUSE, release),
        Chore(HOUSEKEEPING, reconsider_ended),
        Chore(HOUSEKEEPING, notice),
        Chore(SEALING, seal),
        Chore(ANCHORING, anchor),
        Chore(0.0, carry_batches_on),
        Chore(0.0, carry_erasures_on),
        Chore(PAUSE, matcher.see_to_it),
        Chore(PAUSE, lambda: keeper.keep(KEEPING_BEHIND if is_behind else KEEPING, sites_with_numbers())),
        Chore(LISTENING, listener.see_to_it),
        Chore(LISTENING, exporter.see_to_it),
        Chore(LISTENING, extractor.see_to_it),
        Chore(HOUSEKEEPING, lambda: expire(timezone.now())),
        Chore(HOUSEKEEPING, lambda: forgetting.expire(timezone.now())),
    ]
    while not is_stopping():
        asker.ask()
        try:
            is_behind = is_overdue()
            if is_behind:
                with beats.beating(beats.SWEEP):
                    log.info("inbox.swept", deliveries=drain())
            for chore in chores:
                chore.do_when_due()
        except Error as error:  # the database is away: wait for it
            log.warning("inbox.sweep_interrupted", error=type(error.__cause__ or error).__name__)
            close_old_connections()
            time.sleep(PAUSE)
        time.sleep(PAUSE)
    keeper.close()


def is_overdue() -> bool:
    """Whether the oldest deliveries have waited longer than a hint takes."""
    with cursor() as sql:
        sql.execute(IS_OVERDUE, {"leader": LEADER_LOCK, "overdue": OVERDUE, "behind": BEHIND})
        (found,) = sql.fetchone() or (False,)
    return bool(found)


def carry_batches_on() -> None:
    """Carry on a batch that is under way, a bite at a time. One that fails is tried again, and stops nothing else."""
    if not is_any_under_way():
        return
    try:
        with beats.beating(beats.SWEEP):
            carry_on(BITE)
    except Error:
        raise
    except Exception as error:
        log.warning("batches.interrupted", error=type(error).__name__)


def carry_erasures_on() -> None:
    """Carry on an erasure that is under way, as long. One that fails is tried again, and stops nothing else."""
    if not erasing.is_any_under_way():
        return
    try:
        with beats.beating(beats.SWEEP):
            erasing.carry_on(BITE)
    except Error:
        raise
    except Exception as error:
        log.warning("erasing.interrupted", error=type(error).__name__)


@transaction.atomic
def fold_tallies() -> None:
    """Fold the tallies of past hours into one line per source and hour."""
    with cursor() as sql:
        sql.execute(FOLD_TALLIES)
