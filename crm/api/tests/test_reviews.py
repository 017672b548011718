"""The API's reviews: the queue, one of them explained, deciding it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.identity.models import Link
from crm.matching.models import Review
from crm.matching.reviewing import assign, decide
from crm.matching.tests.factories import now, two_marshes
from crm.matching.verdicts import Reason
from crm.privacy.models import ApiKey
from crm.privacy.roles import KNOWS_CUSTOMERS

pytestmark = pytest.mark.django_db


def client(role: str = "admin") -> Client:
    _, key = ApiKey.issue(f"test {ApiKey.objects.count()}", role)
    return Client(headers={"authorization": f"Bearer {key}"})


def get(address: str = "", role: str = "agent", **parameters: Any) -> Any:
    return client(role).get(f"/api/v1/reviews/{address}", parameters)


def post(review: Review, role: str = "admin", **body: Any) -> Any:
    return client(role).post(f"/api/v1/reviews/{review.pk}/decide/", body, content_type="application/json")


def fresh(review: Review) -> Review:
    return Review.objects.select_related("a", "b").get(pk=review.pk)


def walk(**parameters: Any) -> list[int]:
    """All results, page by page."""
    asker, found = client("agent"), []
    response = asker.get("/api/v1/reviews/", parameters)
    for _ in range(20):
        assert response.status_code == 200, response.content
        found += [one["id"] for one in response.json()["results"]]
        if not response.json()["next"]:
            return found
        response = asker.get(response.json()["next"])
    raise AssertionError("this list has no end")


def test_the_queue_is_listed_page_by_page_the_most_worth_first() -> None:
    reviews = [two_marshes(value=value) for value in (1.0, 3.0, 2.0, 2.0)]
    order = [reviews[1].pk, reviews[2].pk, reviews[3].pk, reviews[0].pk]
    assert walk(limit=1) == walk(limit=3) == walk() == order


def test_a_review_is_shown_with_both_customers_and_why_it_is_asked() -> None:
    review = two_marshes(reason=Reason.HOUSEHOLD, traffic=31)
    [shown] = get().json()["results"]
    assert (shown["id"], shown["state"], shown["reason"], shown["traffic"]) == (review.pk, "open", "household", 31)
    assert shown["a"]["name"] == "Elizabeth Marsh"
    assert shown["a"]["customer"] == str(review.a.customer.public_id)
    assert shown["says"].startswith("only what a household shares agrees")


def test_one_review_is_explained_in_words_and_in_steps_that_sum_to_the_weight() -> None:
    review = two_marshes()
    told = get(f"{review.pk}/").json()["explanation"]
    assert told["sentence"].startswith("Born the same day, same surname")
    assert sum(step["weight"] for step in told["steps"]) == pytest.approx(told["weight"])
    compared = {one["name"]: (one["a"], one["b"], one["agreement"]) for one in told["fields_compared"]}
    assert compared["given_name"] == (["Elizabeth"], ["Liz"], "near")


def test_the_list_is_filtered() -> None:
    admin = User.objects.create_user("ada")
    household, mine, decided = two_marshes(reason=Reason.HOUSEHOLD), two_marshes(guard="held"), two_marshes()
    assign(mine, admin)
    decide(decided, "different", admin)
    put_off = two_marshes(later_until=now() + timedelta(days=1))
    assert walk(reason="household") == [household.pk]
    assert walk(reason="held") == walk(assignee="ada") == [mine.pk]
    assert walk(assignee="nobody") == [household.pk]
    assert get(assignee="who").status_code == 404
    assert walk(state="different") == walk(state="decided") == [decided.pk]
    assert walk(state="same") == walk(state="settled") == []
    assert walk(state="later") == [put_off.pk]
    assert walk(state="open") == [household.pk, mine.pk, put_off.pk]


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_verdict_makes_the_link_and_names_the_key(verdict: str) -> None:
    review = two_marshes()
    response = post(review, verdict=verdict, note="she called")
    assert response.status_code == 200
    [link] = response.json()["links"]
    assert link["verdict"] == verdict
    assert link["evidence"]["note"].endswith(": she called")
    assert link["evidence"]["terms"]
    assert (fresh(review).state, fresh(review).link_id) == (verdict, link["id"])


@pytest.mark.parametrize("verdict", ["same", "different", "later"])
def test_a_dry_run_says_what_would_happen_and_does_nothing(verdict: str) -> None:
    review, links = two_marshes(), Link.objects.count()
    response = post(review, verdict=verdict, dry_run=True)
    assert response.status_code == 200
    assert response.json()["dry_run"]
    assert len(response.json()["customers"]) == (1 if verdict == "same" else 2)
    assert (fresh(review).state, fresh(review).later_until) == ("open", None)
    assert Link.objects.count() == links


def test_later_puts_it_off_until_then() -> None:
    review, until = two_marshes(), now() + timedelta(days=2)
    assert post(review, verdict="later", until=until.isoformat()).status_code == 200
    assert fresh(review).later_until == until
    assert walk() == []
    past = post(two_marshes(), verdict="later", until="2020-01-01T00:00:00Z")
    assert past.status_code == 409
    assert "still to come" in past.json()["detail"]


def test_what_is_decided_already_is_a_conflict() -> None:
    review = two_marshes()
    post(review, verdict="different")
    again = post(review, verdict="same")
    assert again.status_code == 409
    assert "has decided it already" in again.json()["detail"]


def test_withdrawing_the_link_takes_the_decision_back() -> None:
    review = two_marshes()
    link = post(review, verdict="same").json()["links"][0]["id"]
    client().post(f"/api/v1/links/{link}/withdraw/", {}, content_type="application/json")
    assert not fresh(review).is_one
    shown = get(f"{review.pk}/").json()
    assert (shown["state"], shown["link"]) == ("taken_back", link)
    assert walk(state="same") == walk() == []
    assert walk(state="taken_back") == walk(state="decided") == [review.pk]


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_what_was_taken_back_can_be_decided_anew(verdict: str) -> None:
    review = two_marshes()
    first = post(review, verdict="same").json()["links"][0]["id"]
    client().post(f"/api/v1/links/{first}/withdraw/", {}, content_type="application/json")
    assert post(review, verdict="later").status_code == 409
    second = post(review, verdict=verdict).json()["links"][0]["id"]
    shown = get(f"{review.pk}/").json()
    assert (shown["state"], shown["link"]) == (verdict, second)
    assert second != first


@pytest.mark.parametrize("role", sorted(KNOWS_CUSTOMERS))
def test_every_role_may_look_and_only_admins_decide(role: str) -> None:
    review = two_marshes()
    assert get(role=role).status_code == get(f"{review.pk}/", role=role).status_code == 200
    assert post(review, role, verdict="different").status_code == (200 if role == "admin" else 403)


@pytest.mark.parametrize(
    ("parameters", "at_fault"),
    [({"state": "gone"}, "state"), ({"reason": "magic"}, "reason"), ({"before": "x"}, "before"),
     ({"limit": "0"}, "limit"), ({"page": "2"}, "page")],
)  # fmt: skip
def test_a_bad_parameter_is_named(parameters: dict[str, str], at_fault: str) -> None:
    response = get(**parameters)
    assert (response.status_code, response.json()["parameter"]) == (400, at_fault)


def test_what_is_not_there_is_not_found() -> None:
    assert get("7/").status_code == 404
    assert get(before="7").status_code == 404
    assert get("x/").status_code == 400
