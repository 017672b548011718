"""The whole API against its own description: schemathesis asks what it allows, and what it does not."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode

from crm.identity.models import Link
from crm.matching.tests.factories import two_marshes
from crm.privacy.erasing.asking import ask
from crm.privacy.models import ApiKey
from integrations.inbox.models import Delivery, FailedDelivery
from integrations.webhooks.tests.factories import endpoint_with_messages
from journeys.interactions.models import Interaction
from journeys.listening.tests.factories import conversation
from journeys.segments.models import CustomerSegment
from journeys.segments.ruling import save as save_segment
from journeys.segments.turning import keep as keep_segments
from journeys.tests.factories import NOON, annas_journey, source

EXAMPLES = 25
BLANK: tuple[Any, ...] = (None, "", [], {}, [""], [None], {"": ""})
SLOWNESS = (HealthCheck.too_slow, HealthCheck.filter_too_much)
OPERATIONS = [
    "GET /api/v1/customers/",
    "GET /api/v1/customers/{customer}/",
    "GET /api/v1/customers/{customer}/why/",
    "POST /api/v1/customers/{customer}/split/",
    "POST /api/v1/links/",
    "POST /api/v1/links/{link}/withdraw/",
    "GET /api/v1/abandonments/",
    "GET /api/v1/attribution/",
    "GET /api/v1/blind-spots/",
    "GET /api/v1/morning/",
    "GET /api/v1/consents/",
    "POST /api/v1/consents/",
    "POST /api/v1/unsubscribe-links/",
    "GET /api/v1/erasures/",
    "POST /api/v1/erasures/",
    "GET /api/v1/erasures/{erasure}/",
    "POST /api/v1/erasures/{erasure}/answer/",
    "GET /api/v1/reviews/",
    "GET /api/v1/reviews/{review}/",
    "POST /api/v1/reviews/{review}/decide/",
    "GET /api/v1/customers/{customer}/timeline/",
    "GET /api/v1/conversions/",
    "POST /api/v1/conversions/",
    "GET /api/v1/cases/",
    "POST /api/v1/cases/",
    "GET /api/v1/tasks/",
    "POST /api/v1/tasks/",
    "GET /api/v1/notes/",
    "POST /api/v1/notes/",
    "GET /api/v1/calls/",
    "GET /api/v1/calls/{call}/transcript/",
    "POST /api/v1/calls/{call}/transcript/",
    "GET /api/v1/interactions/",
    "GET /api/v1/interactions/{interaction}/",
    "GET /api/v1/paths/",
    "GET /api/v1/segments/",
    "GET /api/v1/segments/{segment}/members/",
    "GET /api/v1/uploads/",
    "GET /api/v1/sources/",
    "GET /api/v1/deliveries/",
    "POST /api/v1/deliveries/{delivery}/replay/",
    "GET /api/v1/webhooks/",
    "POST /api/v1/webhooks/",
    "GET /api/v1/webhooks/{endpoint}/",
    "POST /api/v1/webhooks/{endpoint}/",
    "POST /api/v1/webhooks/{endpoint}/secret/",
    "POST /api/v1/webhooks/{endpoint}/test/",
    "POST /api/v1/webhooks/{endpoint}/state/",
    "GET /api/v1/webhooks/{endpoint}/messages/",
    "POST /api/v1/webhooks/{endpoint}/messages/{message}/replay/",
]


@pytest.fixture
def described(db: None) -> Iterator[Any]:
    """The API as it describes itself, in this process and inside the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def real(db: None) -> dict[str, str]:
    """Something at every address that names one thing."""
    anna = annas_journey()
    endpoint, sent = endpoint_with_messages(anna)
    failed = Delivery.objects.create(source=source(), key="k", kind="/v1/track", body="{}", received_at=NOON)
    FailedDelivery.objects.create(delivery=failed, source=source(), reason="no timestamp", failed_at=NOON)
    return {
        "customer": str(anna.public_id),
        "interaction": str(Interaction.objects.earliest("pk").pk),
        "call": str(conversation().public_id),
        "delivery": str(failed.pk),
        "endpoint": str(endpoint.pk),
        "message": str(sent.pk),
        "link": str(Link.objects.earliest("pk").pk),
        "review": str(two_marshes().pk),
        "segment": str(made_segment().pk),
        "erasure": str(ask(anna, None, "she wrote to us").public_id),
    }


def made_segment() -> CustomerSegment:
    """A segment that everybody was looked at for."""
    step = {"is": "count", "step": {"what": "visit", "value": ""}, "least": 1, "days": 365}
    made = CustomerSegment.objects.create(name="Visitors", definition={"match": "all", "conditions": [step]})
    save_segment(made, User.objects.create(username="who explores"))
    keep_segments(20.0)
    return made


@pytest.fixture
def key(db: None) -> dict[str, str]:
    return {"Authorization": f"Bearer {ApiKey.issue('schemathesis', 'admin')[1]}"}


def is_told(case: Any) -> bool:
    """Whether every parameter of a question says something: an empty one is allowed, whatever it was made of."""
    return not any(value in BLANK for value in (case.query or {}).values())


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_answer_breaks_the_description(
    described: Any, real: dict[str, str], key: dict[str, str], label: str, mode: GenerationMode
) -> None:
    method, address = label.split()
    operation = described[address][method]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOWNESS, database=None)
    @given(
        operation.as_strategy(generation_mode=mode).filter(
            lambda case: mode == GenerationMode.POSITIVE or is_told(case)
        )
    )
    def ask(case: Any) -> None:
        case.call_and_validate(headers=key)
        if mode == GenerationMode.POSITIVE and case.path_parameters:
            case.path_parameters = {name: real[name] for name in case.path_parameters}
            case.call_and_validate(headers=key)

    ask()


def test_every_operation_is_asked(described: Any) -> None:
    assert {operation.ok().label for operation in described.get_all_operations()} == set(OPERATIONS)
