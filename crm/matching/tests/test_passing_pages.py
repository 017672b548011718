"""The admins' pages of whole passes."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from crm.identity.models import Link
from crm.matching import models, showing
from crm.matching.models import Change, Run, TrainedModel
from crm.matching.tests.factories import ELIZABETH, LIZ, person
from crm.matching.tests.population import populate
from crm.matching.verdicts import Reason
from crm.privacy.tests.signing import signed_in
from crm.stack.tests.stacks import wait_until
from crm.stack.throwaway import Stack

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A pass that waits for an answer."""
    monkeypatch.setattr(models, "LEAST_LIMIT", 5)
    populate(30)
    call_command("match", verbosity=0)
    return Run.objects.get(state="waiting")


def words(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_before_the_first_pass_the_page_says_how_to_begin(admin: Client) -> None:
    said = words(admin, "/matching/")
    assert "Nobody has been matched yet" in said
    assert "the starting model that comes with Throughline" in said


def test_agents_have_nothing_to_do_there() -> None:
    assert signed_in("agent").get("/matching/").status_code == 403


def test_a_pass_that_waits_shows_what_it_would_change_and_is_agreed_to(admin: Client, waiting: Run) -> None:
    page = f"/matching/{waiting.pk}/"
    assert "Waits for your answer" in words(admin, "/matching/")
    said = words(admin, page)
    assert f"{waiting.figures['customers_affected']} customers would change , more than the 5 that" in said
    assert "Very likely one person" in said
    admin.post(f"{page}answer/", {"answer": "yes"})
    waiting.refresh_from_db()
    assert (waiting.state, str(waiting.ruled_by)) == ("applying", "admin")
    call_command("match", finish=True, verbosity=0)
    assert "What it changed" in words(admin, page)
    assert Link.objects.filter(basis="scored").count() == waiting.figures["new_links"]


def test_a_link_that_a_guard_holds_is_not_said_to_join(admin: Client) -> None:
    a, b = person(**ELIZABETH), person(by="helpdesk", **LIZ)
    run = Run.objects.create(state="done")
    made = {"a_id": a.pk, "b_id": b.pk, "weight": 9.0, "reason": Reason.PERSON}
    Change.objects.create(run=run, action="add", applied_at=run.started_at, **made)
    link = Link.objects.create(a=a, b=b, basis="scored", weight=9.0, held=Link.Held.CONTRADICTION)
    said = words(admin, f"/matching/{run.pk}/")
    assert "Held" in said
    assert "The link is held: the two sides contradict each other." in said
    assert "Joins" not in said
    Link.objects.filter(pk=link.pk).update(held="")
    assert "Joins" in words(admin, f"/matching/{run.pk}/")


def test_a_no_leaves_everything_as_it_is_and_cannot_be_said_twice(admin: Client, waiting: Run) -> None:
    page = f"/matching/{waiting.pk}/"
    admin.post(f"{page}answer/", {"answer": "no"})
    assert "Rejected. Nothing was changed." in words(admin, page)
    admin.post(f"{page}answer/", {"answer": "yes"})
    assert "does not wait for an answer" in words(admin, page)
    assert not Link.objects.filter(basis="scored").exists()


def test_the_diff_comes_in_pages(admin: Client, waiting: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "CHANGES_SHOWN", 10)
    address, seen = f"/matching/{waiting.pk}/", 0
    while True:
        response = admin.get(address)
        seen += response.content.count(b"Joins")
        following = response.context["next"]
        if not following:
            break
        address = f"/matching/{waiting.pk}/?after={following}"
    assert seen == Change.objects.filter(run=waiting).count() > 20


def test_a_match_that_is_under_way_shows_how_far_it_is_until_it_is_over(admin: Client) -> None:
    run = Run.objects.create(state="applying", total=400, done=100)
    said = admin.get(f"/matching/{run.pk}/progress/")
    assert "Linking and withdrawing: 100 of 400" in said.content.decode()
    assert b'hx-trigger="every 2s"' in said.content
    assert "HX-Refresh" not in said
    Run.objects.update(state="done")
    over = admin.get(f"/matching/{run.pk}/progress/")
    assert over["HX-Refresh"] == "true"
    assert b"hx-trigger" not in over.content


def test_one_is_started_by_button_and_not_twice(admin: Client) -> None:
    first = admin.post("/matching/start/", {"dry": "yes"})
    run = Run.objects.get()
    assert (first["Location"], run.is_dry, str(run.started_by)) == (f"/matching/{run.pk}/", True, "admin")
    admin.post("/matching/start/")
    assert Run.objects.count() == 1
    populate(30)
    call_command("match", finish=True, verbosity=0)
    assert "Some of what it would change" in words(admin, f"/matching/{run.pk}/")


def test_one_whose_process_is_gone_is_said_to_stand_still(admin: Client) -> None:
    run = Run.objects.create(state="scoring")
    Run.objects.update(beat_at="2026-01-01T00:00Z")
    assert "It stands still" in words(admin, f"/matching/{run.pk}/")


def test_a_failed_one_says_why(admin: Client) -> None:
    run = Run.objects.create(state="failed", error="there is nothing to compare yet")
    assert "It failed: There is nothing to compare yet" in words(admin, f"/matching/{run.pk}/")


def test_an_earlier_model_can_be_gone_back_to(admin: Client) -> None:
    earlier = TrainedModel.objects.create(version="earlier", content="{}", metrics={"records": 60})
    later = TrainedModel.objects.create(version="later", content="{}", is_current=True)
    admin.post(reverse("use-model", args=[earlier.pk]))
    later.refresh_from_db()
    assert not later.is_current
    assert TrainedModel.objects.get(is_current=True) == earlier
    assert "Pairs are scored by the model earlier from now on" in words(admin, "/matching/")


def test_a_model_says_what_it_was_learned_from(admin: Client) -> None:
    figures = {"records": 2127, "compared": 6644, "label_count": 12, "label_precision": 0.975, "has_households": False}
    TrainedModel.objects.create(version="one", content="{}", metrics=figures)
    assert (
        "2,127 records; 6,644 pairs compared; 12 answers of staff; of what it would join by itself, 97.5% right by "
        "them; no households among them"
    ) in words(admin, "/matching/")
    TrainedModel.objects.create(version="two", content="{}", metrics={"because": "training failed: too few agree."})
    assert "the starting model, because training failed: too few agree." in words(admin, "/matching/").casefold()


def test_a_worker_starts_it_beside_itself(live_stack: Stack) -> None:
    script = "from crm.matching.tasks import start_soon; start_soon('--dry-run')"
    assert live_stack.manage("shell", "--no-imports", "--command", script).returncode == 0
    runs = "SELECT error LIKE '%%nothing to compare yet%%' FROM crm_matchrun WHERE state = 'failed'"
    wait_until(lambda: live_stack.ask(runs) == [(True,)])
