"""Nothing personal is logged: a canary goes through the door, good and bad, and the logs are read."""

import logging
from typing import Any

import orjson
import pytest

from crm.sources.models import Source
from integrations.inbox.draining import drain_all
from integrations.inbox.models import FailedDelivery, Pending
from integrations.inbox.tests.asking import ask, basic
from journeys.interactions import recording
from journeys.interactions.arrived import Noted

CANARY = "canary-7f3a"


@pytest.mark.django_db(transaction=True)
def test_no_log_line_names_anybody(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.inbox.door.hint", lambda: None)
    shop = Source.objects.create(name="shop", adapter="segment", namespace="shop")
    person = {"email": f"{CANARY}@example.org", "phone": "07700 900142", "firstName": CANARY}
    good = {"type": "identify", "messageId": "m1", "anonymousId": CANARY, "traits": person}
    late = {"type": "track", "event": CANARY, "messageId": "m2", "userId": CANARY, "timestamp": f"9999 {CANARY}"}
    poison = {"type": "track", "event": CANARY, "messageId": f"poison-{CANARY}", "userId": CANARY}
    keep = recording.interaction_row

    def poisoned(item: Noted, *rest: Any) -> Any:
        if item.draft.key.startswith("poison"):
            raise ValueError(f"cannot store {item.draft.title}")
        return keep(item, *rest)

    monkeypatch.setattr(recording, "interaction_row", poisoned)
    with caplog.at_level(logging.DEBUG):
        ask("/v1/batch", orjson.dumps({"batch": [good, late, poison]}), headers=basic(shop.write_key))
        ask("/v1/track", CANARY.encode(), headers=basic(shop.write_key))
        ask(f"/in/{CANARY}/", CANARY.encode())
        drain_all()
    assert FailedDelivery.objects.count() + Pending.objects.count() >= 1
    assert any("inbox." in record.getMessage() for record in caplog.records)
    assert CANARY not in caplog.text
