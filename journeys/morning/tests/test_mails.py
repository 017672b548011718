"""The weekly mail: once, to those who asked and may see it, with the figures of the page, and a way out."""

import re
import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.checks import Info
from django.db import connection
from django.test import Client
from django.utils import timezone

from crm.privacy.tests.signing import signed_in
from crm.stack.checks import mail_is_set_up
from journeys.morning.letter import html_of, text_of, week
from journeys.morning.models import MorningDay, SentMail, WeeklyMail
from journeys.morning.sending import PAUSES, claim, plan, send_due, wish
from journeys.morning.stopping import link_of
from journeys.morning.tests.factories import day, whole_weeks
from journeys.morning.timing import last_week
from journeys.tests.factories import ANNAS_COOKIE, ANNAS_LOGIN, ANNAS_PHONE, call, identify, recorded, user

FACTORIES = "journeys.morning.tests.factories"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def set_up(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"
    settings.PUBLIC_URL = "https://throughline.example"
    settings.DEFAULT_FROM_EMAIL = "Throughline <reports@northstar.example>"


@pytest.fixture
def monday() -> date:
    """The last week, which is counted, with calls that are news, and a campaign that rang."""
    found = last_week(timezone.localdate())
    whole_weeks(found, calls=50, visits=120)
    sunday = found + timedelta(days=6)
    MorningDay.objects.filter(day=sunday).delete()
    rings = {"day": {}, "week": {"campaign": {"winter <sun>": [90, 12, 14]}, "group": {}}}
    day(sunday, people=100, week_people=410, visits=120, calls=350, rings=rings)
    return found


def reader(name: str = "ada", role: str = "marketer") -> User:
    made = user(role, name)
    made.email = f"{name}@northstar.example"
    made.save()
    return made


def client_of(somebody: User) -> Client:
    client = Client()
    client.force_login(somebody)
    return client


def hour_of(monday: date) -> datetime:
    """The hour at which the mail of a week is due."""
    return timezone.make_aware(datetime.combine(monday + timedelta(days=7), datetime.min.time())) + timedelta(hours=7)


def wished(somebody: User, monday: date) -> datetime:
    """Somebody asked in time; returns a minute after the mail is due."""
    wish(somebody, 0, 7, hour_of(monday) - timedelta(days=3))
    return hour_of(monday) + timedelta(minutes=1)


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# What it says


def test_it_says_the_figures_of_the_week_in_both_forms(monday: date) -> None:
    found = week(monday, None, timezone.now())
    assert found
    html, text = plain(html_of(found, 1)), text_of(found, 1)
    for line in found.account.lines:
        assert line.told in html
        assert f"{line.measure.name}: {line.told} (usual: {line.told_usual})" in text
    news = next(line.said for line in found.account.news if line.measure.key == "calls")
    assert news.startswith("Calls: 650, about 86 % more than on the last eight weeks")
    assert news in html
    assert news in text
    assert "winter &lt;sun&gt; 14 90 13.3 (7.8 to 21.9)" in html
    assert "winter <sun>: calls 14, journeys 90" in text


def test_it_says_the_blind_spots_as_the_page_of_its_sunday_does(monday: date) -> None:
    sunday = monday + timedelta(days=6)
    shop_calls = [call(timezone.now() - timedelta(days=8, hours=n)) for n in range(2)]
    recorded([identify(timezone.now() - timedelta(days=9), ANNAS_COOKIE, ANNAS_PHONE, ANNAS_LOGIN), *shop_calls])
    found = week(monday, None, timezone.now())
    assert found
    html, text = plain(html_of(found, 1)), plain(text_of(found, 1))
    page = plain(signed_in("marketer").get("/morning/blind-spots/", {"day": str(sunday)}).content.decode())
    assert [spot.key for spot in found.blind.spots] == ["calls", "money", "callers"]
    for spot in found.blind.spots:
        said = spot.nothing if spot.percent is None else spot.said
        assert f"{spot.heading} {said}" in html or f"{spot.heading} {spot.percent:.1f} % {said}" in html
        for one in (html, text, page):
            assert said in one, spot.key
    assert f"https://throughline.example/blind-spots/?{found.blind.query}".replace("&", "&amp;") in html_of(found, 1)


def test_mail_programs_need_nothing_that_they_do_not_have(monday: date) -> None:
    found = week(monday, None, timezone.now())
    assert found
    html = html_of(found, 1)
    assert not re.search(r"<(script|link|style|img|svg|iframe|form)\b", html)
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) == {"https://throughline.example"}
    assert len(html) < 100_000  # some cut what is longer


def test_it_goes_out_with_a_way_to_stop_and_is_no_answer(monday: date) -> None:
    ada = reader()
    send_due(wished(ada, monday), 5)
    [sent] = mail.outbox
    assert sent.to == ["ada@northstar.example"]
    assert sent.from_email == "Throughline <reports@northstar.example>"
    headers = sent.message()
    link = headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://throughline.example/morning/mail/stop/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"].endswith("@northstar.example>")
    assert [part.get_content_type() for part in headers.walk()][1:] == ["text/plain", "text/html"]
    assert link in str(sent.body)


def test_walls_hold_when_it_is_sent(monday: date) -> None:
    day(monday, "lagoon", calls=1000)
    ada, ben = reader(), reader("ben")
    ben.groups.add(Group.objects.create(name="brand:lagoon"))
    now = wished(ada, monday)
    wished(ben, monday)
    send_due(now, 5)
    told = {one.to[0]: str(one.body) for one in mail.outbox}
    assert "Calls: 650 " in told["ada@northstar.example"]
    assert "Calls: 1,650 " in told["ben@northstar.example"]


def test_whoever_lost_the_right_gets_none(monday: date) -> None:
    ada = reader()
    now = wished(ada, monday)
    ada.groups.clear()
    send_due(now, 5)
    assert mail.outbox == []
    assert SentMail.objects.get().why == "they may not see these figures any more"


def test_a_login_that_is_switched_off_gets_none(monday: date) -> None:
    ada = reader()
    now = wished(ada, monday)
    User.objects.update(is_active=False)
    send_due(now, 5)
    assert mail.outbox == []


# Once


def test_it_is_sent_once_however_often_the_beat_comes(monday: date) -> None:
    now = wished(reader(), monday)
    for minutes in range(0, 600, 60):
        send_due(now + timedelta(minutes=minutes), 5)
    assert len(mail.outbox) == 1
    send_due(now + timedelta(days=7), 5)
    assert SentMail.objects.filter(state="waiting", monday=monday + timedelta(days=7)).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once(monday: date) -> None:
    now = wished(reader(), monday)
    wished(reader("ben"), monday)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        send_due(now, 5)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(one.to[0] for one in mail.outbox) == ["ada@northstar.example", "ben@northstar.example"]
    assert set(SentMail.objects.values_list("state", flat=True)) == {"sent"}


def test_a_mail_whose_worker_was_killed_is_not_sent_again_and_that_is_said(monday: date) -> None:
    ada = reader()
    now = wished(ada, monday)
    plan(now)
    assert claim(now)
    send_due(now + timedelta(minutes=4), 5)
    assert SentMail.objects.get().state == "sending"
    send_due(now + timedelta(minutes=6), 5)
    assert mail.outbox == []
    assert "it was interrupted, so it may have been sent or not" in said(ada)


def test_a_mail_server_that_is_away_is_tried_again_later_and_later(monday: date, settings: Any) -> None:
    ada = reader()
    now = wished(ada, monday)
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{FACTORIES}.AwayBackend"
    send_due(now, 5)
    send_due(now + timedelta(minutes=4), 5)
    assert SentMail.objects.get().tries == 1
    assert "waiting: the mail server did not take it" in said(ada)
    assert "anna@example.com" not in said(ada)
    settings.EMAIL_BACKEND = works
    send_due(now + timedelta(minutes=5), 5)
    assert len(mail.outbox) == 1
    assert "sent " in said(ada)


def test_it_is_given_up_in_the_end(monday: date, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{FACTORIES}.AwayBackend"
    now = wished(reader(), monday)
    for pause in (timedelta(), *PAUSES):
        now += pause
        send_due(now, 5)
    found = SentMail.objects.get()
    assert (found.state, found.tries) == ("failed", len(PAUSES) + 1)


def test_a_reader_whom_the_mail_server_does_not_know_is_not_tried_again(monday: date, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{FACTORIES}.RefusingBackend"
    ada = reader()
    send_due(wished(ada, monday), 5)
    assert SentMail.objects.get().state == "failed"
    assert "the mail server refused it" in said(ada)


def test_a_week_that_is_not_counted_yet_is_waited_for(monday: date) -> None:
    now = wished(reader(), monday)
    MorningDay.objects.filter(day=monday).delete()
    send_due(now, 5)
    assert SentMail.objects.get().state == "waiting"
    day(monday, calls=50)
    send_due(now + timedelta(minutes=10), 5)
    assert len(mail.outbox) == 1


# Wanting it


def said(somebody: User) -> str:
    return plain(client_of(somebody).get("/morning/mail/").content.decode())


def test_one_button_asks_for_it_and_another_undoes_that() -> None:
    ada = reader()
    client = client_of(ada)
    assert "Mail me this every Monday at 07:00" in client.get("/morning/").content.decode()
    client.post("/morning/mail/", {"weekday": 0, "hour": 7})
    assert "sent to ada@northstar.example every Monday from 07:00 on" in said(ada)
    assert "You are mailed the account of the last week every Monday" in client.get("/morning/").content.decode()
    client.post("/morning/mail/off/")
    assert not WeeklyMail.objects.get(user=ada).is_on
    client.post("/morning/mail/", {"weekday": 4, "hour": 16})
    assert "every Friday from 16:00 on" in said(ada)


@pytest.mark.parametrize("told", [{}, {"weekday": 7, "hour": 7}, {"weekday": 0, "hour": "late"}])
def test_what_is_no_hour_is_refused(told: dict[str, Any]) -> None:
    ada = reader()
    assert "Choose a weekday and an hour." in client_of(ada).post("/morning/mail/", told).content.decode()
    assert not WeeklyMail.objects.exists()


def test_without_a_mail_server_it_is_said_and_nothing_is_asked_for(settings: Any) -> None:
    settings.EMAIL_URL = ""
    ada = reader()
    assert "Mail is not set up in this installation" in said(ada)
    client_of(ada).post("/morning/mail/", {"weekday": 0, "hour": 7})
    assert not WeeklyMail.objects.exists()
    [found] = mail_is_set_up()
    assert isinstance(found, Info)
    settings.EMAIL_URL = "smtp://mail.example.com"
    assert mail_is_set_up() == []


def test_a_login_without_an_address_is_told_so() -> None:
    assert "Your login has no e-mail address." in said(user("marketer", "ned"))


def test_one_can_be_had_now_and_only_one_at_a_time(monday: date) -> None:
    ada = reader()
    client = client_of(ada)
    client.post("/morning/mail/now/")
    client.post("/morning/mail/now/")
    assert SentMail.objects.count() == 1
    send_due(timezone.now(), 5)
    assert len(mail.outbox) == 1
    assert "by you" in said(ada)


def test_it_can_be_seen_before_and_nothing_runs_in_it(monday: date) -> None:
    answer = client_of(reader()).get("/morning/mail/preview/")
    assert "Calls: 650" in plain(answer.content.decode())
    policy = answer.headers["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy


def test_before_a_week_is_counted_there_is_nothing_to_see() -> None:
    answer = client_of(reader()).get("/morning/mail/preview/", follow=True)
    assert "The last week is not counted yet" in answer.content.decode()


# Getting no more


@pytest.fixture
def link() -> tuple[User, str]:
    ada = reader()
    wish(ada, 0, 7, timezone.now())
    return ada, link_of(ada.pk).removeprefix("https://throughline.example")


def test_the_link_in_the_mail_asks_first_and_stops_it_signed_out(link: tuple[User, str]) -> None:
    ada, path = link
    asked = Client(enforce_csrf_checks=True).get(path)
    assert "No more of these mails?" in asked.content.decode()
    assert "ada" not in plain(asked.content.decode())
    assert WeeklyMail.objects.get(user=ada).is_on
    done = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert not WeeklyMail.objects.get(user=ada).is_on


def test_a_link_that_was_changed_stops_nothing(link: tuple[User, str]) -> None:
    ada, path = link
    assert Client().post(path[:-3] + "x/").status_code == 404
    assert WeeklyMail.objects.get(user=ada).is_on


def test_whoever_stopped_it_gets_none_that_waits(monday: date) -> None:
    ada = reader()
    now = wished(ada, monday)
    plan(now)
    client_of(ada).post("/morning/mail/off/")
    send_due(now, 5)
    assert mail.outbox == []


def test_agents_are_not_offered_it() -> None:
    assert signed_in("agent").get("/morning/mail/").status_code == 403
