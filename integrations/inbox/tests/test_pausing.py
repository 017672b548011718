"""The breaker: a source that suddenly joins many customers is paused, loses nothing, and an admin decides."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from crm.batches.models import Batch
from crm.batches.running import finish, start, undo
from crm.batches.withdrawals import prepare
from crm.identity.models import Customer, Identifier, Link
from crm.privacy.tests.signing import signed_in
from crm.sources.models import Joined, Pause, Source
from integrations.adapter import Event
from integrations.inbox.draining import drain_all
from integrations.inbox.models import PausedDelivery, Pending
from integrations.inbox.pausing import release, resume
from integrations.inbox.receiving import facts, receive
from integrations.inbox.reconciling import balances
from integrations.inbox.sweeping import is_overdue
from integrations.records.record import draft_of
from journeys.interactions.drafts import Seen
from journeys.tests.factories import NOON, page, recorded, user

pytestmark = pytest.mark.django_db(transaction=True)
KNOWN = 12


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr("integrations.inbox.pausing.hint", lambda: None)
    settings.BREAKER_CUSTOMERS = 5


@pytest.fixture
def crm() -> Source:
    """A source that everybody is known from: half by an e-mail address, half by a phone."""
    return Source.objects.create(name="crm", adapter="records", namespace="crm", is_trusted=True)


@pytest.fixture
def form() -> Source:
    """A source that says which e-mail address and phone are one person's."""
    made = Source.objects.create(name="callback form", adapter="records", namespace="form", is_trusted=True)
    Source.objects.filter(pk=made.pk).update(created_at=NOON)
    return made


def record(number: int, **contacts: str) -> Event:
    body = {"id": f"r-{number:04}", **contacts}
    return Event(f"key-{sorted(body.items())}", "2026-11-03T12:00:00+00:00", orjson.dumps(body))


def email(number: int) -> str:
    return f"somebody{number}@example.com"


def phone(number: int) -> str:
    return f"+4477009{number:05}"


def arrive(source: Source, events: Iterable[Event]) -> None:
    """Taken at the door and drained, each by itself: one batch of several would know nobody before it."""
    for event in events:
        receive(source, [event])
        drain_all()


def everybody_is_known(crm: Source) -> None:
    arrive(crm, (record(number, email=email(number)) for number in range(KNOWN)))
    arrive(crm, (record(100 + number, phone=phone(number)) for number in range(KNOWN)))


def off_by_one(number: int) -> Event:
    """What a form with a fault sends: somebody's e-mail address with somebody else's phone."""
    return record(200 + number, email=email(number), phone=phone(number))


def count() -> int:
    return Customer.objects.filter(identifiers__isnull=False).distinct().count()


def test_a_source_that_was_connected_today_may_join_as_many_as_its_first_import_does(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    Source.objects.filter(pk=form.pk).update(created_at=datetime.now(UTC) - timedelta(hours=1))
    arrive(form, map(off_by_one, range(KNOWN)))
    form.refresh_from_db()
    assert not form.is_paused


def test_a_source_that_suddenly_joins_many_is_paused_and_what_it_sends_waits(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    before = count()
    arrive(form, map(off_by_one, range(KNOWN)))
    form.refresh_from_db()
    assert form.is_paused
    assert before - count() == 5, "the fifth trips it, and the sixth is not looked at"
    pause = Pause.objects.get(source=form)
    assert (pause.customers, pause.minutes, pause.usual, len(pause.links)) == (5, 10, 0.0, 5)
    assert PausedDelivery.objects.filter(source=form).count() == KNOWN - 5
    assert not Pending.objects.exists()
    assert not is_overdue(), "what waits for an admin is no work for the sweep"


def test_others_flow_while_a_source_is_paused(crm: Source, form: Source) -> None:
    Source.objects.filter(pk=form.pk).update(paused_at="2026-11-03T12:00:00Z")
    receive(form, [off_by_one(1)])
    receive(crm, [record(1, email=email(1))])
    drain_all()
    assert [delivery.source for delivery in PausedDelivery.objects.all()] == [form]
    assert Identifier.objects.filter(kind="email").count() == 1


def test_every_event_is_accounted_for_while_it_waits_and_after(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    arrive(form, map(off_by_one, range(KNOWN)))
    assert [(one.name, one.difference) for one in balances()] == [("callback form", 0), ("crm", 0)]
    assert balances()[0].pending == KNOWN - 5
    form.refresh_from_db()
    resume(form, None)
    drain_all()
    assert (balances()[0].pending, balances()[0].difference, balances()[0].recorded) == (0, 0, KNOWN)


def test_an_admins_yes_drains_what_waited_and_is_not_asked_again_that_day(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    before = count()
    arrive(form, map(off_by_one, range(KNOWN)))
    form.refresh_from_db()
    resume(form, user("admin"))
    drain_all()
    form.refresh_from_db()
    assert not form.is_paused
    assert before - count() == KNOWN
    assert Pause.objects.get().ended_by is not None


def test_what_a_drain_set_aside_after_the_end_of_a_pause_is_put_back(crm: Source) -> None:
    Source.objects.filter(pk=crm.pk).update(paused_at="2026-11-03T12:00:00Z")
    receive(crm, [record(1, email=email(1))])
    drain_all()
    Source.objects.filter(pk=crm.pk).update(paused_at=None)
    assert release() == 1
    drain_all()
    assert Identifier.objects.filter(kind="email").exists()


def test_history_that_joins_a_customer_and_new_customers_count_for_nothing(crm: Source) -> None:
    shop = Source.objects.create(name="shop", adapter="segment", namespace="shop", is_trusted=True)
    for n in range(KNOWN):
        browser, login = Seen("cookie", f"c-{n}"), Seen("login", f"u-{n}")
        recorded([page(NOON, "Rooms", browser)], shop)
        recorded([page(NOON, "Rooms", browser, login, Seen("email", email(n)))], shop)
    assert Identifier.objects.filter(kind="login").count() == KNOWN
    assert not Joined.objects.exists()
    assert not Pause.objects.exists()


def test_a_source_that_always_joins_as_many_is_left_alone(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    windows = 6 * 24 * 6
    Joined.objects.create(source=form, minute=datetime.now(UTC) - timedelta(days=6), customers=4 * windows)
    arrive(form, map(off_by_one, range(KNOWN)))
    form.refresh_from_db()
    assert not form.is_paused


def test_a_form_that_sends_everybody_with_one_address_joins_nobody(crm: Source, form: Source) -> None:
    """That is the guards' work: an address that hangs on many is shared. The breaker is for what they let through."""
    everybody_is_known(crm)
    before = count()
    arrive(form, (record(300 + n, email="office@example.com", phone=phone(n)) for n in range(KNOWN)))
    form.refresh_from_db()
    if form.is_paused:
        resume(form, None)
        drain_all()
    assert Identifier.objects.get(value="office@example.com").is_shared
    assert count() == before + 1, "the address stands by itself"


# Taking back


def taken_back(form: Source) -> Batch:
    batch = prepare(form, Pause.objects.get().since, None)
    finish(batch)
    return batch


def test_what_a_source_joined_is_taken_back_as_one_act_that_can_be_undone(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    before = state()
    arrive(form, map(off_by_one, range(KNOWN)))
    joined = state()
    batch = taken_back(form)
    assert batch.state == Batch.State.READY
    assert batch.figures["apart"] == 10, "five, and the five records of the form that came with them"
    assert state() == joined, "nothing has happened yet"
    start(batch)
    finish(batch)
    assert partly(state(), before) == before
    undo(batch, None)
    finish(batch)
    assert state() == joined


def state() -> dict[str, int]:
    return dict(Identifier.objects.values_list("value", "customer"))


def partly(found: dict[str, int], of: dict[str, int]) -> dict[str, int]:
    return {value: found[value] for value in of}


def test_the_same_interaction_does_not_tie_again_what_was_taken_back(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    arrive(form, map(off_by_one, range(5)))
    batch = taken_back(form)
    start(batch)
    finish(batch)
    apart = state()
    form.refresh_from_db()
    resume(form, None)
    replayed(form, off_by_one(0))
    assert state() == apart
    undo(batch, None)
    finish(batch)
    assert Identifier.objects.get(value=email(0)).customer == Identifier.objects.get(value=phone(0)).customer
    assert not Link.objects.filter(source=form, withdrawn_at__isnull=False).exists()


def replayed(source: Source, event: Event) -> None:
    """The same delivery drained once more, as a replay does."""
    recorded([draft_of(event, facts(source))], source)


def test_new_evidence_ties_again_what_was_taken_back(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    arrive(form, map(off_by_one, range(5)))
    batch = taken_back(form)
    start(batch)
    finish(batch)
    form.refresh_from_db()
    resume(form, None)
    arrive(form, [record(200, email=email(0), phone=phone(0), login="u-1000")])
    assert Identifier.objects.get(value=email(0)).customer == Identifier.objects.get(value=phone(0)).customer


def test_a_source_that_joins_nobody_is_recorded_all_the_same(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    before = count()
    resume(form, None, is_joining=False)
    arrive(form, map(off_by_one, range(KNOWN)))
    assert count() == before + KNOWN, "its own records, each by itself"
    assert not Link.objects.filter(source=form).exists()


# The pages


def text_of(path: str) -> str:
    answer = signed_in("admin").get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_pages_say_prominently_that_a_source_is_paused_and_what_it_joined(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    arrive(form, map(off_by_one, range(KNOWN)))
    for path in ("/matching/", "/matching/figures/"):
        assert "joined 5 customers in 10 minutes" in text_of(path)
    for path in ("/sources/", f"/sources/{form.public_id}/"):
        said = text_of(path)
        assert "joined 5 customers in 10 minutes" in said
        assert "Paused by the breaker" in said
    assert "so far. Nothing is lost." in said
    assert "7 events wait" in text_of("/sources/")
    assert "record r-020" in said
    assert '<span class="tag no">paused</span>' in text_of("/sources/reconciliation/")


def test_an_admin_resumes_from_the_page(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    arrive(form, map(off_by_one, range(KNOWN)))
    path = f"/sources/{form.public_id}/resume/"
    assert signed_in("agent").post(path).status_code == 403
    signed_in("admin").post(path, {"joining": "no"})
    drain_all()
    form.refresh_from_db()
    assert (form.is_paused, form.is_joining) == (False, False)
    signed_in("admin").post(f"/sources/{form.public_id}/joining/", {"joining": "yes"})
    form.refresh_from_db()
    assert form.is_joining


def test_what_a_source_joined_is_taken_back_from_the_page(crm: Source, form: Source) -> None:
    everybody_is_known(crm)
    before = state()
    arrive(form, map(off_by_one, range(KNOWN)))
    admin = signed_in("admin")
    path = f"/sources/{form.public_id}/take-back/"
    assert Pause.objects.get().since.strftime("T%H:") in text_of(path)
    assert admin.post(path, {"since": "2999-01-01T00:00"}).status_code == 200
    answer = admin.post(path, {"since": Pause.objects.get().since.isoformat()})
    batch = Batch.objects.get()
    assert answer.headers["Location"] == f"/batches/{batch.pk}/"
    assert "10 customers would stand by themselves again" in text_of(f"/batches/{batch.pk}/")
    admin.post(f"/batches/{batch.pk}/", {"act": "start"})
    assert partly(state(), before) == before
    assert "Undo all 10" in text_of(f"/batches/{batch.pk}/")
