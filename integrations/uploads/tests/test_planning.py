"""Who is told of, and what is told when it changes: consent, cancellations, refunds, merges, walls, erasure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.merging import merge, withdraw
from crm.identity.models import Identifier
from crm.privacy.erasing.carrying import finish_all
from crm.privacy.erasing.models import Erasure
from crm.privacy.restricting.models import RestrictedIdentifier, Restriction
from crm.sources.brands import make
from integrations.uploads import planning
from integrations.uploads.models import Upload, UploadNote
from integrations.uploads.planning import plan
from integrations.uploads.sending import send
from integrations.uploads.tests.factories import (
    ago,
    buyer,
    consents,
    definition,
    destination,
    sale,
    turn,
    whose,
)
from integrations.uploads.tests.platforms import Platforms, listening
from journeys.attribution.models import Conversion, Touchpoint
from journeys.interactions.models import Interaction
from journeys.tests.factories import user

pytestmark = pytest.mark.django_db


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


def google() -> list[tuple[float, bool]]:
    """(value, whether it was taken back) of what Google counts."""
    return [(one["conversionValue"], bool(one.get("retracted"))) for one in Platforms.counted["google"].values()]


def told() -> list[tuple[str, str, str]]:
    """(what, state, why) of every upload."""
    return list(Upload.objects.order_by("pk").values_list("what", "state", "why"))


# Consent decides


def test_without_consent_nothing_is_told_and_that_is_counted(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer(agrees=False)
    consents(customer, channel="email")
    sale(customer)
    turn()
    assert (Platforms.asked, told()) == ([], [("made", "left out", "no consent")])
    consents(customer, channel="web")
    turn()
    assert google() == [(3180.0, False)]


def test_a_consent_that_is_taken_back_stops_what_waits_and_takes_back_what_was_told(platforms: str) -> None:
    destination("google_ads", platforms)
    customer, other = buyer(), buyer()
    sale(customer)
    turn()
    sale(other)
    plan()
    consents(customer, given=False)
    consents(other, given=False)
    turn()
    assert google() == [(3180.0, True)]
    assert ("made", "left out", "no consent") in told()
    assert ("taken back", "sent", "no consent") in told()


def test_consent_is_asked_for_at_the_last_moment(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    sale(customer)
    plan()
    consents(customer, given=False)
    planning_is_behind = UploadNote.objects.count()
    send(5)
    assert planning_is_behind
    assert (Platforms.asked, told()) == ([], [("made", "left out", "no consent")])


def test_clicks_of_browsing_that_is_withheld_never_leave(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    consents(customer, given=False, purpose="analytics")
    Identifier.objects.filter(customer=customer).update(is_withheld=True)
    sale(customer, order="NS-1")
    turn()
    assert (Platforms.asked, told()) == ([], [("made", "left out", "no click of theirs led to it")])


def test_whoever_is_restricted_is_not_told_of_until_that_is_lifted(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    made = Restriction.objects.create(reason="they asked", put_by=user("privacy"))
    RestrictedIdentifier.objects.create(restriction=made, identifier=whose(customer))
    sale(customer)
    turn()
    assert (Platforms.asked, told()) == ([], [("made", "left out", "their processing is restricted")])
    Restriction.objects.filter(pk=made.pk).update(lifted_at=timezone.now())
    turn()
    assert google() == [(3180.0, False)]


def test_whoever_is_erased_leaves_no_upload_behind(platforms: str) -> None:
    destination("google_ads", platforms)
    customer, other = buyer(), buyer()
    sale(customer)
    sale(other)
    turn()
    Erasure.objects.create(customer_id=customer.pk, state=Erasure.State.STARTING, reason="They wrote to us.")
    finish_all()
    turn()
    [left] = Upload.objects.all()
    assert left.identifier.customer == other
    assert left.answers.count() == 1


def test_walls_hold(platforms: str) -> None:
    make("Lagoon", None)
    walled, common = (destination("google_ads", platforms, brand=brand) for brand in ("lagoon", ""))
    customer = buyer()
    type(customer).objects.filter(pk=customer.pk).update(brand="lagoon")
    sale(customer)
    sale(buyer())
    turn()
    assert (walled.uploads.count(), common.uploads.count()) == (2, 1)


# What is told is what counts


def test_what_is_cancelled_is_taken_back(platforms: str) -> None:
    destination("google_ads", platforms)
    made = sale(buyer())
    turn()
    Conversion.objects.filter(pk=made.pk).update(withdrawn_at=timezone.now(), why="cancelled")
    turn()
    assert google() == [(3180.0, True)]
    assert told()[1] == ("taken back", "sent", "it does not count any more")
    Conversion.objects.filter(pk=made.pk).update(withdrawn_at=None, why="")
    turn()
    assert google() == [(3180.0, True), (3180.0, False)]


def test_what_is_cancelled_while_it_waits_is_never_told(platforms: str) -> None:
    destination("google_ads", platforms)
    made = sale(buyer())
    plan()
    Conversion.objects.filter(pk=made.pk).delete()
    turn()
    assert (Platforms.asked, Upload.objects.get().state) == ([], "left out")


def test_a_refund_restates_the_value_and_a_whole_one_takes_it_back(platforms: str) -> None:
    orders = definition()
    destination("google_ads", platforms)
    order: Any = {"definition": orders, "order": "NS-1", "kind": "defined"}
    customer = buyer()
    sale(customer, **order)
    turn()
    back = sale(customer, 10, "-1000", role="refund", **order)
    turn()
    assert google() == [(2180.0, False)]
    sale(customer, 9, "-2180", role="refund", **order)
    turn()
    assert google() == [(2180.0, True)]
    Conversion.objects.filter(pk=back.pk).delete()
    assert [state for _, state, _ in told()] == ["sent"] * 3


def test_ga4_is_told_of_refunds_and_meta_takes_nothing_back(platforms: str) -> None:
    orders = definition()
    destination("ga4", platforms)
    destination("meta", platforms, is_by_click=False)
    order: Any = {"definition": orders, "order": "NS-1", "kind": "defined"}
    customer = buyer()
    made = sale(customer, **order)
    turn()
    sale(customer, 10, "-1000", role="refund", **order)
    turn()
    refund = Platforms.counted["ga4"][f"refund throughline-{made.pk}"]
    assert refund["params"]["value"] == 1000.0
    assert ("restated", "left out", "Meta takes nothing back") in told()
    assert len(Platforms.counted["meta"]) == 1


def test_a_merge_that_brings_a_later_click_takes_the_old_back_and_tells_the_new(platforms: str) -> None:
    destination("google_ads", platforms)
    customer, other = buyer("gclid", 50, line=""), buyer("gclid", 30, line="")
    made = sale(customer)
    turn()
    admin = user("admin")
    link = merge(customer, other, admin, "the same person")
    turn(6)
    ours = f"throughline-{made.pk}"
    assert google() == [(3180.0, True), (3180.0, False)]
    assert Platforms.counted["google"][ours]["gclid"] != Platforms.counted["google"][f"{ours}-2"]["gclid"]
    withdraw([link], admin)
    turn(6)
    assert google() == [(3180.0, True), (3180.0, True), (3180.0, False)]
    assert Platforms.counted["google"][ours]["gclid"] == Platforms.counted["google"][f"{ours}-3"]["gclid"]


def test_a_click_that_retention_removed_is_still_what_it_was_told_by(platforms: str) -> None:
    destination("google_ads", platforms)
    made = sale(buyer("gclid", line=""))
    turn()
    clicked = Upload.objects.get().click
    Touchpoint.objects.filter(interaction__in=[clicked]).delete()
    Interaction.objects.filter(pk__in=[clicked]).delete()
    Conversion.objects.filter(pk=made.pk).update(value="3000.00")
    turn()
    assert google() == [(3000.0, False)]
    Conversion.objects.filter(pk=made.pk).update(withdrawn_at=timezone.now())
    turn()
    assert google() == [(3000.0, True)]


def test_a_click_that_comes_late_is_told_of(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer("")
    sale(customer)
    turn()
    assert told() == [("made", "left out", "no click of theirs led to it")]
    buyer("gclid", 25, login=whose(customer).value)
    turn()
    assert google() == [(3180.0, False)]


def test_the_last_click_within_the_vendors_window_is_told_of(platforms: str) -> None:
    destination("google_ads", platforms)
    customer = buyer("gclid", 24 * 91)
    buyer("gclid", 40, login=whose(customer).value, line="+447911123457")
    buyer("gclid", 10, login=whose(customer).value, line="+447911123458")
    sale(customer)
    turn()
    clicked = Touchpoint.objects.get(interaction__in=[Upload.objects.get().click]).at
    assert abs(clicked - ago(40)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"value": "-5"}, "its value is negative"), ({"currency": "XXX"}, "its currency is not known"),
        ({"hours": 24 * 70}, ""), ({"kind": "upgrade"}, ""),
    ],
    ids=["negative", "currency", "before the first day", "not told"],
)  # fmt: skip
def test_what_cannot_be_told_is_left_out_with_why(platforms: str, what: dict[str, Any], why: str) -> None:
    destination("google_ads", platforms)
    sale(buyer("gclid", 24 * 75 if what.get("hours") else 30), **what)
    turn()
    assert Platforms.asked == []
    assert told() == ([("made", "left out", why)] if why else [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("+447700900142", "one for drama and tests"), ("+442079460123", "one for drama and tests"),
        ("", "no click of theirs led to it"),
    ],
    ids=["mobile drama", "London drama", "no call"],
)  # fmt: skip
def test_a_call_from_a_number_that_cannot_be_is_left_out(platforms: str, line: str, why: str) -> None:
    destination("google_ads", platforms, calls={"sale": "55"})
    sale(buyer("", 21, line=line), 20.9)
    turn()
    [(_, state, said)] = told()
    assert (state, why in said) == ("left out", True)


def test_everything_is_told_where_a_destination_wants_all(platforms: str) -> None:
    destination("meta", platforms, is_by_click=False)
    sale(buyer(""))
    turn()
    [one] = Platforms.counted["meta"].values()
    assert set(one["user_data"]) == {"em", "ph", "fbp"}


def test_the_orders_own_number_is_told_where_that_is_wanted(platforms: str) -> None:
    destination("google_ads", platforms, by_orders=True)
    sale(buyer(), order="NS-1")
    turn()
    assert list(Platforms.counted["google"]) == ["NS-1"]


def test_nothing_is_noted_while_there_is_nobody_to_tell() -> None:
    destination(removed_at=timezone.now())
    sale(buyer())
    assert not UploadNote.objects.exists()


def test_a_hundred_conversions_are_planned_once_each_in_bites_whoever_dies(
    platforms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination("google_ads", platforms)
    customer = buyer()
    for number in range(100):
        sale(customer, value=str(number + 1))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    assert plan(40)
    with monkeypatch.context() as dying:
        dying.setattr(planning, "write", die)
        with pytest.raises(KeyboardInterrupt):
            plan(40)
    while plan(40):
        pass
    turn()
    assert Upload.objects.filter(state="sent").count() == 100
    assert len(Platforms.counted["google"]) == 100
