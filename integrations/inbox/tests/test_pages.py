"""The admins' pages, through HTTP."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source
from integrations.adapter import Event
from integrations.inbox.draining import drain_all
from integrations.inbox.health import bars, hour_of
from integrations.inbox.models import FailedDelivery, Pending, Rejection, Tally
from integrations.inbox.receiving import receive
from integrations.sources import SOURCES
from journeys.interactions.models import Part

pytestmark = pytest.mark.django_db
PAGE = b'{"type":"page","messageId":"%d","anonymousId":"a-1","timestamp":"2026-11-01T10:00:00Z"}'
TOO_OLD = "the timestamp 1900-01-01 cannot be; check the sender's clock"
HOSTILE = b'{"event":"<script>alert(1)</script>","note":"<img src=x onerror=alert(1)>"}'


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def shop() -> Source:
    return Source.objects.create(name="web-shop", adapter="segment", namespace="shop")


def fail(source: Source, count: int, reason: str = TOO_OLD, body: bytes = b"{}") -> list[int]:
    """Deliveries that failed; their ids, oldest first."""
    before = set(FailedDelivery.objects.values_list("pk", flat=True))
    receive(source, [Event(f"{reason}-{number}", "track", body, reason) for number in range(count)])
    return sorted(set(FailedDelivery.objects.values_list("pk", flat=True)) - before)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


PATHS = ["sources", "add-source", "failed-deliveries", "reconciliation"]


@pytest.mark.parametrize("name", PATHS)
def test_only_admins_see_sources(name: str) -> None:
    path = reverse(name)
    assert Client().get(path).status_code == 302
    for role in ("agent", "marketer", "privacy"):
        assert signed_in(role).get(path).status_code == 403
    assert signed_in("admin").get(path).status_code == 200


def test_nothing_connected_says_what_to_do_next(admin: Client) -> None:
    assert "Connect the first source" in text_of(admin, reverse("sources"))


def test_a_source_says_how_it_does(admin: Client, shop: Source) -> None:
    receive(shop, [Event(str(number), "page", PAGE % number) for number in range(7)])
    receive(shop, [Event("3", "page", PAGE % 3)])
    drain_all()
    fail(shop, 2)
    page = text_of(admin, reverse("sources"))
    assert "last event" in page
    assert "24 h: 9 events" in page
    assert re.search(r'Failed</dt> <dd class="num bad"> <a href="/sources/failed/\?source=src_\w+">2</a>', page)
    assert "Needs attention" in page


def test_an_event_of_an_hour_that_is_over_is_dated_to_that_hour(admin: Client, shop: Source) -> None:
    at = hour_of(datetime.now(UTC)) - timedelta(hours=30)
    Tally.objects.create(source=shop, at=at, accepted=5, recorded=5)
    page = text_of(admin, reverse("sources"))
    assert re.search(r"last event <time [^>]+>\d+ \w+, \d\d:00–\d\d:00</time>", page)
    assert "Quiet for a day" in page


def test_recordings_that_wait_for_their_call_are_counted(admin: Client) -> None:
    calls = Source.objects.create(name="calls", adapter="twilio", namespace="calls")
    for name in ("recording", "transcription"):
        Part.objects.create(source=calls, key="CA1", name=name, occurred_at=datetime.now(UTC), draft={})
    assert "1 recording or transcript waits for the call" in text_of(admin, reverse("sources"))
    assert "1 recording or transcript waits for the call" in text_of(admin, reverse("source", args=[calls.public_id]))


def test_the_highest_hour_fills_the_chart() -> None:
    now = datetime(2026, 11, 21, 14, 38, tzinfo=UTC)
    drawn = bars({hour_of(now): 5, hour_of(now) - timedelta(hours=23): 10}, now)
    assert len(drawn) == 24
    assert (drawn[0].events, drawn[0].y, drawn[0].height) == (10, 0, 10)
    assert (drawn[-1].events, drawn[-1].at.hour, drawn[-1].height) == (5, 14, 5)
    assert all(bar.y + bar.height == pytest.approx(10) for bar in drawn)


@pytest.mark.parametrize("adapter", sorted(SOURCES))
def test_every_provider_can_be_connected_and_says_how(admin: Client, adapter: str) -> None:
    path = f"{reverse('add-source')}?adapter={adapter}"
    assert admin.get(path).status_code == 200
    answer = admin.post(path, {"name": f"my {adapter}", "country": "de"})
    made = Source.objects.get(name=f"my {adapter}")
    assert answer.headers["Location"] == reverse("source", args=[made.public_id])
    assert (made.adapter, made.namespace, made.country) == (adapter, f"my {adapter}", "DE")
    assert made.is_trusted == SOURCES[adapter].is_trusted
    page = text_of(admin, answer.headers["Location"])
    assert "How to connect it" in page
    assert (made.write_key if adapter == "segment" else made.endpoint) in page


def test_a_secret_is_shown_once(admin: Client) -> None:
    admin.post(f"{reverse('add-source')}?adapter=postmark", {"name": "inbox", "country": "GB"})
    made = Source.objects.get(name="inbox")
    path = reverse("source", args=[made.public_id])
    assert made.secret in text_of(admin, path)
    assert made.secret not in text_of(admin, path)
    admin.post(reverse("replace-secret", args=[made.public_id]), {"secret": ""})
    replaced = Source.objects.get(name="inbox").secret
    assert replaced != made.secret
    assert replaced in text_of(admin, path)


def test_the_vendors_own_secret_is_kept_as_it_is(admin: Client) -> None:
    admin.post(f"{reverse('add-source')}?adapter=twilio", {"name": "calls", "country": "GB", "secret": "auth-token"})
    assert Source.objects.get(name="calls").secret == "auth-token"


def test_what_cannot_be_is_said_where_it_was_filled_in(admin: Client, shop: Source) -> None:
    answer = admin.post(f"{reverse('add-source')}?adapter=segment", {"name": shop.name, "country": "XQ"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "There is a source of this name already" in page
    assert "This is no country&#x27;s code" in page


def test_a_source_can_be_disabled_and_enabled_again(admin: Client, shop: Source) -> None:
    path = reverse("switch-source", args=[shop.public_id])
    admin.post(path, {"enabled": "no"})
    shop.refresh_from_db()
    assert not shop.is_enabled
    assert "Disabled" in text_of(admin, reverse("sources"))
    admin.post(path, {"enabled": "yes"})
    shop.refresh_from_db()
    assert shop.is_enabled


def test_refusals_are_listed_with_their_remedy(admin: Client, shop: Source) -> None:
    reason = "twilio: signature does not match; check the source's secret <b>"
    Rejection.objects.create(source=shop, reason=reason, status=403, times=12, last_at=datetime.now(UTC))
    page = text_of(admin, reverse("source", args=[shop.public_id]))
    assert "check the source&#x27;s secret &lt;b&gt;" in page


def test_failed_deliveries_are_paged_without_gaps(admin: Client, shop: Source) -> None:
    ids = fail(shop, 120)
    path, found = reverse("failed-deliveries"), []
    while path:
        page = text_of(admin, path)
        found += [int(number) for number in re.findall(r'name="delivery" value="(\d+)"', page)]
        older = re.search(r'href="(\?before=\d+)">Older', page)
        path = reverse("failed-deliveries") + older[1] if older else ""
    assert found == sorted(ids, reverse=True)


def test_failed_deliveries_are_narrowed_by_source_and_reason(admin: Client, shop: Source) -> None:
    other = Source.objects.create(name="app", adapter="segment", namespace="app")
    fail(shop, 2, "one & only")
    fail(other, 1, "one & only")
    fail(shop, 3, "another")
    page = text_of(admin, f"{reverse('failed-deliveries')}?source={shop.public_id}&reason=one+%26+only")
    assert page.count('name="delivery"') == 2


@pytest.mark.parametrize("odd", ["\0", "a\0b", "٣", "9" * 40, "-1", "\ud800".encode("utf-8", "replace").decode()])
def test_odd_addresses_of_failed_deliveries_break_nothing(admin: Client, shop: Source, odd: str) -> None:
    fail(shop, 1)
    path = reverse("failed-deliveries")
    for name in ("source", "reason", "before"):
        assert admin.get(path, {name: odd}).status_code in (200, 404)
    asked = {"reason": odd, "source": odd, "delivery": [odd]}
    assert admin.post(reverse("replay-deliveries"), asked).status_code in (302, 404)


def test_a_raw_body_never_runs(admin: Client, shop: Source) -> None:
    (failed,) = fail(shop, 1, "<script>alert(2)</script>", HOSTILE)
    for path in (reverse("failed-delivery", args=[failed]), reverse("failed-deliveries")):
        page = text_of(admin, path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text_of(admin, reverse("failed-delivery", args=[failed]))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"From=%2B447700900123&CallSid=CA1", "From=%2B447700900123"),
        (b"\xff\xfe not text", "\\xff\\xfe not text"),
        (b"nul \0 inside", "nul \0 inside"),
        (b"[" * 5_000, "[[[["),
        (b'"' + b"x" * 100_000 + b'"', "The first 64,000 of 100,002 characters."),
    ],
)
def test_any_body_can_be_read(admin: Client, shop: Source, body: bytes, shown: str) -> None:
    (failed,) = fail(shop, 1, body=body)
    answer = admin.get(reverse("failed-delivery", args=[failed]))
    assert shown in answer.content.decode()
    assert len(answer.content) < 100_000


def test_how_a_mail_came_is_told_without_the_time_that_is_kept_with_it(admin: Client) -> None:
    inbox = Source.objects.create(name="inbox", adapter="mailbox", namespace="inbox")
    receive(inbox, [Event("m1", "2026-11-28T13:37:49.921820+00:00 message/rfc822", b"Subject: x", "no From")])
    failed = FailedDelivery.objects.get()
    for path in (reverse("failed-deliveries"), reverse("failed-delivery", args=[failed.pk])):
        said = text_of(admin, path)
        assert "message/rfc822" in said
        assert "13:37:49.921820" not in said
    assert failed.delivery.came_as == "message/rfc822"


def test_one_several_and_all_of_a_reason_are_replayed(admin: Client, shop: Source) -> None:
    ids = fail(shop, 6, "first") + fail(shop, 2, "second")
    path = reverse("replay-deliveries")
    answer = admin.post(path, {"delivery": [ids[0]]}, follow=True)
    assert "1 delivery is back in the queue" in answer.content.decode()
    answer = admin.post(path, {"delivery": [ids[1], ids[2], "x", "9" * 30]}, follow=True)
    assert "2 deliveries are back in the queue" in answer.content.decode()
    answer = admin.post(path, {"reason": "first", "source": shop.public_id}, follow=True)
    assert "3 deliveries are back in the queue" in answer.content.decode()
    assert set(FailedDelivery.objects.values_list("pk", flat=True)) == set(ids[6:])
    assert set(Pending.objects.values_list("pk", flat=True)) == set(ids[:6])
    assert "Nothing was replayed" in admin.post(path, {}, follow=True).content.decode()
    assert admin.get(reverse("failed-delivery", args=[ids[0]])).status_code == 404


def test_acts_want_a_post_with_its_token(shop: Source) -> None:
    user = User.objects.create(username="admin", is_superuser=True)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)
    for name, arguments in (("replay-deliveries", []), ("switch-source", [shop.public_id])):
        assert careful.get(reverse(name, args=arguments)).status_code == 405
        assert careful.post(reverse(name, args=arguments)).status_code == 403


def test_reconciliation_accounts_for_every_event(admin: Client, shop: Source) -> None:
    receive(shop, [Event(str(number), "page", PAGE % number) for number in range(5)])
    receive(shop, [Event("1", "page", PAGE % 1)])
    drain_all()
    fail(shop, 3)
    page = text_of(admin, reverse("reconciliation"))
    assert "Every one of 9 events is accounted for" in page
    assert re.findall(r'<td class="num ?"[^>]*>(?: <a[^>]+>)?(\d+)', page)[:7] == ["9", "5", "1", "3", "0", "0", "0"]
    Tally.objects.create(source=shop, at=datetime.now(UTC), accepted=4)
    assert "4 of 13 events cannot be accounted for" in text_of(admin, reverse("reconciliation"))


def test_no_page_needs_inline_code(admin: Client, shop: Source) -> None:
    (failed,) = fail(shop, 1)
    paths = [reverse(name) for name in PATHS]
    paths += [reverse("source", args=[shop.public_id]), reverse("failed-delivery", args=[failed])]
    for path in [*paths, f"{reverse('add-source')}?adapter=meta"]:
        page = text_of(admin, path)
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(("host", "is_warned"), [("127.0.0.1", True), ("throughline.example", False)])
def test_an_address_that_no_provider_can_reach_is_said_to_be_one(admin: Client, host: str, is_warned: bool) -> None:
    made = admin.post(f"{reverse('add-source')}?adapter=twilio", {"name": "calls", "country": "GB"})
    answer = admin.get(made.headers["Location"], headers={"host": host})
    assert ("No provider can reach this address" in answer.content.decode()) is is_warned
