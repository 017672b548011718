"""Unusual amounts of viewing are raised to the privacy officer, once, and what is usual is not."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from crm.privacy.actors import Program
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from crm.privacy.watching.models import Alert
from crm.privacy.watching.noticing import TIMES_USUAL, UNNOTICED, notice

pytestmark = pytest.mark.django_db
MOST = UNNOTICED[Alert.What.LOOKS]


@pytest.fixture
def eve() -> User:
    return User.objects.create(username="eve")


def looked(by: User, count: int, at: datetime | None = None, act: Act = Act.LOOKED) -> None:
    """Have somebody look at so many customers. The log itself can only be added to."""
    moment = at or timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(at=moment, act=act, actor=str(by), user=by, customer_id=1000 + number) for number in range(count)
    )


def test_who_looks_at_more_than_people_do_is_raised_once_and_the_count_grows(eve: User) -> None:
    looked(eve, MOST)
    assert notice() == 0
    looked(eve, MOST + 1)
    assert notice() == 1
    looked(eve, MOST + 20)
    assert notice() == 0
    [alert] = Alert.objects.all()
    assert (alert.what, alert.actor, alert.count, alert.usual) == ("looks", "eve", MOST + 20, 0)


def test_whoever_does_so_every_day_is_no_matter(eve: User) -> None:
    looked(eve, MOST, timezone.now() - timedelta(days=3))
    looked(eve, TIMES_USUAL * MOST)
    assert notice() == 0
    looked(eve, TIMES_USUAL * MOST + 1)
    assert notice() == 1
    assert Alert.objects.get().usual == MOST


def test_the_same_customer_again_and_again_is_one(eve: User) -> None:
    for _ in range(3):
        looked(eve, MOST)
    assert notice() == 0


def test_searches_reveals_plays_and_programs_are_watched_too(eve: User) -> None:
    for what, act in ((Alert.What.REVEALS, Act.REVEALED), (Alert.What.PLAYS, Act.PLAYED)):
        looked(eve, UNNOTICED[what] + 1, act=act)
    AuditEntry.objects.bulk_create(
        AuditEntry(at=timezone.now(), act=Act.SEARCHED, actor="eve", user=eve)
        for _ in range(UNNOTICED[Alert.What.SEARCHES] + 1)
    )
    key = ApiKey.issue("export", "agent")[0]
    AuditEntry.objects.bulk_create(
        AuditEntry(at=timezone.now(), act=Act.LOOKED, actor=str(Program(key)), api_key=key, customer_id=number)
        for number in range(1, MOST + 2)
    )
    notice()
    assert set(Alert.objects.values_list("actor", "what")) == {
        ("eve", "reveals"), ("eve", "plays"), ("eve", "searches"), ("export", "looks"),
    }  # fmt: skip


def test_the_officer_looks_into_it_and_says_what_came_of_it(eve: User) -> None:
    officer = signed_in("privacy")
    assert "Nothing unusual" in officer.get("/alerts/").content.decode()
    looked(eve, MOST + 1)
    notice()
    html = officer.get("/alerts/").content.decode()
    assert f"{MOST + 1} customers looked at within an hour" in html
    assert f"?user={eve.pk}&amp;on=" in html or f"?user={eve.pk}&on=" in html
    assert '<span class="count">1' in html
    alert = Alert.objects.get()
    assert "Say what you found out" in officer.post(f"/alerts/{alert.pk}/", {"note": " "}, follow=True).content.decode()
    html = officer.post(f"/alerts/{alert.pk}/", {"note": "Quarterly audit of cases"}, follow=True).content.decode()
    assert "Quarterly audit of cases" in html
    assert "Nothing unusual" in html
    again = officer.post(f"/alerts/{alert.pk}/", {"note": "mine"}, follow=True).content.decode()
    assert "Somebody else has looked into it" in again
    assert AuditEntry.objects.filter(act=Act.SET, subject__contains="about eve").count() == 1


def test_an_auditor_reads_alerts_and_closes_none(eve: User) -> None:
    looked(eve, MOST + 1)
    notice()
    auditor = signed_in("auditor")
    assert "What you found out" not in auditor.get("/alerts/").content.decode()
    assert auditor.post(f"/alerts/{Alert.objects.get().pk}/", {"note": "x"}).status_code == 403
    assert signed_in("agent").get("/alerts/").status_code == 403


def test_a_day_of_a_large_centre_is_looked_through_in_no_time(eve: User) -> None:
    people = User.objects.bulk_create(User(username=f"agent-{number}") for number in range(200))
    for one in people:
        looked(one, 40)
    with connection.cursor() as sql:
        sql.execute("ANALYZE crm_auditentry")
    began = timezone.now()
    assert notice() == 0
    assert timezone.now() - began < timedelta(seconds=2)
