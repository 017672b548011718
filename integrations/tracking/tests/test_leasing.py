"""One number, one visitor at a time: whoever asks, however often, and however many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source
from integrations.tracking.dialling import Rates
from integrations.tracking.errors import NumberTaken
from integrations.tracking.holders import match, visits_of
from integrations.tracking.leasing import Shown, lease
from integrations.tracking.models import Lease, NumberPool, TrackingNumber, Unserved
from integrations.tracking.pooling import fill, use_of
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.recording import Arrival, record

FALLBACK = "+441632960000"
NUMBERS = [f"+44163296010{number}" for number in range(3)]


@pytest.fixture
def site(db: None) -> Source:
    return Source.objects.create(name="website", adapter="segment", namespace="website", country="GB")


@pytest.fixture
def pool(site: Source) -> NumberPool:
    return fill(site, NUMBERS, FALLBACK, hold=600, target=0.01)


def ask(pool: NumberPool, **told: object) -> dict[str, object]:
    answer = Client().post(
        f"/t/{pool.source.write_key}/number",
        orjson.dumps(told),
        content_type="text/plain",
        headers={"Origin": "https://x"},
    )
    assert answer["Access-Control-Allow-Origin"] == "*"
    return dict(answer.json()) | {"status": answer.status_code}


def test_a_visitor_keeps_the_number_that_they_see_and_nobody_else_gets_it(pool: NumberPool) -> None:
    at = timezone.now()
    first = lease(pool, "a", {"utm_campaign": "sun"}, at)
    assert lease(pool, "a", {}, at + timedelta(minutes=9)) == first
    assert lease(pool, "a", {}, at + timedelta(minutes=18)) == first  # held anew with each sign of life
    assert lease(pool, "b", {}, at + timedelta(minutes=18)).number != first.number
    kept = Lease.objects.get(number__number=first.number)
    assert (kept.landed, kept.landed_at, kept.seen_at) == ({"utm_campaign": "sun"}, at, at + timedelta(minutes=18))


def test_when_all_are_taken_the_fallback_is_shown_and_counted_once(pool: NumberPool) -> None:
    at = timezone.now()
    assert len({lease(pool, name, {}, at).number for name in "abc"}) == 3
    assert lease(pool, "d", {}, at, is_landing=True) == Shown(FALLBACK, None)
    assert lease(pool, "d", {}, at + timedelta(hours=1), is_landing=False) == Shown(FALLBACK, None)
    assert Unserved.objects.count() == 1
    assert use_of(pool, at + timedelta(seconds=1)).measured == 0.25
    assert lease(pool, "a", {}, at + timedelta(hours=1), is_landing=False).lease  # a tab that was left open
    assert lease(pool, "d", {}, at + timedelta(hours=1)).lease


def test_the_number_that_was_released_longest_ago_goes_first(pool: NumberPool) -> None:
    at = timezone.now()
    order = [lease(pool, name, {}, at + timedelta(seconds=second)).number for second, name in enumerate("cab")]
    later = at + timedelta(hours=1)
    assert [lease(pool, name, {}, later).number for name in "xyz"] == order


def test_a_disabled_number_is_shown_no_more_and_one_site_has_it(pool: NumberPool, site: Source) -> None:
    at = timezone.now()
    held = lease(pool, "a", {}, at)
    fill(site, [number for number in NUMBERS if number != held.number], FALLBACK, 600, 0.01)
    assert lease(pool, "a", {}, at).number != held.number
    assert use_of(pool, at).counts == {"available": 1, "leased": 1, "cooling": 0, "disabled": 1}
    other = Source.objects.create(name="other", adapter="segment", namespace="other")
    with pytest.raises(NumberTaken, match="is shown by website"):
        fill(other, NUMBERS, FALLBACK, 600, 0.01)


@pytest.mark.django_db(transaction=True)
def test_no_number_is_leased_twice_however_many_ask_at_once() -> None:
    site = Source.objects.create(name="website", adapter="segment", namespace="website")
    pool = fill(site, [f"+4416329602{number:02}" for number in range(20)], FALLBACK, 600, 0.01)

    def act(visitor: str) -> Shown:
        try:
            return lease(pool, visitor, {}, timezone.now())
        finally:
            connections.close_all()

    acts: list[Callable[[], Shown]] = [partial(act, f"v{number // 2}") for number in range(60)]  # each in two tabs
    with ThreadPoolExecutor(12) as threads:
        shown = list(threads.map(lambda one: one(), acts))
    leased = {one.number for one in shown if one.lease}
    assert len(leased) == len({one.lease for one in shown if one.lease}) == Lease.objects.count() == 20
    pairs = zip(shown[::2], shown[1::2], strict=True)
    assert all(one == two for one, two in pairs if one.lease and two.lease)  # two tabs of one browser see one number


def test_a_call_is_of_the_visit_that_holds_the_number_and_of_nobody_when_nobody_held_it(pool: NumberPool) -> None:
    at = timezone.now()
    shown = lease(pool, "a", {"utm_campaign": "sun"}, at)
    found = match(
        visits_of(shown.number, "", "website", at + timedelta(seconds=40)), at + timedelta(seconds=40), Rates()
    )
    assert found.linked
    assert (found.linked.visitor, found.linked.landed) == ("a", {"utm_campaign": "sun"})
    assert visits_of(FALLBACK, "", "website", at) == []


def test_the_callers_own_phone_tells_two_holders_apart(pool: NumberPool, site: Source) -> None:
    at = timezone.now() - timedelta(hours=3)
    TrackingNumber.objects.exclude(number=NUMBERS[0]).delete()
    TrackingNumber.objects.update(held_until=at)
    seen = (Seen("cookie", "a"), Seen("phone", "+447700900142"))
    record([Arrival(site, Draft(key="i", channel=Channel.WEB, kind="identify", occurred_at=at, identifiers=seen))])
    lease(pool, "a", {}, at)
    lease(pool, "b", {}, at + timedelta(hours=1))
    rings = at + timedelta(hours=1, seconds=30)
    likely = match(visits_of(NUMBERS[0], "", "website", rings), rings, Rates())
    sure = match(visits_of(NUMBERS[0], "+447700900142", "website", rings), rings, Rates())
    assert likely.candidates[0][0].visitor == "b"
    assert sure.linked
    assert sure.linked.visitor == "a"


def test_the_door_answers_browsers_of_any_site(pool: NumberPool) -> None:
    told = ask(pool, visitor="a", landed={"utm_source": "google", "evil": "x", "page": 7}, is_landing=True)
    assert (told["status"], told["number"], told["text"], told["is_tracked"]) == (200, NUMBERS[0], "01632 960100", True)
    assert Lease.objects.get().landed == {"utm_source": "google"}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"visitor": 7}', b'{"visitor": ""}', b'{"visitor": "a\\u0000"}', b"x" * 9_000]
)
def test_what_is_no_visit_is_refused_with_the_remedy(pool: NumberPool, body: bytes) -> None:
    answer = Client().post(f"/t/{pool.source.write_key}/number", body, content_type="text/plain")
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": 'send {"visitor": "<anonymous id>", "landed": {...}} as JSON'},
    )
    assert not Lease.objects.exists()


def test_a_browser_that_wants_no_tracking_sees_the_usual_number_and_leaves_nothing(pool: NumberPool) -> None:
    answer = Client().post(
        f"/t/{pool.source.write_key}/number", b'{"visitor": "a"}', content_type="text/plain", headers={"Sec-GPC": "1"}
    )
    assert answer.json()["number"] == FALLBACK
    assert not Lease.objects.exists()


def test_a_sign_of_life_of_a_lease_long_gone_takes_nobodys_number(pool: NumberPool) -> None:
    TrackingNumber.objects.exclude(number=NUMBERS[0]).delete()
    assert ask(pool, visitor="a", is_landing=True)["number"] == NUMBERS[0]
    TrackingNumber.objects.update(held_until=timezone.now() - timedelta(hours=5))
    assert ask(pool, visitor="b", is_landing=True)["number"] == NUMBERS[0]
    late = ask(pool, visitor="a", is_landing=False)
    assert (late["status"], late["number"], late["is_tracked"]) == (200, FALLBACK, False)
    assert ask(pool, visitor="b", is_landing=False)["number"] == NUMBERS[0]
    assert list(Lease.objects.order_by("pk").values_list("visitor", flat=True)) == ["a", "b"]  # both are remembered


def test_an_unknown_key_and_a_disabled_site_show_nothing(pool: NumberPool, site: Source) -> None:
    assert Client().post("/t/nobody/number", b"{}", content_type="text/plain").status_code == 404
    Source.objects.filter(pk=site.pk).update(disabled_at=timezone.now())
    assert ask(pool, visitor="a")["status"] == 404


def test_an_admin_sets_the_numbers_and_sees_whether_they_are_enough(pool: NumberPool, site: Source) -> None:
    admin, address = signed_in("admin"), f"/sources/{site.public_id}/numbers/"
    lease(pool, "a", {"utm_campaign": "Winter sun"}, timezone.now())
    page = admin.get(address).content.decode()
    assert f"/t/{site.write_key}.js" in page
    assert "Winter sun" in page
    told = {"fallback": "01632 960000", "numbers": "01632 960100\n01632 960107", "hold": 900, "target": 2}
    assert admin.post(address, told).status_code == 302
    pool.refresh_from_db()
    assert (pool.fallback, pool.hold, pool.target) == (FALLBACK, 900, 0.02)
    assert set(pool.numbers.filter(disabled_at=None).values_list("number", flat=True)) == {NUMBERS[0], "+441632960107"}
    refused = admin.post(address, told | {"numbers": "letters"})
    assert refused.status_code == 400
    assert "is no phone number" in refused.content.decode()
    assert signed_in("agent").get(address).status_code == 403


def test_numbers_can_be_set_by_command(site: Source, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("set_numbers", "website", "01632 960100", "--fallback", "01632 960000", "--json")
    assert orjson.loads(capsys.readouterr().out)["available"] == 1
    with pytest.raises(CommandError, match="cannot be one of them"):
        call_command("set_numbers", "website", "01632 960000", "--fallback", "01632 960000")
    with pytest.raises(CommandError, match="no web source called shop"):
        call_command("set_numbers", "shop", "01632 960000", "--fallback", "01632 960001")
