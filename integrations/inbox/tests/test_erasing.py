"""Erasing one person: nothing of them is left anywhere, nothing that comes late makes them anew, nobody else loses."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.matching.models import Profile, TrainedModel
from crm.matching.tests.factories import trained
from crm.privacy.audit.models import Act, AuditEntry, AuditReason
from crm.privacy.audit.noting import note as write_down
from crm.privacy.erasing.carrying import do_piece, finish_all
from crm.privacy.erasing.certifying import lines_of
from crm.privacy.erasing.ledger import read_ledger
from crm.privacy.erasing.models import Erasure, Suppression
from crm.privacy.erasing.replaying import replay
from crm.search.models import SearchName
from crm.sources.models import Source
from crm.sql import cursor
from integrations.adapter import Event
from integrations.benchmarks.canary import hits_in_database
from integrations.benchmarks.planting import Planter
from integrations.inbox.draining import drain_all
from integrations.inbox.models import Delivery
from integrations.inbox.receiving import receive
from integrations.inbox.reconciling import balances
from integrations.tracking.leasing import lease
from integrations.tracking.pooling import fill
from journeys.calls.keeping import KEEP, parameters
from journeys.calls.models import Call
from journeys.calls.routing import Rota
from journeys.interactions import suppressing
from journeys.interactions.models import Interaction
from journeys.listening.models import Recording
from journeys.tests.factories import user
from journeys.work.deeds import Hand
from journeys.work.models import Note, Task
from journeys.work.noting import note
from journeys.work.tasking import add_task

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "zyxcanary"
EMAIL, PHONE, COOKIE, LOGIN = f"{CANARY}@example.com", "+447700900777", f"{CANARY}-browser", f"{CANARY}-login"
TELL_TALES = (CANARY, "7700900777")


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def shop() -> Source:
    return Source.objects.create(name="shop", adapter="segment", namespace="shop", is_trusted=True)


def sent(source: Source, key: str, kind: str = "track", **told: Any) -> Event:
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    body = {"type": kind, "messageId": key, "timestamp": at, "sentAt": at} | told
    return Event(key, at, orjson.dumps(body))


def arrives(source: Source, *events: Event) -> None:
    receive(source, events)
    drain_all()


def visit(shop: Source, key: str = "v1", **told: Any) -> Event:
    return sent(shop, key, "identify", userId=LOGIN, anonymousId=COOKIE,
                traits={"email": EMAIL, "phone": PHONE, "name": f"Una {CANARY.title()}"}, **told)  # fmt: skip


def known(shop: Source) -> int:
    """Somebody who left a trace in every room; returns their customer's number."""
    arrives(shop, visit(shop), sent(shop, "t1", userId=LOGIN, event=f"Wrote {CANARY}", properties={"said": CANARY}),
            sent(shop, "o1", userId="somebody-else", event="Bought", properties={"a": "b"}))  # fmt: skip
    who = Identifier.objects.get(value=LOGIN)
    Planter(shop, who, user("agent"), default_storage).plant(CANARY, PHONE, COOKIE)
    return int(who.customer_id)


def erase(customer: int) -> Erasure:
    asked = Erasure.objects.create(customer_id=customer, state=Erasure.State.STARTING, reason=f"{CANARY} wants it")
    finish_all()
    asked.refresh_from_db()
    return asked


def hits() -> list[str]:
    """Every schema.table.column in which a word or a number of theirs stands."""
    return sorted(hits_in_database(TELL_TALES))


def test_nothing_is_left_of_who_was_erased(shop: Source) -> None:
    customer = known(shop)
    assert len(hits()) > 15
    sound = str(Recording.objects.get().file.name)
    assert default_storage.exists(sound)
    done = erase(customer)
    assert (done.state, hits()) == (Erasure.State.DONE, [])
    assert not default_storage.exists(sound)
    assert done.counts["journeys.Interaction"] >= 3
    assert done.counts["journeys.Segment"] == 1
    assert not AuditReason.objects.exists()
    assert AuditEntry.objects.filter(act=Act.ERASED).exists()


def test_nobody_else_loses_anything(shop: Source) -> None:
    customer = known(shop)
    arrives(shop, visit_of_a_namesake(shop))
    erase(customer)
    assert set(Identifier.objects.values_list("value", flat=True)) == {
        "somebody-else",
        "namesake",
        "x" + "una@example.com",
    }
    assert Interaction.objects.count() == 2
    assert list(SearchName.objects.values_list("names", flat=True)) == ["Una Other"]
    assert Delivery.objects.exclude(body="").count() == 2


def visit_of_a_namesake(shop: Source) -> Event:
    return sent(shop, "n1", "identify", userId="namesake", traits={"email": "xuna@example.com", "name": "Una Other"})


def test_an_event_of_somebody_else_that_waits_and_holds_the_same_word_is_not_lost(shop: Source) -> None:
    customer = known(shop)
    receive(shop, [sent(shop, "w1", userId="somebody-else", event="Bought", properties={"order": LOGIN}),
                   sent(shop, "w2", userId=LOGIN, event="Bought")])  # fmt: skip
    erase(customer)
    drain_all()
    assert Interaction.objects.filter(key="w1").exists()
    assert not Interaction.objects.filter(key="w2").exists()
    assert set(Delivery.objects.exclude(body="").values_list("key", flat=True)) == {"o1", "w1"}


def test_what_comes_late_or_again_makes_nobody_anew(shop: Source) -> None:
    erase(known(shop))
    before = Interaction.objects.count()
    arrives(shop, visit(shop), visit(shop, "v2"), sent(shop, "t2", anonymousId=COOKIE, event=CANARY))
    assert (Interaction.objects.count(), hits()) == (before, [])
    assert [one.accepted - one.recorded - one.failed - one.pending for one in balances()] == [0]


def consents_anew(shop: Source, key: str = "c1") -> None:
    now = timezone.now().isoformat()
    consent = {"consent": {"categoryPreferences": {"analytics": True}}}
    again = sent(shop, key, "track", userId=LOGIN, event="Signed up", context=consent)
    arrives(shop, Event(key, now, orjson.dumps(orjson.loads(again.body) | {"timestamp": now, "sentAt": now})))
    assert Identifier.objects.filter(value=LOGIN).exists()


def test_consent_given_anew_lets_them_be_known_again(shop: Source) -> None:
    erase(known(shop))
    consents_anew(shop)
    assert Suppression.objects.filter(lifted_at__isnull=False).count() == 1
    arrives(shop, sent(shop, "late", userId=LOGIN, event="from before"))
    assert not Interaction.objects.filter(key="late").exists()


def test_whoever_dies_in_the_middle_is_carried_on(shop: Source) -> None:
    asked = Erasure.objects.create(customer_id=known(shop), state=Erasure.State.STARTING)
    for _ in range(9):
        assert do_piece()
    asked.refresh_from_db()
    assert asked.state == Erasure.State.ERASING
    assert hits()
    finish_all()
    assert hits() == []


def test_a_restored_backup_forgets_them_again(shop: Source) -> None:
    erase(known(shop))
    Suppression.objects.all().delete()  # as a backup from before knows nothing of it
    Delivery.objects.all().delete()
    AuditReason.objects.all().delete()
    known(shop)
    assert hits()
    assert replay() == 4
    assert hits() == []
    assert replay() == 0
    arrives(shop, visit(shop, "v3"))
    assert hits() == []


def test_the_command_needs_a_second_person_and_prints_the_certificate(
    shop: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    customer = Customer.objects.get(pk=known(shop))
    asked, checked = user("privacy", "olga"), user("privacy", "piet")
    told = [str(customer.public_id), "--reason", f"{CANARY} wrote to us", "--asked-by", asked.username]
    with pytest.raises(CommandError, match="somebody else"):
        call_command("erase_customer", *told, "--checked-by", asked.username)
    assert not Erasure.objects.exists()
    call_command("erase_customer", *told, "--checked-by", checked.username)
    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["asked_by"], said["checked_by"]) == ("done", "olga", "piet")
    assert said["total"] == sum(said["rows"].values()) > 15
    assert hits() == []
    with pytest.raises(CommandError, match="no customer"):
        call_command("erase_customer", *told, "--checked-by", checked.username)


def test_what_only_they_had_leaves_the_models_that_learned_it(shop: Source) -> None:
    customer = known(shop)
    Profile.objects.all().delete()
    features = {"surname": [CANARY, "smith"]}
    model = trained()
    Profile.objects.create(
        identifier=Identifier.objects.get(value=LOGIN), features=features, keys=[], is_vouched=True, model=model
    )
    Profile.objects.create(
        identifier=Identifier.objects.get(value="somebody-else"), features={"surname": ["smith"]}, keys=[],
        is_vouched=True, model=model,
    )  # fmt: skip
    told = json.loads(model.content)
    told["frequencies"]["surname"] = {CANARY: 0.01, "smith": 0.02}
    TrainedModel.objects.update(content=json.dumps(told))
    erase(customer)
    content = json.loads(TrainedModel.objects.get().content)
    assert content["frequencies"]["surname"] == {"smith": 0.02}


def test_a_call_of_theirs_is_kept_as_one_that_is_withheld_and_they_are_shown_no_number_of_their_own(
    shop: Source,
) -> None:
    erase(known(shop))
    told = {"line": PHONE, "source": shop.pk, "call_id": "CA9", "state": "ringing", "rang_at": timezone.now()}
    with cursor() as sql:
        sql.execute(KEEP, parameters([told], Rota(), is_told=False))
    assert Call.objects.get(call_id="CA9").line == ""
    pool = fill(shop, ["+441632960100"], "+441632960000", hold=600, target=0.01)
    assert lease(pool, COOKIE, {}, timezone.now()).lease is None
    assert lease(pool, "somebody-elses", {}, timezone.now()).lease is not None
    assert hits() == []


def test_consent_given_anew_survives_a_crash_before_the_ledger_knew(
    shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(known(shop))
    monkeypatch.setattr(suppressing, "write_lifted", lambda *_: None)  # who died after the commit
    consents_anew(shop)
    lifted = Suppression.objects.get(lifted_at__isnull=False)
    assert read_ledger()[lifted.hash].lifted_at is None
    assert replay() == 0
    assert read_ledger()[lifted.hash].lifted_at == lifted.lifted_at
    Suppression.objects.all().delete()  # a backup from before
    replay()
    assert Suppression.objects.get(hash=lifted.hash).lifted_at == lifted.lifted_at


def test_who_was_erased_twice_is_forgotten_again_by_a_backup_from_between(shop: Source) -> None:
    erase(known(shop))
    consents_anew(shop)
    between = list(Suppression.objects.all())
    erase(Identifier.objects.get(value=LOGIN).customer_id)
    Suppression.objects.all().delete()
    Suppression.objects.bulk_create(between)
    Delivery.objects.all().delete()
    consents_anew(shop, "c1")  # as the backup has it
    assert replay() >= 1
    assert not Identifier.objects.filter(value=LOGIN).exists()
    assert Suppression.objects.filter(lifted_at__isnull=False).count() == 0


def test_what_staff_wrote_of_them_elsewhere_is_taken_out_and_counted(shop: Source) -> None:
    customer = known(shop)
    other, hand = Identifier.objects.get(value="somebody-else"), Hand(user("agent"))
    note(other.pk, f"Rang for {EMAIL}, on 07700 900 777.", hand)
    add_task(other.pk, f"Call back about {LOGIN}", timezone.now(), hand)
    write_down(user("privacy"), Act.DECIDED, customer=other.customer_id, reason=f"{EMAIL} is another person")
    done = erase(customer)
    assert hits() == []
    assert Note.objects.get(identifier=other.pk).body == "Rang for •••, on •••."
    assert Task.objects.get(identifier=other.pk).what == "Call back about •••"
    assert done.counts["journeys.Note told"] == 1
    assert "words of them in others’ notes" in [line.what for line in lines_of(done)]
    assert not AuditReason.objects.exists()
