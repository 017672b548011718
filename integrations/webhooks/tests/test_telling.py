"""What happens is told to whom it may be told: once, by ids, on their side of the walls."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.merging import merge, withdraw
from crm.identity.models import Customer, Identifier, Link
from crm.sources.brands import make
from integrations.webhooks import telling
from integrations.webhooks.events import CALL_ENDED, CONVERTED, ENTERED, LEFT, MERGED, UNMERGED, WITHDRAWN
from integrations.webhooks.models import Endpoint, Happening, WebhookMessage
from integrations.webhooks.telling import tell
from integrations.webhooks.tests.factories import endpoint
from journeys.attribution.converting import Worth, convert, take_back
from journeys.attribution.models import Conversion
from journeys.calls.ending import end
from journeys.calls.models import Call
from journeys.interactions.drafts import Seen
from journeys.segments.models import CustomerSegment, Passage
from journeys.tests.factories import NOON, customer_of, identify, recorded, source, user
from journeys.work.deeds import Hand

pytestmark = pytest.mark.django_db
FIRST, SECOND = Seen("login", "4711"), Seen("login", "4712")


def told() -> list[tuple[str, Any]]:
    """(event, data) of every message, in the order that they were made."""
    while tell():
        pass
    bodies = [(one.event, one.body) for one in WebhookMessage.objects.order_by("pk")]
    return [(event, telling_of(body)) for event, body in bodies]


def telling_of(body: str) -> Any:
    return json.loads(body)["data"]


def two_customers() -> tuple[Customer, Customer]:
    recorded([identify(NOON, FIRST, given_name="Anna"), identify(NOON, SECOND, given_name="Anna")])
    return customer_of("login", "4711"), customer_of("login", "4712")


def of(customer: Customer) -> Identifier:
    return Identifier.objects.get(origin=customer)


def joined(one: Customer, other: Customer) -> Link:
    """Staff say that two are one."""
    Identifier.objects.update(created_at=NOON)
    return merge(one, other, user("admin"), "the same person")


def sale(identifier: Identifier, **told: Any) -> Conversion:
    return convert(identifier.pk, Worth(Decimal("3180.00"), "GBP", "NS-1"), Hand(user()), **told)


def ended_call(**told: Any) -> Call:
    ringing = Call.objects.create(
        source=source("phones", "twilio"), call_id="CA1", state="ringing", rang_at=NOON, **told
    )
    end(ringing, NOON + timedelta(minutes=4))
    return ringing


def test_a_merge_and_its_unmerge_are_told_by_ids() -> None:
    one, other = two_customers()
    endpoint()
    link = joined(one, other)
    withdraw([link], user("admin"))
    (merged, first), (unmerged, second) = told()
    assert (merged, unmerged) == (MERGED, UNMERGED)
    assert (first["customer"], first["former"]) == (str(one.public_id), str(other.public_id))
    assert (second["customer"], second["former"]) == (str(other.public_id), str(one.public_id))
    assert first["links"]["customer"].endswith(f"/api/v1/customers/{one.public_id}/")


def test_a_conversion_is_told_and_that_it_was_taken_back() -> None:
    one, _ = two_customers()
    endpoint()
    made = sale(of(one))
    assert [event for event, _ in told()] == [CONVERTED]
    take_back(made, Hand(user()))
    (_, first), (event, second) = told()
    assert (event, first["conversion"], second["conversion"]) == (WITHDRAWN, made.pk, made.pk)
    assert (first["value"], first["currency"], first["customer"]) == ("3180.00", "GBP", str(one.public_id))


def test_what_was_taken_back_before_anybody_looked_is_not_told() -> None:
    one, _ = two_customers()
    endpoint()
    take_back(sale(of(one)), Hand(user()))
    assert told() == []


def test_the_end_of_a_call_is_told_once() -> None:
    one, _ = two_customers()
    endpoint()
    ringing = ended_call(customer=one, confidence=0.9)
    end(ringing, NOON + timedelta(minutes=9))
    [(event, data)] = told()
    assert (event, data["call"], data["customer"]) == (CALL_ENDED, str(ringing.public_id), str(one.public_id))
    assert data["confidence"] == 0.9


def test_who_enters_a_segment_and_leaves_it_is_told() -> None:
    one, _ = two_customers()
    endpoint()
    segment = CustomerSegment.objects.create(name="Saw the quote", definition={})
    for has_entered in (True, False):
        Passage.objects.create(segment=segment, customer_id=one.pk, has_entered=has_entered, at=NOON)
    (entered, first), (left, second) = told()
    assert (entered, left) == (ENTERED, LEFT)
    assert (first["segment"], first["customer"], second["name"]) == (segment.pk, str(one.public_id), "Saw the quote")


def test_no_message_holds_what_tells_who_somebody_is() -> None:
    recorded([identify(NOON, FIRST, Seen("email", "zebra@canary.example"), full_name="Zebra Canary")])
    endpoint()
    one = customer_of("login", "4711")
    sale(of(one))
    ended_call(customer=one, line="+447700900142", dialled="+442071838750")
    assert len(told()) == 2
    for message in WebhookMessage.objects.all():
        assert not [word for word in ("anary", "ebra", "900142", "4711", "NS-1") if word in message.body]


def test_walls_hold_and_what_is_common_is_told_to_all() -> None:
    lagoon, atlas = make("Lagoon", None), make("Atlas", None)
    recorded([identify(NOON, Seen("login", "1"))], source("lagoon web", brand=lagoon, namespace="shop@lagoon"))
    recorded([identify(NOON, Seen("login", "2"))])
    for name in ("lagoon", "atlas", ""):
        endpoint(name=name, brand=name)
    walled, common = Customer.objects.get(brand="lagoon"), Customer.objects.get(brand="")
    sale(of(walled))
    sale(of(common))
    told()
    found = {(one.endpoint.name, one.customer_id) for one in WebhookMessage.objects.all()}
    assert found == {("lagoon", walled.pk), ("lagoon", common.pk), ("atlas", common.pk), ("", common.pk)}
    assert atlas.word == "atlas"


def test_withheld_browsing_is_not_told() -> None:
    one, other = two_customers()
    endpoint()
    joined(one, other)
    Identifier.objects.update(is_withheld=True)
    Conversion.objects.create(identifier=of(one), value=1, currency="GBP", at=NOON, channel="web")
    assert told() == []


def test_an_endpoint_is_told_of_what_it_chose_and_of_nothing_before_it_was_made() -> None:
    one, other = two_customers()
    sale(of(one))
    endpoint(events=[MERGED])
    sale(of(one))
    joined(one, other)
    assert [event for event, _ in told()] == [MERGED]
    Endpoint.objects.update(created_at=timezone.now() + timedelta(hours=1), events=[CONVERTED])
    sale(of(one))
    assert len(told()) == 1


def test_nothing_is_noted_while_there_is_nobody_to_tell() -> None:
    one, _ = two_customers()
    endpoint(removed_at=NOON)
    sale(of(one))
    ended_call()
    assert not Happening.objects.exists()


def test_five_hundred_events_are_told_once_each_in_bites_whoever_dies_in_the_middle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _ = two_customers()
    endpoint()
    rows = [Conversion(identifier=of(one), value=number, currency="GBP", at=NOON) for number in range(500)]
    Conversion.objects.bulk_create(rows)
    assert tell(200)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(telling, "message", die)
        with pytest.raises(KeyboardInterrupt):
            tell(200)
    assert Happening.objects.count() == 300
    while tell(200):
        pass
    assert not Happening.objects.exists()
    assert WebhookMessage.objects.values("key").distinct().count() == WebhookMessage.objects.count() == 500
