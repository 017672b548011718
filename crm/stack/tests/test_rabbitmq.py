"""With a RabbitMQ as CELERY_BROKER_URL, messages drain the inbox: from a quorum queue, and after a restart too."""

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest

from crm.stack.tests.rabbitmq import RabbitMQ, rabbitmq
from crm.stack.tests.ready_made import ready_made_dir
from crm.stack.tests.stacks import new_data_dir, readiness, wait_until
from crm.stack.throwaway import Stack, running_stack

pytestmark = pytest.mark.xdist_group("rabbitmq")

AT_ONCE = 5.0  # seconds, on processors that are shared; it takes 0.1 on one's own
RECONNECTED = 60.0  # the worker tries again after 2, 4, 6 ... seconds


class Shop:
    """A stack whose sweep stands still: whatever is recorded was announced by a message."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.key = stack.told("add_source", "segment", "shop")["write_key"]
        self.sent = 0
        stack.part("sweep").suspend()

    def send(self) -> None:
        """An event, which is acknowledged whatever the broker does."""
        self.sent += 1
        event = {"writeKey": self.key, "anonymousId": "a", "messageId": f"m-{self.sent}", "event": "Looked"}
        request = urllib.request.Request(f"{self.stack.url}/v1/track", json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200

    def has_recorded(self) -> bool:
        """Whether everything that was sent is recorded."""
        return self.stack.ask("SELECT count(*) FROM journeys_interaction") == [(self.sent,)]


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitMQ]:
    with rabbitmq(new_data_dir()) as server:
        yield server


@pytest.fixture(scope="module")
def shop(broker: RabbitMQ) -> Iterator[Shop]:
    with running_stack(ready_made_dir(), CELERY_BROKER_URL=broker.url) as stack:
        yield Shop(stack)


def test_a_stack_on_rabbitmq_is_ready_and_uses_no_other_broker(shop: Shop) -> None:
    assert readiness(shop.stack)["heartbeats"]["worker"] < 60  # a task went through RabbitMQ to a worker
    assert shop.stack.ask("SELECT to_regclass('pgmq.meta')") == [(None,)]


def test_its_only_queue_is_a_quorum_queue(shop: Shop, broker: RabbitMQ) -> None:
    assert broker.queues() == {"throughline": "quorum"}


def test_a_message_drains_the_inbox_at_once_while_the_sweep_stands_still(shop: Shop) -> None:
    for _ in range(3):
        shop.send()
        wait_until(shop.has_recorded, AT_ONCE)


def test_what_came_while_rabbitmq_was_away_is_drained_by_the_first_message_after_it_is_back(
    shop: Shop, broker: RabbitMQ
) -> None:
    worker = shop.stack.part("prefork")
    broker.stop()
    for _ in range(3):
        shop.send()
    assert not shop.has_recorded()
    broker.start()

    def another_drains() -> bool:
        shop.send()
        time.sleep(1)
        return shop.has_recorded()

    wait_until(another_drains, RECONNECTED)
    assert broker.queues() == {"throughline": "quorum"}
    assert shop.stack.part("prefork") == worker
