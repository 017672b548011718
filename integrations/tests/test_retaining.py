"""What is too old goes by itself, with whatever hangs off it; a legal hold keeps it; the rules are set on a page."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from crm.identity.merging import merge, withdraw
from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.erasing.carrying import do_piece, finish_all
from crm.privacy.erasing.models import Erasure, Suppression
from crm.privacy.exporting.models import Export
from crm.privacy.holding.standing import is_held
from crm.privacy.retaining import running, walking
from crm.privacy.retaining.models import RetentionRun
from crm.privacy.retaining.rules import RetentionChange, sorts
from crm.privacy.retaining.tasks import retain, retain_on
from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source
from integrations.adapter import Event
from integrations.inbox.draining import drain_all
from integrations.inbox.models import Delivery, FailedDelivery
from integrations.inbox.receiving import receive
from integrations.tracking.models import Lease
from journeys.attribution.converting import Worth, convert
from journeys.attribution.models import Conversion
from journeys.interactions.drafts import Seen
from journeys.interactions.models import Interaction, Part, Session
from journeys.listening.models import Conversation, Recording, Transcript
from journeys.listening.tests.factories import heard_call
from journeys.tests.factories import NOON, annas_journey, customer_of, mail, page, recorded, user
from journeys.work.deeds import Hand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def shop() -> Source:
    return Source.objects.create(name="shop", adapter="segment", namespace="shop", is_trusted=True)


def keep(**told: int) -> None:
    """Set how long kinds are kept; underscores are dashes."""
    rules = {name.replace("_", "-"): kept for name, kept in told.items()} | {"exports": 7}
    RetentionChange.objects.create(content=rules, said="set", actor=user("privacy"))


def night(at: datetime | None = None) -> RetentionRun:
    """A night's run from its beginning to its end."""
    running.begin(at or timezone.now())
    running.finish()
    finish_all()
    return RetentionRun.objects.latest("pk")


def sent(source: Source, key: str, at: datetime, **told: Any) -> None:
    body = {"type": "page", "messageId": key, "timestamp": at.isoformat(), "sentAt": at.isoformat(), "name": key} | told
    receive(source, [Event(key, at.isoformat(), orjson.dumps(body))])
    drain_all()


def test_nothing_goes_that_nobody_said_should(shop: Source) -> None:
    annas_journey(NOON - timedelta(days=4_000))
    before = Interaction.objects.count()
    run = night()
    assert (run.gone, run.rows, run.is_under_way, Interaction.objects.count()) == ({}, 0, False, before)


def test_old_browsing_goes_with_its_deliveries_and_visits_and_nobody_hears_of_it(shop: Source) -> None:
    now = timezone.now()
    sent(shop, "Old page", now - timedelta(days=40), userId="u1", anonymousId="b1")
    sent(shop, "New page", now - timedelta(days=3), userId="u1", anonymousId="b1")
    sent(shop, "Old page of nobody", now - timedelta(days=40), anonymousId="b2")
    keep(browsing_known=30)
    run = night()
    assert run.gone == {"browsing-known": 1}
    assert set(Interaction.objects.values_list("title", flat=True)) == {"New page", "Old page of nobody"}
    assert set(Delivery.objects.values_list("key", flat=True)) == {"New page", "Old page of nobody"}
    assert Session.objects.count() == 2
    shown = signed_in("agent").get(f"/customers/{customer_of('login', 'u1').public_id}/").content.decode()
    assert "New page" in shown
    assert "Old page" not in shown
    keep(browsing_unknown=30)
    assert night().gone == {"browsing-unknown": 1}


def test_a_visit_that_was_under_way_begins_with_what_is_left_of_it() -> None:
    now = timezone.now()
    began = now - timedelta(days=30, minutes=5)
    recorded([page(began + timedelta(minutes=minutes), f"Page {minutes}") for minutes in (0, 4, 8, 12)])
    keep(browsing_unknown=30)
    night(now)
    [visit] = Session.objects.all()
    assert (visit.hits, visit.pages) == (2, 2)
    assert visit.started_at == Interaction.objects.earliest("occurred_at").occurred_at


def test_each_channel_has_a_rule_of_its_own_and_what_it_earned_stays() -> None:
    anna = annas_journey(timezone.now() - timedelta(days=100))
    rang = Interaction.objects.filter(channel="call").latest("pk")
    convert(rang.identifier_id, Worth(Decimal(10), "EUR"), Hand(user()), interaction_id=rang.pk)
    keep(call=90)
    run = night()
    assert run.gone == {"call": 2}
    assert set(Interaction.objects.values_list("channel", flat=True)) == {"web", "email", "social"}
    assert not Part.objects.exists()
    assert Conversion.objects.get().interaction_id is None
    keep(email=90, social=90)
    assert night().gone == {"email": 3, "social": 1}
    assert signed_in("agent").get(f"/customers/{anna.public_id}/").status_code == 200


def test_sound_goes_before_the_call_and_what_was_said_too() -> None:
    found = heard_call()
    sound = str(Recording.objects.exclude(file="").get().file.name)
    keep(recordings=10)
    night(timezone.now() + timedelta(days=11))
    assert not default_storage.exists(sound)
    shown = signed_in("agent").get(f"/calls/{found.public_id}/").content.decode()
    assert "its time was over" in shown
    assert str(found.public_id) in signed_in("agent").get("/calls/?q=refund").content.decode()
    assert "Bahamas" in shown
    keep(recordings=10, transcripts=10)
    night(timezone.now() + timedelta(days=11))
    assert not Transcript.objects.exists()
    shown = signed_in("agent").get(f"/calls/{found.public_id}/").content.decode()
    assert "Bahamas" not in shown
    assert Interaction.objects.get().body == ""
    assert Conversation.objects.get().words is None
    assert str(found.public_id) not in signed_in("agent").get("/calls/?q=refund").content.decode()


def test_raw_deliveries_go_and_what_was_made_of_them_stays(shop: Source) -> None:
    at = timezone.now()
    sent(shop, "Kept", at, userId="u1")
    receive(shop, [Event("broken", at.isoformat(), b"{")])
    drain_all()
    assert FailedDelivery.objects.count() == 1
    keep(deliveries_unrecorded=5)
    later = at + timedelta(days=6)
    assert night(later).gone == {"deliveries-unrecorded": 1}
    assert not FailedDelivery.objects.exists()
    keep(deliveries_recorded=5)
    assert night(later).gone == {"deliveries-recorded": 1}
    assert not Delivery.objects.exists()
    assert Interaction.objects.get().title == "Kept"
    sent(shop, "Kept", at, userId="u1")
    assert Interaction.objects.count() == 1


def test_who_was_silent_for_too_long_is_erased_and_may_come_back(shop: Source) -> None:
    now = timezone.now()
    sent(shop, "Long ago", now - timedelta(days=800), userId="silent", anonymousId="b1")
    sent(shop, "Of late", now - timedelta(days=20), userId="lively")
    Customer.objects.update(created_at=now - timedelta(days=800))
    keep(inactive=24)
    run = night(now)
    assert run.gone == {"inactive": 1}
    assert set(Identifier.objects.values_list("value", flat=True)) == {"lively"}
    assert not Delivery.objects.filter(body__contains="silent").exists()
    assert Erasure.objects.get().state == Erasure.State.DONE
    assert not Suppression.objects.exists()
    sent(shop, "Again", now, userId="silent")
    assert Interaction.objects.filter(title="Again").exists()


def test_who_comes_back_while_they_are_being_let_go_is_somebody_new(shop: Source) -> None:
    now = timezone.now()
    sent(shop, "Long ago", now - timedelta(days=800), userId="silent")
    Customer.objects.update(created_at=now - timedelta(days=800))
    keep(inactive=24)
    running.begin(now)
    running.finish()
    erasure = Erasure.objects.get()
    assert do_piece(erasure.pk)
    sent(shop, "Again", now, userId="silent")
    finish_all()
    assert Interaction.objects.get().title == "Again"
    assert Identifier.objects.get().value == "silent"


def test_who_is_heard_of_before_they_go_stays(shop: Source) -> None:
    now = timezone.now()
    sent(shop, "Long ago", now - timedelta(days=800), userId="silent")
    Customer.objects.update(created_at=now - timedelta(days=800))
    keep(inactive=24)
    running.begin(now)
    running.finish()
    sent(shop, "Again", now, userId="silent")
    finish_all()
    assert Interaction.objects.count() == 2


def test_a_finished_export_goes_after_its_days(shop: Source) -> None:
    anna, now = annas_journey(), timezone.now()
    export = Export.objects.create(
        customer_id=anna.pk, state="ready", reason="x", checked_at=now - timedelta(days=4),
        expires_at=now + timedelta(days=3),
    )  # fmt: skip
    RetentionChange.objects.create(content={"exports": 3}, said="set", actor=user("privacy"))
    night()
    export.refresh_from_db()
    assert (export.state, export.expires_at) == ("expired", None)


def test_a_run_that_is_killed_goes_on_where_it_was_and_there_is_one_at_a_time(
    shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "BITE", 2)
    recorded([page(timezone.now() - timedelta(days=40, hours=n), f"Page {n}") for n in range(7)])
    keep(browsing_unknown=30)
    running.begin()
    running.begin()
    assert RetentionRun.objects.count() == 1
    while Interaction.objects.count() == 7:
        assert running.do_bite()
    assert Interaction.objects.count() == 5
    with transaction.atomic():
        RetentionRun.objects.select_for_update().get()
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
    assert Interaction.objects.count() == 5
    retain_on()
    assert not Interaction.objects.exists()
    assert RetentionRun.objects.get().gone == {"browsing-unknown": 7}
    retain()
    assert RetentionRun.objects.count() == 2
    assert AuditEntry.objects.filter(act=Act.AGED).count() == 2


def elsewhere() -> None:
    try:
        assert not running.do_bite()
    finally:
        connection.close()


def test_a_rule_that_is_taken_back_stops_at_once(shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "BITE", 2)
    recorded([page(timezone.now() - timedelta(days=40, hours=n), f"Page {n}") for n in range(7)])
    keep(browsing_unknown=30)
    running.begin()
    while Interaction.objects.count() == 7:
        running.do_bite()
    keep(browsing_unknown=0)
    running.finish()
    assert Interaction.objects.count() == 5


def test_leases_forget_whose_they_were(shop: Source) -> None:
    Lease.objects.create(number_id=1, visitor="b1", landed={"url": "x"}, landed_at=NOON, seen_at=NOON)
    keep(browsing_unknown=30)
    night(NOON + timedelta(days=31))
    kept = Lease.objects.get()
    assert (kept.visitor, kept.landed) == ("", {})


# The page


def told(**changed: str) -> dict[str, str]:
    """What the page's form sends: everything for ever but what is given."""
    return (
        {one.key: "" for one in sorts()}
        | {"exports": "7", "webhooks": "30"}
        | {k.replace("_", "-"): v for k, v in changed.items()}
    )


def test_a_rule_is_tried_saved_and_undone() -> None:
    annas_journey(timezone.now() - timedelta(days=100))
    officer = signed_in("privacy")
    tried = officer.post("/retention/", told(email="90")).content.decode()
    assert "by what is filled in" in tried
    assert not RetentionChange.objects.exists()
    forecast = {one.sort.key: one for _, one in officer.post("/retention/", told(email="90")).context["lines"]}
    assert (forecast["email"].rows, forecast["call"].rows) == (3, 0)
    assert forecast["email"].oldest == Interaction.objects.filter(channel="email").earliest("occurred_at").occurred_at
    officer.post("/retention/", told(email="90") | {"act": "save"})
    change = RetentionChange.objects.get()
    assert change.said == "E-mails: 90 days, was for ever"
    assert AuditEntry.objects.filter(act=Act.SET, subject=change.said).exists()
    officer.post(f"/retention/{change.pk}/undo/")
    assert night().gone == {}
    assert "What went" in signed_in("auditor").get("/retention/").content.decode()


def test_an_auditor_looks_and_a_wrong_number_is_said() -> None:
    assert signed_in("auditor").post("/retention/", told(email="90")).status_code == 403
    assert signed_in("agent").get("/retention/").status_code == 403
    answer = signed_in("privacy").post("/retention/", told(exports="", email="-1") | {"act": "save"})
    assert answer.status_code == 400
    assert "do not stay for ever" in answer.content.decode()
    assert not RetentionChange.objects.exists()


# Legal holds


def hold(customer: Customer, act: str = "put", reason: str = "A court case.") -> str:
    answer = signed_in("privacy").post(
        f"/customers/{customer.public_id}/hold/", {"act": act, "reason": reason}, follow=True
    )
    return str(answer.content.decode())


@pytest.fixture
def anna() -> Customer:
    return annas_journey(timezone.now() - timedelta(days=100))


def test_nothing_goes_of_who_is_held_and_the_preview_says_how_much(anna: Customer, shop: Source) -> None:
    tom = Seen("email", "tom@example.com")
    recorded([mail(timezone.now() - timedelta(days=100), "Of another", "Hello", tom)])
    assert "Nothing of them goes" in hold(anna)
    page_ = signed_in("privacy").post("/retention/", told(email="90")).content.decode()
    assert "3 kept by legal hold" in page_
    keep(email=90, inactive=1, call=90, browsing_known=90, transcripts=1, deliveries_recorded=1)
    Customer.objects.update(created_at=NOON - timedelta(days=999))
    run = night(timezone.now() + timedelta(days=60))
    assert Interaction.objects.filter(identifier__customer=anna).count() >= 10
    assert run.kept["email"] == 3
    assert not Interaction.objects.filter(title="Of another").exists()
    hold(anna, "lift", "It is decided.")
    night(timezone.now() + timedelta(days=60))
    assert not Identifier.objects.filter(customer=anna).exists()


def test_an_erasure_waits_for_the_hold_and_says_so(anna: Customer) -> None:
    assert "say why" in hold(anna, reason=" ").lower()
    hold(anna)
    assert "Legal hold stands" in signed_in("privacy").get(f"/customers/{anna.public_id}/").content.decode()
    assert "Legal hold" not in signed_in("agent").get(f"/customers/{anna.public_id}/").content.decode()
    assert (
        "A legal hold stands on them"
        in signed_in("privacy").get(f"/customers/{anna.public_id}/erase/").content.decode()
    )
    asked = {"kind": "erase", "received_on": timezone.localdate().isoformat(), "words": "Forget me."}
    signed_in("privacy").post(f"/customers/{anna.public_id}/request/", asked)
    assert "waits: legal hold" in signed_in("auditor").get("/requests/").content.decode()
    signed_in("privacy").post(f"/customers/{anna.public_id}/erase/", {"reason": "She wrote."})
    erasure = Erasure.objects.get()
    said = signed_in("admin").post(f"/erasures/{erasure.public_id}/", {"act": "yes"}, follow=True).content.decode()
    assert "It waits: a legal hold stands on them" in said
    finish_all()
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.STARTING
    assert Identifier.objects.filter(customer=anna).exists()
    hold(anna, "lift")
    finish_all()
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.DONE
    acts = AuditEntry.objects.filter(act=Act.HELD).order_by("pk").values_list("subject", flat=True)
    assert [one.rpartition(": ")[2] for one in acts] == ["put", "lifted"]


def test_it_is_too_late_for_a_hold_once_an_erasure_has_begun(anna: Customer) -> None:
    Erasure.objects.create(customer_id=anna.pk, state=Erasure.State.ERASING, step="1 x")
    assert "too late for a hold" in hold(anna)


def test_a_hold_follows_merges_and_splits(anna: Customer) -> None:
    tom = customer_of("login", "4712")
    hold(tom)
    link = merge(anna, tom, user("admin"))
    joined = Identifier.objects.get(kind="login", value="4711").customer
    assert "A hold stands" in signed_in("auditor").get(f"/customers/{joined.public_id}/hold/").content.decode()
    assert "stands on them already" in hold(joined)
    withdraw([link], user("admin"))
    hers, his = customer_of("login", "4711"), customer_of("login", "4712")
    assert (is_held(hers.pk), is_held(his.pk)) == (False, True)
    recorded([page(timezone.now(), "Signed in", Seen("cookie", "c-tom-2"), Seen("login", "4712"))])
    assert is_held(customer_of("cookie", "c-tom-2").pk)
