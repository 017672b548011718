"""Deciding reviews: what is decided makes staff's link, is never overwritten unseen, and can be taken back."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection

from crm.errors import MergeRefused, ReviewRefused
from crm.identity.merging import keep_apart, merge, withdraw
from crm.identity.models import IdentityEvent, Link
from crm.matching.figures import read_bands
from crm.matching.models import Review
from crm.matching.queueing import Asked, LostPlace, how_many, neighbours, of_identifiers, read_queue
from crm.matching.reviewing import assign, decide, decide_many, later, refused, undo
from crm.matching.tests.factories import now, two_marshes
from crm.matching.verdicts import Reason
from crm.matching.worth import worth

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("ada", first_name="Ada", last_name="Byron")


def fresh(review: Review) -> Review:
    return Review.objects.select_related("a__customer", "b__customer", "link").get(pk=review.pk)


def test_the_same_person_becomes_one_customer_and_the_link_keeps_why(admin: User) -> None:
    review = two_marshes()
    [link] = decide(review, "same", admin, "she called")
    found = fresh(review)
    assert (found.state, found.decided_by, found.link, found.is_one) == ("same", admin, link, True)
    kept = Link.objects.get(pk=link.pk).evidence
    assert kept["note"] == "she called"
    assert kept["review"] == review.pk
    assert sum(weight for _, _, weight in kept["terms"]) == pytest.approx(kept["weight"], abs=0.001)
    assert kept["weight"] == pytest.approx(review.weight, abs=0.001)
    assert IdentityEvent.objects.latest("pk").cause == "staff.same"


def test_different_people_are_kept_apart_for_good(admin: User) -> None:
    review = two_marshes()
    [link] = decide(review, "different", admin)
    assert link.verdict == "different"
    assert not fresh(review).is_one
    with pytest.raises(MergeRefused, match="different"):
        merge(review.a.customer, review.b.customer, admin)


def test_a_decision_is_undone_and_the_review_is_open_again(admin: User) -> None:
    review = two_marshes()
    before = (review.a.customer_id, review.b.customer_id)
    [link] = decide(review, "same", admin)
    undo(review, admin)
    found = fresh(review)
    assert (found.state, found.link, found.decided_at) == ("open", None, None)
    assert (found.a.customer_id, found.b.customer_id) == before
    assert Link.objects.get(pk=link.pk).withdrawn_by == admin
    decide(found, "different", admin)
    assert fresh(review).state == "different"


def test_what_somebody_else_decided_is_said_and_not_overwritten(admin: User) -> None:
    review = two_marshes()
    decide(review, "different", admin)
    with pytest.raises(ReviewRefused, match="Ada Byron has decided it already: different people"):
        decide(review, "same", User.objects.create_user("tom"))
    assert Link.objects.filter(basis="staff").count() == 1
    with pytest.raises(ReviewRefused):
        later(review, now() + timedelta(days=1))
    with pytest.raises(ReviewRefused):
        assign(review, admin)


def test_the_rules_may_refuse_and_then_nothing_is_changed(admin: User) -> None:
    review = two_marshes()
    keep_apart(review.a, review.b, admin)
    links = Link.objects.count()
    with pytest.raises(MergeRefused, match="they stay apart"):
        decide(review, "same", admin)
    assert fresh(review).state == "open"
    assert Link.objects.count() == links


def test_a_pair_that_is_one_customer_already_is_settled(admin: User) -> None:
    review = two_marshes()
    merge(review.a.customer, review.b.customer, admin)
    with pytest.raises(MergeRefused, match="split it"):
        decide(fresh(review), "different", admin)
    assert decide(review, "same", admin) == []
    assert fresh(review).state == "settled"
    with pytest.raises(ReviewRefused, match="no longer in question"):
        decide(review, "same", admin)


def test_customers_are_joined_as_they_stand_when_it_is_decided(admin: User) -> None:
    first, second = two_marshes(), two_marshes()
    merge(first.a.customer, second.a.customer, admin)
    decide(first, "same", admin)
    assert fresh(first).a.customer == fresh(second).a.customer == fresh(first).b.customer


def test_many_are_decided_each_by_itself(admin: User) -> None:
    reviews = [two_marshes() for _ in range(3)]
    keep_apart(reviews[1].a, reviews[1].b, admin)
    outcomes = decide_many(reviews, "same", admin)
    assert [one.review for one in refused(outcomes)] == [reviews[1]]
    assert [fresh(one).state for one in reviews] == ["same", "open", "same"]


def test_later_leaves_the_queue_until_then_and_undo_brings_it_back(admin: User) -> None:
    review = two_marshes()
    later(review, now() + timedelta(days=7))
    assert read_queue(Asked(), now())[0] == []
    assert read_queue(Asked(), now() + timedelta(days=8))[0] == [review]
    assert read_queue(Asked("later"), now())[0] == [review]
    undo(review, admin)
    assert read_queue(Asked(), now())[0] == [review]
    with pytest.raises(ReviewRefused, match="nothing to undo"):
        undo(review, admin)


def test_a_decision_that_was_taken_back_elsewhere_is_known_and_can_be_asked_again(admin: User) -> None:
    review = two_marshes()
    withdraw(decide(review, "same", admin), admin)
    assert fresh(review).is_taken_back
    assert fresh(review).standing == "taken_back"
    assert sum(band.same.whole for band in read_bands()) == 0
    undo(review, admin)
    assert fresh(review).state == "open"


def queue_of(count: int) -> list[Review]:
    """Reviews of which some are worth the same."""
    return [two_marshes(value=float(number // 2)) for number in range(count)]


@pytest.mark.parametrize("state", ["waiting", "decided", "settled"])
def test_pages_of_the_queue_add_up_to_all_of_it(admin: User, state: str) -> None:
    reviews = queue_of(5)
    if state == "decided":
        decide_many(reviews, "different", admin)
    if state == "settled":
        Review.objects.update(state="settled")
    seen: list[Review] = []
    after = 0
    for _ in range(5):
        found, after = read_queue(Asked(state, after=after), now(), 2)
        seen += found
        if not after:
            break
    order = sorted(reviews, key=lambda one: (-one.value, one.pk)) if state == "waiting" else reviews[::-1]
    assert seen == order


def test_the_queue_is_narrowed_by_reason_assignee_and_customer(admin: User) -> None:
    household, mine, held = two_marshes(reason=Reason.HOUSEHOLD), two_marshes(), two_marshes(guard="held")
    assign(mine, admin)
    narrowed = [
        Asked(reason="household"), Asked(assignee=str(admin.pk)), Asked(reason="held"), Asked(customer=held.a.customer),
    ]  # fmt: skip
    found = [read_queue(one, now())[0] for one in narrowed]
    assert found == [[household], [mine], [held], [held]]
    assert read_queue(Asked(assignee="nobody"), now())[0] == [household, held]
    assert of_identifiers([mine.b_id], now()) == [mine]


def test_neighbours_follow_the_order_of_the_queue() -> None:
    reviews = sorted(queue_of(4), key=lambda one: (-one.value, one.pk))
    assert neighbours(reviews[1], Asked(), now()) == (reviews[0], reviews[2])
    assert neighbours(reviews[0], Asked(), now())[0] is None
    assert neighbours(reviews[3], Asked(), now())[1] is None


def test_the_queue_is_counted_up_to_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.matching.queueing.COUNTED", 2)
    queue_of(2)
    assert how_many(Asked(), now()) == "2"
    two_marshes()
    assert how_many(Asked(), now()) == "2+"


def test_a_place_that_is_lost_is_refused() -> None:
    review = two_marshes()
    for asked in (Asked(after=review.pk + 1), Asked("decided", after=review.pk)):
        with pytest.raises(LostPlace, match="begin at its first page"):
            read_queue(asked, now())


def test_nothing_is_put_off_into_the_past() -> None:
    with pytest.raises(ReviewRefused, match="still to come"):
        later(two_marshes(), now() - timedelta(days=1))


def test_what_is_surer_and_busier_is_worth_more() -> None:
    assert worth(0.9, 10) > worth(0.6, 10)
    assert worth(0.02, 10) > worth(0.4, 10)
    assert worth(0.6, 100) > worth(0.6, 10)
    assert worth(0.6, 10**6) == worth(0.6, 1_000)


@pytest.fixture
def in_a_thread() -> Iterator[list[Thread]]:
    threads: list[Thread] = []
    yield threads
    for one in threads:
        one.join(10)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told(admin: User, in_a_thread: list[Thread]) -> None:
    review, said = two_marshes(), []

    def say(verdict: str) -> None:
        with closing(connection):
            try:
                decide(review, verdict, admin)
                said.append("decided")
            except ReviewRefused:
                said.append("told")

    in_a_thread += [Thread(target=say, args=[verdict]) for verdict in ("same", "different")]
    for one in in_a_thread:
        one.start()
    for one in in_a_thread:
        one.join(10)
    assert sorted(said) == ["decided", "told"]
    assert Link.objects.filter(basis="staff").count() == 1
