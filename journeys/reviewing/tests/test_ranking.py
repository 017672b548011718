"""The order of the queue: what goes on with both customers, counted as far as it matters."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from crm.celery import app
from crm.matching.models import Review
from crm.matching.tests.factories import two_marshes
from crm.matching.worth import worth
from journeys.interactions.drafts import Seen
from journeys.reviewing import ranking
from journeys.reviewing.tasks import rank_reviews
from journeys.tests.factories import call, mail, recorded

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def busy(review: Review, calls: int, days_ago: int = 1) -> None:
    for end in (review.a, review.b):
        seen = Seen(end.kind, end.value, end.namespace)
        recorded([call(NOW - timedelta(days=days_ago, minutes=n), seen) for n in range(calls)])


def test_what_happened_to_both_lately_is_counted_and_the_busiest_pair_comes_first() -> None:
    quiet, some, old = two_marshes(), two_marshes(), two_marshes()
    busy(some, 3)
    busy(old, 5, days_ago=100)
    email = some.a.links_as_a.get(b__kind="email").b
    recorded([mail(NOW, "Hello", "Hello", Seen("email", email.value))])
    assert ranking.rank(NOW) == 3
    assert {one: one.traffic for one in Review.objects.all()} == {quiet: 0, some: 7, old: 0}
    assert Review.objects.order_by("-value")[0] == some
    assert Review.objects.get(pk=some.pk).value == pytest.approx(worth(some.probability, 7))


def test_traffic_is_counted_up_to_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MOST_TRAFFIC", 4)
    busy(two_marshes(), 5)
    ranking.rank(NOW)
    assert Review.objects.get().traffic == 4


def test_all_open_reviews_are_ranked_chunk_by_chunk_and_decided_ones_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "CHUNK", 2)
    reviews = [two_marshes(value=0.0) for _ in range(5)]
    Review.objects.filter(pk=reviews[0].pk).update(state="different")
    assert ranking.rank(NOW) == 4
    assert Review.objects.filter(value=0.0).get() == reviews[0]


def test_the_beat_ranks_every_ten_minutes() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["rank-reviews"]
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
    assert entry["schedule"] == 600
    two_marshes(value=0.0)
    rank_reviews()
    assert Review.objects.get().value > 0
