"""A worker that is killed while it uploads (SIGKILL, a process of its own): everything is counted once, or said not to
be known.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.uploads import inquiring, sending
from integrations.uploads.inquiring import inquire
from integrations.uploads.models import Upload, UploadAnswer
from integrations.uploads.planning import plan
from integrations.uploads.tasks import upload_conversions
from integrations.uploads.tests.factories import buyer, destination, sale, turn
from integrations.uploads.tests.platforms import Platforms, listening
from integrations.webhooks.tests.killing import LIMIT, kill, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


def killed_while_it_waits_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker sends is counted over there, and the worker is gone before it is told so."""
    for module in (sending, inquiring):
        monkeypatch.setattr(module, "LEASE", timedelta(seconds=0.5))
    while plan():
        pass
    Platforms.faults.append("hold")
    with worker(upload_conversions) as dying:
        assert Platforms.held.wait(LIMIT)
        kill(dying)
        assert dying.exitcode == -9
    Platforms.let_go.set()
    monkeypatch.undo()


def states() -> list[str]:
    return list(Upload.objects.order_by("pk").values_list("state", flat=True))


def test_what_a_killed_worker_was_uploading_is_sent_again_as_the_same_and_counted_once(
    platforms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination("google_ads", platforms)
    made = [sale(buyer()) for _ in range(2)]
    killed_while_it_waits_for_an_answer(monkeypatch)
    assert not UploadAnswer.objects.exists()
    assert states() == ["waiting"] * 2
    while "waiting" in states():  # until the leases run out
        turn(1)
    assert states() == ["sent"] * 2
    sent = [[one["orderId"] for one in asked.body["conversions"]] for asked in Platforms.asked if "/v26/" in asked.path]
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert set(Platforms.counted["google"]) == {f"throughline-{one.pk}" for one in made}


def test_what_would_count_twice_is_not_sent_again_after_a_kill_and_said_to_be_unsure(
    platforms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination("ga4", platforms, actions={"sale": "phone_sale"})
    sale(buyer())
    killed_while_it_waits_for_an_answer(monkeypatch)
    while "waiting" in states():
        turn(1)
    assert states() == ["unsure"]
    assert len(Platforms.counted["ga4"]) == len(Platforms.asked) == 1


def test_a_worker_that_is_killed_while_it_asks_what_became_of_it_has_it_asked_again_and_sends_nothing_twice(
    platforms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination("data_manager", platforms)
    sale(buyer())
    turn()
    Upload.objects.update(due_at=timezone.now())
    killed_while_it_waits_for_an_answer(monkeypatch)
    assert states() == ["pending"]
    while "pending" in states():
        inquire(1)
        turn(1)
    assert states() == ["sent"]
    paths = [asked.path.partition("?")[0] for asked in Platforms.asked if "/v1/" in asked.path]
    assert paths == ["/v1/events:ingest", "/v1/requestStatus:retrieve", "/v1/requestStatus:retrieve"]
    assert list(Platforms.data_manager.conversions.values()) == [1]


def test_a_worker_that_is_killed_while_what_it_sends_is_accepted_sends_it_again_as_the_same(
    platforms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination("data_manager", platforms)
    sale(buyer())
    killed_while_it_waits_for_an_answer(monkeypatch)
    while "waiting" in states():
        turn(1)
    assert states() == ["pending"]
    for number in Platforms.data_manager.requests:  # both are worked on there
        Platforms.data_manager.status(number)
    assert list(Platforms.data_manager.conversions.values()) == [1]
    assert len(Platforms.data_manager.requests) == 2
