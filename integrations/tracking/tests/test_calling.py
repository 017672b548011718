"""From the click to the call: a visitor who rings the number they were shown has one journey."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import orjson
import pytest

from crm.identity.models import Identifier
from crm.sources.models import Source
from integrations.adapter import Event
from integrations.inbox import draining
from integrations.inbox.draining import drain_all
from integrations.inbox.receiving import receive
from integrations.tracking.leasing import lease
from integrations.tracking.models import NumberPool, TrackedCall
from integrations.tracking.pooling import fill, use_of
from integrations.tracking.rates import ENOUGH, learn_rates, rates_of
from integrations.tracking.tests.test_leasing import FALLBACK, NUMBERS
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINE = "+447700900142"


@pytest.fixture
def site() -> Source:
    return Source.objects.create(name="website", adapter="segment", namespace="website", country="GB")


@pytest.fixture
def pool(site: Source) -> NumberPool:
    found = fill(site, NUMBERS, FALLBACK, hold=600, target=0.01)
    found.numbers.update(held_until=NOON - timedelta(days=1))
    return found


@pytest.fixture
def phones() -> Source:
    return Source.objects.create(name="phones", adapter="twilio", namespace="phones", is_trusted=True, country="GB")


def visited(site: Source, browser: str, at: datetime) -> None:
    page = {"type": "page", "anonymousId": browser, "messageId": f"m-{browser}", "timestamp": at.isoformat(),
            "name": "Bahamas", "properties": {"url": "https://bluelagoon.example/bahamas"}}  # fmt: skip
    receive(site, [Event(f"m-{browser}", "page", orjson.dumps(page))])


def rang(
    phones: Source, dialled: str, at: datetime, call: str = "CA1", line: str = LINE, status: str = "ringing"
) -> None:
    told = {"CallSid": call, "CallStatus": status, "Direction": "inbound", "From": line, "To": dialled}
    receive(phones, [Event(f"{call}:{status}", f"form {at.isoformat()}", urlencode(told).encode())])


def customer_of(kind: str, value: str) -> int:
    return Identifier.objects.get(kind=kind, value=value).customer_id


def test_a_visitor_who_rings_has_one_journey(site: Source, pool: NumberPool, phones: Source) -> None:
    shown = lease(pool, "anna", {"utm_campaign": "Winter sun"}, NOON)
    visited(site, "anna", NOON)
    rang(phones, shown.number, NOON + timedelta(seconds=40))
    drain_all()
    assert customer_of("cookie", "anna") == customer_of("phone", LINE)
    dialled = Interaction.objects.get(kind="dialled")
    assert dialled.data["utm_campaign"] == "Winter sun"
    assert dialled.data["probability"] >= 0.99
    kept = TrackedCall.objects.get()
    assert (kept.key, kept.lease_id, kept.is_confirmed) == ("CA1", shown.lease, False)
    pool.created_at = NOON - timedelta(days=1)
    use = use_of(pool, NOON + timedelta(hours=1))
    assert (use.visits, use.calls, use.linked) == (1, 1, 1)


def test_the_same_call_told_again_and_its_later_parts_change_nothing(
    site: Source, pool: NumberPool, phones: Source
) -> None:
    shown = lease(pool, "anna", {}, NOON)
    for status, seconds in (("ringing", 40), ("in-progress", 60), ("completed", 900)):
        rang(phones, shown.number, NOON + timedelta(seconds=seconds), status=status)
        drain_all()
    assert Interaction.objects.filter(kind="dialled").count() == TrackedCall.objects.count() == 1
    assert Interaction.objects.filter(channel="call").count() == 1


def test_a_withheld_number_is_tied_to_the_visit_for_this_one_call(
    site: Source, pool: NumberPool, phones: Source
) -> None:
    shown = lease(pool, "anna", {}, NOON)
    rang(phones, shown.number, NOON + timedelta(seconds=40), line="anonymous")
    drain_all()
    assert customer_of("cookie", "anna") == customer_of("once", "CA1")


def test_nobody_is_tied_to_a_call_that_two_may_have_made(site: Source, pool: NumberPool, phones: Source) -> None:
    pool.numbers.exclude(number=NUMBERS[0]).delete()
    lease(pool, "anna", {}, NOON)
    lease(pool, "tom", {}, NOON + timedelta(seconds=610))  # anna left; ten minutes later the number is tom's
    lease(pool, "tom", {}, NOON + timedelta(seconds=2_000))
    visited(site, "anna", NOON)
    visited(site, "tom", NOON + timedelta(seconds=610))
    rang(phones, NUMBERS[0], NOON + timedelta(seconds=2_400))
    drain_all()
    kept = TrackedCall.objects.get()
    assert kept.lease_id is None
    assert len(kept.candidates) == 2
    assert 0.5 < kept.probability < 0.99
    assert len({customer_of("cookie", "anna"), customer_of("cookie", "tom"), customer_of("phone", LINE)}) == 3


def test_a_call_to_another_number_is_nobodys_visit(site: Source, pool: NumberPool, phones: Source) -> None:
    lease(pool, "anna", {}, NOON)
    rang(phones, FALLBACK, NOON + timedelta(seconds=40))
    drain_all()
    assert not TrackedCall.objects.exists()


def test_a_call_is_recorded_even_where_matching_it_fails(
    site: Source, pool: NumberPool, phones: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(draining, "dialled_by_visitors", failing)
    rang(phones, NUMBERS[0], NOON)
    drain_all()
    assert Interaction.objects.filter(channel="call").count() == 1


def test_rates_are_learned_once_enough_callers_are_known(site: Source, pool: NumberPool) -> None:
    assert learn_rates(NOON + timedelta(days=1)) == 0
    for number in range(ENOUGH):
        at = NOON + timedelta(minutes=20 * number)
        shown = lease(pool, f"v{number}", {}, at)
        TrackedCall.objects.create(source=site, key=f"c{number}", number=pool.numbers.get(number=shown.number),
                                   at=at + timedelta(seconds=10), lease_id=shown.lease, probability=1,
                                   is_confirmed=True)  # fmt: skip
    usual = rates_of(pool)
    assert learn_rates(NOON + timedelta(days=1)) == 1
    pool.refresh_from_db()
    assert rates_of(pool).by_phase["on_site"][0] > 10 * usual.by_phase["on_site"][0]
