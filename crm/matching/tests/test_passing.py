"""`manage.py match`: everybody is matched anew, what would change is published, and nothing is ever half done."""

import json
import random
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from crm.identity import due
from crm.identity.models import Identifier, IdentityEvent, Link
from crm.matching import applying, models
from crm.matching.holding import PASS_LOCK
from crm.matching.models import Change, Due, Profile, Run, ScoredPair, Snapshot, TrainedModel
from crm.matching.tests.population import populate, records_of, tell
from crm.matching.verdicts import Reason
from crm.sql import conninfo, cursor
from crm.stack.throwaway import MANAGE, environment

pytestmark = pytest.mark.django_db


def match(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("match", "--json", stdout=out, **options)
    return dict(json.loads(out.getvalue().splitlines()[-1]))


def customers() -> set[frozenset[str]]:
    """Who is one with whom, by the values of their identifiers."""
    found: dict[int, set[str]] = {}
    for customer, value in Identifier.objects.values_list("customer_id", "value"):
        found.setdefault(customer, set()).add(value)
    return {frozenset(values) for values in found.values()}


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of five customers."""
    monkeypatch.setattr(models, "LEAST_LIMIT", 5)


def test_duplicates_are_found_published_and_joined() -> None:
    populate(30)
    told = match()
    true = {frozenset((f"{2 * one:05}", f"{2 * one + 1:05}")) for one in range(30)}
    joined = {group for group in customers() if len(group) > 1}
    assert (told["state"], told["new_links"]) == ("done", Link.objects.filter(basis="scored").count())
    assert joined <= true
    assert len(joined) > 25
    assert told["customers_affected"] == 2 * told["new_links"]
    assert IdentityEvent.objects.filter(cause="scored").exists()
    assert ScoredPair.objects.filter(verdict=2).count() == told["joined"]
    assert Profile.objects.count() == told["records"] == 60
    assert Snapshot.objects.exists()
    current = TrainedModel.objects.get(is_current=True)
    assert (current.version, current.metrics["because"]) == (told["model"], "fewer than 1,000 records teach too little")


def test_a_second_pass_finds_nothing_to_change() -> None:
    populate(40)
    first, second = match(), match()
    assert first["new_links"] > 0
    assert (second["new_links"], second["withdrawn_links"], second["customers_affected"]) == (0, 0, 0)
    assert second["model"] == first["model"]


def test_a_second_pass_leaves_pairs_and_reviews_alone_but_for_those_that_are_wrong() -> None:
    populate(30)
    match()
    before = {one.pk: said_of(one) for one in ScoredPair.objects.all()}
    wrong, gone = list(ScoredPair.objects.order_by("pk")[:2])
    ScoredPair.objects.filter(pk=wrong.pk).update(weight=-3.0)
    ScoredPair.objects.filter(pk=gone.pk).delete()
    nobody = ScoredPair.objects.create(a_id=10**9, b_id=10**9 + 1, weight=1.0, verdict=1, reason=1)
    written = {table: rows_written(table) for table in ("crm_matchpair", "crm_review")}
    match()
    after = {one.pk: said_of(one) for one in ScoredPair.objects.all()}
    assert sorted(after.values()) == sorted(before.values())
    assert before.keys() - after.keys() == {wrong.pk, gone.pk}
    assert nobody.pk not in after
    assert rows_written("crm_matchpair") - written["crm_matchpair"] == 2
    assert rows_written("crm_review") == written["crm_review"]


def said_of(pair: ScoredPair) -> tuple[int, int, float, int, int]:
    return pair.a_id, pair.b_id, pair.weight, pair.verdict, pair.reason


def rows_written(table: str) -> int:
    """How many rows were inserted and updated so far in this transaction."""
    with cursor() as sql:
        sql.execute("SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = %s", [table])
        return int(sql.fetchall()[0][0])


def test_what_a_guard_holds_affects_nobody_each_night_anew() -> None:
    populate(40)
    change = Change.objects.filter(run=match(dry_run=True)["run"]).earliest("pk")
    Identifier.objects.filter(pk__in=[change.a_id, change.b_id]).update(kind="login")  # two logins of one source
    assert match()["held_links"] == 1
    assert match()["customers_affected"] == 0


def test_the_same_records_in_any_order_make_the_same_customers() -> None:
    records, chance = records_of(30), random.Random(3)
    made = []
    for _ in range(3):
        order = list(records)
        chance.shuffle(order)
        with rolled_back():
            for start in range(0, len(order), 37):
                tell({number: records[number] for number in order[start : start + 37]})
            match()
            made.append(customers())
    assert made[0] == made[1] == made[2]
    assert any(len(group) > 1 for group in made[0])


class rolled_back:
    """A block whose writes are gone afterwards."""

    def __enter__(self) -> None:
        self.savepoint = str(connection.savepoint())

    def __exit__(self, *_: object) -> None:
        connection.savepoint_rollback(self.savepoint)


def test_a_dry_run_writes_nothing_but_itself() -> None:
    populate(40)
    before, waiting = customers(), Due.objects.count()
    told = match(dry_run=True)
    assert told["new_links"] == Change.objects.filter(run=told["run"]).count() > 0
    assert customers() == before
    assert not Link.objects.filter(basis="scored").exists()
    assert not TrainedModel.objects.exists()
    assert not ScoredPair.objects.exists()
    assert Due.objects.count() == waiting > 0


def test_what_was_due_is_covered_and_what_comes_meanwhile_stays_due() -> None:
    numbers = populate(40)
    told = match(dry_run=True)
    due.mark([numbers[0]])
    assert told["state"] == "done"
    match()
    assert not Due.objects.exists()


def test_a_link_that_is_no_longer_wanted_is_withdrawn() -> None:
    numbers = populate(40)
    low, high = sorted((numbers[0], numbers[5]))
    Link.objects.create(a_id=low, b_id=high, basis="scored", weight=9.0)
    told = match()
    assert told["withdrawn_links"] == 1
    assert Link.objects.get(a_id=low, b_id=high).withdrawn_at is not None


def test_a_link_that_staff_overruled_is_said_to_go_because_of_them() -> None:
    first = populate(40)[0]
    match()
    link = Link.objects.filter(basis="scored").latest("pk")
    Link.objects.create(
        a_id=first, b_id=link.a_id, basis="observed"
    )  # so that the verdict is on a group of two records
    Link.objects.create(a_id=link.a_id, b_id=link.b_id, basis="staff", verdict="different")
    gone = Change.objects.get(run=match(dry_run=True)["run"], action="withdraw", link=link)
    assert Reason(gone.reason) == Reason.STAFF_DIFFERENT


def test_staff_are_obeyed() -> None:
    populate(40)
    wanted = Change.objects.filter(run=match(dry_run=True)["run"]).latest("pk")
    Link.objects.create(a_id=wanted.a_id, b_id=wanted.b_id, basis="staff", verdict="different")
    match()
    owners = dict(Identifier.objects.filter(pk__in=[wanted.a_id, wanted.b_id]).values_list("pk", "customer_id"))
    assert len(set(owners.values())) == 2
    assert not Link.objects.filter(a_id=wanted.a_id, b_id=wanted.b_id, basis="scored").exists()


def test_more_than_the_limit_waits_for_a_yes(small_limit: None) -> None:
    populate(30)
    told = match()
    assert told["state"] == "waiting"
    assert not Link.objects.filter(basis="scored").exists()
    assert not TrainedModel.objects.filter(is_current=True).exists()
    approved = match(approve=told["run"])
    assert (approved["state"], approved["new_links"]) == ("done", told["new_links"])
    assert Link.objects.filter(basis="scored").count() == told["new_links"]
    assert not Change.objects.filter(applied_at=None).exists()


def test_a_no_changes_nothing_and_is_final(small_limit: None) -> None:
    populate(30)
    told = match()
    assert match(reject=told["run"])["state"] == "rejected"
    with pytest.raises(CommandError, match="does not wait for an answer: rejected"):
        match(approve=told["run"])
    assert not Link.objects.filter(basis="scored").exists()


def test_a_newer_pass_takes_the_place_of_one_that_waits(small_limit: None) -> None:
    populate(30)
    first, second = match(), match()
    assert Run.objects.get(pk=first["run"]).state == "rejected"
    assert second["state"] == "waiting"
    assert match(yes=True)["state"] == "done"


def test_what_was_told_since_is_not_overruled(small_limit: None) -> None:
    populate(30)
    told = match()
    change = Change.objects.filter(run=told["run"]).earliest("pk")
    number = int(Identifier.objects.get(pk=change.a_id).value)
    tell({number: {"date_of_birth": ("1901-02-03",)}})
    match(approve=told["run"])
    assert not Change.objects.filter(pk=change.pk).exists()
    assert not Link.objects.filter(a_id=change.a_id, b_id=change.b_id, basis="scored").exists()


def test_two_at_once_are_refused() -> None:
    with psycopg.connect(conninfo(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [PASS_LOCK])
        with pytest.raises(CommandError, match="another pass is under way"):
            match()


def test_with_nobody_to_compare_it_fails_and_says_why() -> None:
    with pytest.raises(CommandError, match="nothing to compare yet"):
        match()
    run = Run.objects.get()
    assert (run.state, "nothing to compare yet" in run.error) == ("failed", True)


def test_a_pass_that_was_left_before_it_changed_anything_begins_anew() -> None:
    populate(40)
    left = Run.objects.create(state="scoring")
    other = Run.objects.create(state="reading", is_dry=True)
    assert match()["run"] == left.pk
    other.refresh_from_db()
    assert (other.state, other.error) == ("failed", "it was interrupted, and nothing was changed")


@pytest.mark.django_db(transaction=True)
def test_one_that_is_killed_while_it_applies_is_finished_by_the_next(
    small_limit: None, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    populate(70)
    told = match()
    assert told["new_links"] > applying.CHUNK
    kill_while_applying(told["run"], data_dir)
    applied = Change.objects.exclude(applied_at=None).count()
    assert applied == Link.objects.filter(basis="scored").count() == applying.CHUNK
    finished = match(finish=True)
    assert (finished["run"], finished["state"]) == (told["run"], "done")
    assert Link.objects.filter(basis="scored", withdrawn_at=None).count() == told["new_links"]
    again = match()
    assert (again["new_links"], again["withdrawn_links"]) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_one_that_is_killed_trains_and_is_agreed_to_when_it_begins_anew(small_limit: None, data_dir: Path) -> None:
    populate(20)
    current = match(yes=True)["model"]
    populate(70)
    kill_once_blocked("LOCK TABLE crm_matchchange IN EXCLUSIVE MODE", ["--train", "--yes"], data_dir)
    left = Run.objects.get(state="publishing")
    assert (left.must_train, left.is_agreed, left.changes.exists()) == (True, True, False)
    done = match(finish=True)
    assert (done["run"], done["state"]) == (left.pk, "done")
    assert done["customers_affected"] > models.LEAST_LIMIT
    assert done["model"] != current
    assert TrainedModel.objects.get(is_current=True).version == done["model"]


def test_a_pass_of_which_something_else_was_asked_gives_up_what_was_left(small_limit: None) -> None:
    populate(40)
    left = Run.objects.create(state="scoring", is_agreed=True)
    told = match()
    left.refresh_from_db()
    assert (told["state"], left.state) == ("waiting", "failed")
    assert told["run"] != left.pk


def kill_while_applying(run: int, data_dir: Path) -> None:
    """Have a process of its own apply the run, and kill it in the midst of the second chunk."""
    last = Change.objects.filter(run=run).latest("pk").pk
    blocks = f"SELECT 1 FROM crm_matchchange WHERE id = {last} FOR UPDATE"
    kill_once_blocked(blocks, ["--approve", str(run)], data_dir)


def kill_once_blocked(blocks: str, arguments: list[str], data_dir: Path) -> None:
    """Have a process of its own match, and kill it where it waits for what the statement has locked."""
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    address = {"DATABASE_URL": f"postgres://postgres@{quote(host, safe='')}/{name}"}
    with psycopg.connect(conninfo()) as other:
        other.execute("SET idle_in_transaction_session_timeout = 0")  # a busy machine takes long to start a process
        other.execute(blocks.encode())
        command = [sys.executable, MANAGE, "match", *arguments]
        process = subprocess.Popen(command, env=environment(data_dir, address), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not is_blocked(name) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    while is_held() and time.monotonic() < deadline:
        time.sleep(0.05)


def is_blocked(database: str) -> bool:
    with psycopg.connect(conninfo(), autocommit=True) as look:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        return look.execute(waiting, [database]).fetchone() != (0,)


def is_held() -> bool:
    """Whether the killed process's connections are still there."""
    with psycopg.connect(conninfo(), autocommit=True) as look:
        row = look.execute("SELECT pg_try_advisory_lock(%s)", [PASS_LOCK]).fetchone()
        return row != (True,)
