"""What changes is told to Google's Data Manager as the event once more: by its click, of whoever still agrees."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.merging import merge
from integrations.uploads.models import Destination, Upload
from integrations.uploads.tests.factories import buyer, consents, definition, destination, sale, turn
from integrations.uploads.tests.hearing import api, hear, sent, told, values
from integrations.uploads.tests.platforms import listening
from journeys.attribution.models import Conversion, Touchpoint
from journeys.interactions.models import Interaction
from journeys.tests.factories import user

pytestmark = pytest.mark.django_db


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


@pytest.fixture
def made(platforms: str) -> Destination:
    return destination("data_manager", platforms)


def test_what_is_cancelled_is_worth_nothing_there_and_what_stands_again_is_worth_it_again(made: Destination) -> None:
    sold = sale(buyer())
    turn()
    hear()
    Conversion.objects.filter(pk=sold.pk).update(withdrawn_at=timezone.now(), why="cancelled")
    turn()
    hear()
    assert (told()[1], values()) == (("taken back", "sent", "it does not count any more"), [0.0])
    Conversion.objects.filter(pk=sold.pk).update(withdrawn_at=None, why="")
    turn()
    hear()
    assert values() == [3180.0]
    assert list(api().counted) == [f"throughline-{sold.pk}"]


def test_a_refund_restates_the_value(made: Destination) -> None:
    orders = definition()
    made.actions |= {str(orders.pk): "987654"}
    made.save()
    order: Any = {"definition": orders, "order": "NS-1", "kind": "defined"}
    customer = buyer()
    sale(customer, **order)
    turn()
    hear()
    sale(customer, 10, "-1000", role="refund", **order)
    turn()
    hear()
    assert (values(), told()[1]) == ([2180.0], ("restated", "sent", ""))
    assert "lastUpdatedTimestamp" in sent()[-1]["events"][0]


def test_what_changes_while_it_is_pending_is_told_once_that_is_known(made: Destination) -> None:
    sold = sale(buyer())
    turn()
    Conversion.objects.filter(pk=sold.pk).update(withdrawn_at=timezone.now())
    turn()
    assert (told()[0][1], len(told()), len(sent())) == ("pending", 1, 1)
    hear()
    assert (values(), [state for _, state, _ in told()]) == ([0.0], ["sent", "sent"])


def test_a_change_that_was_queued_goes_nowhere_where_the_conversion_is_refused(made: Destination) -> None:
    sold = sale(buyer())
    turn()
    one = Upload.objects.get()
    Upload.objects.create(
        destination=made, conversion=sold.pk, identifier=one.identifier, number=1, what="taken back", state="waiting",
        told_as=one.told_as, action=one.action, click=one.click, click_kind="gclid", at=one.at, value=0,
        before=one.value, currency="GBP", due_at=timezone.now(),
    )  # fmt: skip
    turn()
    assert len(sent()) == 1
    api().unknown.add(f"GCLID-{sold.identifier.value}-secret")
    hear()
    assert told()[1] == ("taken back", "left out", "they do not know of the conversion")
    assert (len(sent()), values()) == (1, [])


def test_a_merge_that_brings_a_later_click_changes_nothing_as_google_keeps_the_first(made: Destination) -> None:
    customer, other = buyer("gclid", 50, line=""), buyer("gclid", 30, line="")
    sale(customer)
    turn()
    hear()
    merge(customer, other, user("admin"), "the same person")
    turn(6)
    hear()
    assert (len(sent()), told()) == (1, [("made", "sent", "")])


def test_a_consent_that_is_taken_back_leaves_it_as_it_was_told_and_says_so(made: Destination) -> None:
    customer = buyer()
    sale(customer)
    turn()
    hear()
    consents(customer, given=False)
    turn()
    hear()
    assert told()[1] == ("taken back", "left out", "no consent: it stays there as it was told")
    assert len(sent()) == 1


def test_nothing_is_changed_without_the_click_and_a_conversion_that_is_gone_is_still_found_by_it(
    made: Destination,
) -> None:
    gone, kept = sale(buyer()), sale(buyer(line=""))
    turn()
    hear()
    Conversion.objects.filter(pk=gone.pk).delete()
    clicked = Upload.objects.get(conversion=kept.pk).click
    Touchpoint.objects.filter(interaction__in=[clicked]).delete()
    Interaction.objects.filter(pk__in=[clicked]).delete()
    Conversion.objects.filter(pk=kept.pk).update(withdrawn_at=timezone.now())
    turn()
    hear()
    worth = {key: one["conversionValue"] for key, one in api().counted.items()}
    assert worth == {f"throughline-{gone.pk}": 0.0, f"throughline-{kept.pk}": 3180.0}
    left = Upload.objects.get(conversion=kept.pk, number=1)
    assert (left.state, left.why[:42]) == ("left out", "Google’s Data Manager changes nothing with")
