"""The dashboard: what a snapshot keeps, what the page says, and when a change is one."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.identity.merging import merge, withdraw
from crm.identity.models import Customer, Identifier
from crm.matching.charts import Point, line, scale
from crm.matching.figures import Day, banded, change_of_backlog, change_of_rate, take_snapshot, wilson
from crm.matching.models import Review, Snapshot
from crm.matching.verdicts import Reason
from crm.privacy.tests.signing import signed_in

ADDRESS = "/matching/figures/"


def person(number: int) -> Customer:
    born = Customer.objects.create()
    Identifier.objects.create(kind="login", namespace="shop", value=f"p-{number}", customer=born, origin=born)
    return born


def text_of(client: Client) -> str:
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.django_db
def test_only_admins_see_the_figures_and_a_new_installation_says_what_to_do() -> None:
    assert Client().get(ADDRESS).status_code == 302
    for role in ("agent", "marketer", "privacy"):
        assert signed_in(role).get(ADDRESS).status_code == 403
    said = text_of(signed_in("admin"))
    assert "No whole pass has been made yet" in said
    assert "nothing has been decided yet" in said


@pytest.mark.django_db
def test_a_snapshot_counts_customers_joins_and_what_was_undone() -> None:
    people = [person(number) for number in range(5)]
    merge(people[0], people[1], None)
    link = merge(people[0], people[2], None)
    staff = signed_in("admin")
    withdraw([link], User.objects.latest("pk"))
    Identifier.objects.filter(value="p-4").update(shared="staff")
    figures = take_snapshot().figures
    assert figures["customers"] == 4
    assert figures["largest"][0] == [people[0].pk, 2]
    assert figures["joined"] == {"observed": 0, "scored": 0, "staff": 2}
    assert (figures["links"], figures["undone"]) == ({"staff": 2}, {"staff": 1})
    assert figures["shared"] == {"staff": 1}
    said = text_of(staff)
    assert "50.00 %" in said
    assert "Staff marked it as shared" in said


@pytest.mark.django_db
def test_the_days_last_snapshot_stands_and_completes_yesterdays_joins() -> None:
    today = timezone.localdate()
    Snapshot.objects.create(day=today - timedelta(days=1), figures={"customers": 9, "joined": {"staff": 7}})
    take_snapshot()
    person(1)
    assert take_snapshot().figures["customers"] == 1
    assert Snapshot.objects.count() == 2
    assert Snapshot.objects.get(day=today - timedelta(days=1)).figures["joined"]["staff"] == 0


@pytest.mark.django_db
def test_the_page_tells_the_precision_of_decisions_by_weight_and_what_waits() -> None:
    people = [Identifier.objects.get(customer=person(number)) for number in range(8)]
    decided = {"decided_at": timezone.now()}
    for n, (weight, state) in enumerate(
        [(1.0, "same"), (2.0, "same"), (2.5, "different"), (7.0, "same"), (8.0, "open")]
    ):
        Review.objects.create(
            a=people[n], b=people[n + 1], weight=weight, probability=0.5, reason=Reason.UNSURE, state=state,
            **({} if state == "open" else decided),
        )  # fmt: skip
    take_snapshot()
    said = text_of(signed_in("admin"))
    assert re.search(
        r'"row">0 to 3</th>\s*<td class="num">3</td>\s*<td class="num">2</td>\s*<td class="num">67 %<', said
    )
    assert '<b class="num">75 %</b>' in said
    assert "too early to say whether it changes" in said
    assert said.count('<svg class="chart"') == 3


def days(*found: int, customers: int = 1_000, backlog: int = 0) -> list[Day]:
    start = timezone.localdate() - timedelta(days=len(found))
    return [Day(start + timedelta(days=n), customers, {"staff": count}, backlog) for n, count in enumerate(found)]


def test_a_change_is_one_only_where_chance_would_seldom_do_as_much() -> None:
    assert change_of_rate(days(*[5] * 7, *[6] * 7)).said.startswith("no clear change")
    assert change_of_rate(days(*[5] * 7, *[50] * 7)).said.startswith("up")
    assert change_of_rate(days(*[50] * 7, *[5] * 7)).said.startswith("down")
    assert change_of_rate(days(5)).said.startswith("too early")
    assert change_of_backlog(days(*[0] * 8, backlog=100), 110).said.startswith("no clear change")
    assert change_of_backlog(days(*[0] * 8, backlog=100), 200).said.startswith("up")


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share_and_lies_between_nothing_and_all(part: int, more: int) -> None:
    low, high = wilson(part, part + more)
    assert 0 <= low <= high <= 1
    if part + more:
        assert low <= part / (part + more) + 1e-12
        assert high >= part / (part + more) - 1e-12


def test_an_interval_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)


@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans())))
def test_every_decision_is_in_one_band(decisions: list[tuple[float, bool]]) -> None:
    assert sum(band.same.whole for band in banded(decisions)) == len(decisions)


def test_the_only_day_of_a_chart_begins_its_axis() -> None:
    assert 'class="tick start" x="48.0" y="176">3 Nov 2026<' in line("By day", [Point("3 Nov 2026", 7.0)])


@given(st.floats(1e-6, 1e9))
def test_an_axis_ends_just_above_what_it_shows(highest: float) -> None:
    assert highest <= scale(highest) <= 10 * highest
