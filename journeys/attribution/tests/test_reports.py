"""Reports of attribution: counted by day from the database, kept up with what changes, for each side of the walls."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.privacy.erasing import carrying
from crm.privacy.erasing.models import Erasure
from crm.privacy.models import ApiKey
from crm.privacy.restricting.acts import restrict
from crm.privacy.tests.signing import signed_in
from journeys.attribution.converting import Worth, convert, take_back
from journeys.attribution.crediting import steps_to
from journeys.attribution.kept import AttributionCount, CountedDay, WithheldCount
from journeys.attribution.leaving_out import left_out, tens
from journeys.attribution.models import Conversion, ConversionDefinition, Touchpoint
from journeys.attribution.recounting import freshness, recount
from journeys.attribution.working import work
from journeys.interactions.drafts import Seen
from journeys.tests.factories import call, customer_of, page, recorded, user
from journeys.work.deeds import Hand

pytestmark = pytest.mark.django_db
SEARCH = {"source": "google", "medium": "cpc", "name": "winter"}
MAIL = {"source": "newsletter", "medium": "email", "name": "sun"}


def visited(who: str, days: float, campaign: dict[str, str] | None = None) -> None:
    """A visit, so many days ago."""
    told: dict[str, Any] = {"campaign": campaign} if campaign else {}
    recorded([page(timezone.now() - timedelta(days=days), "Winter sun", Seen("cookie", who), **told)])


def bought(who: str, days: float, value: str = "100", currency: str = "EUR", **more: Any) -> Conversion:
    of = Identifier.objects.get(kind="cookie", value=who)
    at = timezone.now() - timedelta(days=days)
    return convert(of.pk, Worth(Decimal(value), currency), Hand(user()), at=at, **more)


def erased(customer: Customer) -> None:
    """Somebody is erased, by right."""
    clerk, other = user("privacy"), user("privacy")
    Erasure.objects.create(customer_id=customer.pk, asked_by=clerk, checked_by=other, checked_at=timezone.now(),
                           state=Erasure.State.STARTING, reason="They wrote.")  # fmt: skip
    carrying.finish_all()


def counted() -> None:
    """Everything that is due is counted, without waiting."""
    work(5)
    while recount(5, is_patient=False):
        pass


def table(**asked: Any) -> dict[str, list[str]]:
    """The file of a report: by channel, its figures."""
    answer = signed_in("marketer").get("/attribution/file/", asked)
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    return {name: figures for name, *figures in lines[1:]}


def shown(**asked: Any) -> str:
    return signed_in("marketer").get("/attribution/", asked).content.decode()


@pytest.fixture
def two_touches() -> Conversion:
    """Search, and two days later a newsletter, and a sale."""
    visited("anna", 5, SEARCH)
    visited("anna", 3, MAIL)
    return bought("anna", 2)


def test_two_models_stand_side_by_side_and_say_why_they_differ(two_touches: Conversion) -> None:
    counted()
    found = table(a="first", b="last")
    assert found["Paid Search"][:6] == ["1.00", "100.00", "0.00", "0.00", "-1.00", "-100.00"]
    assert found["Email"][:6] == ["0.00", "0.00", "1.00", "100.00", "1.00", "100.00"]
    assert found["Email"][6] == (
        "Last touch gives it more. It begins 0 of the journeys that convert and ends 1; "
        "with the same share for every touch, it has 0.5."
    )
    page = shown(a="first", b="last")
    assert "<b>1 conversion</b>" in page
    assert "First touch (upper bars) against Last touch (lower bars)" in page


@pytest.mark.parametrize("model", ["linear", "position", "w", "time_decay", "shapley", "markov1", "markov2", "markov3"])
def test_money_adds_up_to_the_penny_by_every_model(two_touches: Conversion, model: str) -> None:
    visited("ben", 4)
    visited("ben", 3.5, SEARCH)
    visited("ben", 3, MAIL)
    bought("ben", 1, "0.01")
    bought("ben", 0.5, "33.33")
    counted()
    found = table(a=model, b=model)
    assert sum(Decimal(figures[1]) for figures in found.values()) == Decimal("133.34")
    assert sum(Decimal(figures[0]) for figures in found.values()) == pytest.approx(Decimal(3), abs=Decimal("0.03"))


@pytest.mark.parametrize(
    ("dimension", "names"),
    [
        ("group", {"Paid Search", "Email"}), ("campaign", {"winter", "sun"}),
        ("source", {"google / cpc", "newsletter / email"}), ("keyword", {"(none)"}), ("queue", {"(none)"}),
    ],
)  # fmt: skip
def test_credit_goes_to_whatever_a_touch_is_told_by(two_touches: Conversion, dimension: str, names: set[str]) -> None:
    counted()
    assert table(dimension=dimension, a="linear", b="linear").keys() == names


def test_w_credits_what_brought_the_lead_and_the_opportunity(two_touches: Conversion) -> None:
    visited("anna", 2.5)
    lead, opportunity = (
        ConversionDefinition.objects.create(name=stage, channel="web", events=[stage])
        for stage in ("lead", "opportunity")
    )
    for definition, days in ((lead, 4), (opportunity, 2.9)):
        bought("anna", days, "0")
        Conversion.objects.filter(pk=Conversion.objects.latest("pk").pk).update(definition=definition, kind="defined")
    counted()
    asked = {"a": "w", "b": "w", "outcome": "sale"}
    assert {name: figures[0] for name, figures in table(**asked).items()} == {
        "Paid Search": "0.75", "Email": "0.12", "Direct": "0.12"
    }  # fmt: skip
    for definition in (lead, opportunity):
        ConversionDefinition.objects.filter(pk=definition.pk).update(stage=definition.name)
    counted()
    assert {name: figures[0] for name, figures in table(**asked).items()} == {
        "Paid Search": "0.60", "Email": "0.30", "Direct": "0.10"
    }  # fmt: skip
    in_all = sum(Decimal(figures[0]) for figures in table(a="last", b="last").values())
    assert in_all == 1, "a stage is no conversion, unless it is asked for"
    assert sum(Decimal(figures[0]) for figures in table(a="last", b="last", outcome=f"d{lead.pk}").values()) == 1


def test_a_refund_takes_from_the_path_of_its_order_on_its_own_day(two_touches: Conversion) -> None:
    made = ConversionDefinition.objects.create(name="Orders", channel="web", events=["Order Completed"])
    Conversion.objects.filter(pk=two_touches.pk).update(definition=made, kind="defined", order="NS-1")
    visited("anna", 1, {"source": "other", "medium": "cpc", "name": "later"})
    Conversion.objects.create(
        identifier=two_touches.identifier, definition=made, kind="defined", role="refund", value=-30, currency="EUR",
        at=timezone.now(), order="NS-1",
    )  # fmt: skip
    counted()
    assert {name: figures[1] for name, figures in table(a="last", b="last").items()} == {"Email": "70.00"}


@pytest.mark.parametrize("is_defined", [False, True])
def test_a_refund_that_came_in_a_file_takes_from_what_led_to_its_order(
    two_touches: Conversion, *, is_defined: bool
) -> None:
    made = ConversionDefinition.objects.create(name="Orders", channel="web", events=["Order Completed"])
    told = {"definition": made, "kind": "defined"} if is_defined else {}
    Conversion.objects.filter(pk=two_touches.pk).update(order="NS-1", **told)
    visited("anna", 1, {"source": "other", "medium": "cpc", "name": "later"})
    Conversion.objects.create(
        identifier=two_touches.identifier, role="refund", value=-30, currency="EUR", at=timezone.now(), order="NS-1"
    )
    counted()
    assert {name: figures[1] for name, figures in table(a="last", b="last").items()} == {"Email": "70.00"}
    refund = Conversion.objects.latest("pk")
    assert [step.group for step in steps_to(refund)] == ["Paid Search", "Email"]


def test_two_currencies_are_two_reports(two_touches: Conversion) -> None:
    visited("ben", 3)
    bought("ben", 1, "70", "GBP")
    counted()
    assert [figures[1] for figures in table(currency="GBP", a="last", b="last").values()] == ["70.00"]
    assert [figures[1] for figures in table(currency="EUR", a="last", b="last").values()] == ["100.00"]
    assert "in EUR only" in shown(currency="EUR")


def test_what_the_call_adds_is_said_and_can_be_left_out(two_touches: Conversion) -> None:
    recorded([call(timezone.now() - timedelta(days=2), Seen("cookie", "anna"), key="call-1")])
    work(5)
    on_the_phone = Touchpoint.objects.get(channel="call")
    bought("anna", 1, "900", interaction_id=on_the_phone.interaction_id)
    counted()
    assert "1 conversion, worth EUR 900.00, was made in a call. They are among those below." in " ".join(
        shown().split()
    )
    with_calls, without = table(a="last", b="markov1"), table(a="last", b="markov1", phone="without")
    assert sum(Decimal(figures[1]) for figures in with_calls.values()) == 1000
    assert sum(Decimal(figures[1]) for figures in without.values()) == 100
    assert sum(Decimal(figures[3]) for figures in without.values()) == 100


def test_what_a_definition_says_was_agreed_on_the_phone_is_told_apart_at_once(two_touches: Conversion) -> None:
    made = ConversionDefinition.objects.create(name="Orders", channel="web", events=["Order Completed"])
    Conversion.objects.filter(pk=two_touches.pk).update(definition=made, call=None)
    counted()
    assert table(a="last", b="last", phone="without")["Email"][1] == "100.00"
    ConversionDefinition.objects.update(is_by_phone=True)
    counted()
    assert table(a="last", b="last", phone="without").get("Email", ["", "0.00"])[1] == "0.00"
    assert "was made in a call" in shown()


def test_what_was_defined_stands_in_reports_at_once(two_touches: Conversion) -> None:
    counted()
    made = ConversionDefinition.objects.create(name="Visits", channel="web", events=["page"], once="each")
    assert made.recounts_from == 0
    work(5)
    while recount(5):  # patiently: what else changes waits
        pass
    assert "Email" in table(a="last", b="last", outcome=f"d{made.pk}")


def test_touches_outside_the_window_or_after_the_conversion_earn_nothing() -> None:
    visited("anna", 50, MAIL)
    visited("anna", 5, SEARCH)
    bought("anna", 3)
    visited("anna", 1)
    counted()
    assert table(a="linear", b="linear").keys() == {"Paid Search"}


def test_a_conversion_that_touched_nothing_is_credited_to_none() -> None:
    visited("anna", 1, SEARCH)
    bought("anna", 3)
    counted()
    assert table() == {}
    assert "1 of them, worth EUR 100.00, had no touchpoint before them" in " ".join(shown().split())


def test_journeys_that_did_not_convert_lower_what_their_channels_are_worth(two_touches: Conversion) -> None:
    """Anna's first visit alone converts every time; ten that only searched did not, a month ago."""
    for number in range(3):
        visited(f"other-{number}", 32, SEARCH)
    counted()
    kept = AttributionCount.objects.filter(dimension="group", outcome="")
    assert kept.count() == 1
    assert kept.get().day == timezone.localdate(timezone.now() - timedelta(days=2))


def test_a_refund_takes_its_value_away_and_is_no_conversion(two_touches: Conversion) -> None:
    bought("anna", 1, "-40")
    counted()
    found = table(a="last", b="markov1")
    assert found["Email"][:2] == ["1.00", "60.00"]
    assert sum(Decimal(figures[3]) for figures in found.values()) == 60


def test_a_definition_says_how_far_its_conversions_look_back(two_touches: Conversion) -> None:
    visited("anna", 60)
    defined = ConversionDefinition.objects.create(name="Order", channel="web", lookback=90)
    Conversion.objects.update(definition=defined)
    counted()
    assert table(a="linear", b="linear")["Direct"][0] == "0.33"
    assert f'<option value="d{defined.pk}"' in shown()
    ConversionDefinition.objects.update(lookback=10)
    counted()
    assert table(outcome=f"d{defined.pk}", a="linear", b="linear").keys() == {"Paid Search", "Email"}


# Kept up


def test_a_conversion_that_is_taken_back_leaves_the_report(two_touches: Conversion) -> None:
    counted()
    take_back(two_touches, Hand(user()))
    counted()
    assert table() == {}


def test_a_touch_that_comes_late_is_counted_and_only_the_days_that_it_reaches_are(two_touches: Conversion) -> None:
    counted()
    CountedDay.objects.update(counted_at=timezone.now() - timedelta(days=1))
    before = dict(CountedDay.objects.values_list("day", "counted_at"))
    visited("anna", 4)
    counted()
    assert table(a="linear", b="linear")["Direct"][0] == "0.33"
    anew = {day for day, at in CountedDay.objects.values_list("day", "counted_at") if at != before.get(day)}
    first = timezone.localdate() - timedelta(days=4)
    assert timezone.localdate() - timedelta(days=2) in anew
    assert min(anew) >= first - timedelta(days=1)


def test_customers_that_are_joined_share_their_touches_from_then_on() -> None:
    visited("anna", 5, SEARCH)
    visited("anna-again", 3, MAIL)
    bought("anna-again", 1)
    counted()
    assert table(a="first", b="first").keys() == {"Email"}
    one, other = (Identifier.objects.get(value=value).customer for value in ("anna", "anna-again"))
    merge(one, other, user("admin"))
    counted()
    assert table(a="first", b="first").keys() == {"Paid Search"}


def test_browsing_that_is_withheld_is_counted_no_more(two_touches: Conversion) -> None:
    counted()
    Identifier.objects.filter(value="anna").update(is_withheld=True)
    counted()
    assert table() == {}


def test_what_is_old_waits_before_it_is_counted_anew(two_touches: Conversion) -> None:
    counted()
    take_back(two_touches, Hand(user()))
    recount(5)
    assert table(a="last", b="last").keys() == {"Email"}


def test_how_much_consent_left_out_is_told_in_tens_on_the_page_and_in_the_api(two_touches: Conversion) -> None:
    for number in range(13):
        visited(f"no-{number}", 3, SEARCH)
    visited("lim", 3, SEARCH)
    counted()
    assert "fewer than 10 touchpoints and fewer than 10 conversions" in shown()
    Identifier.objects.filter(value__startswith="no-").update(is_withheld=True)
    Identifier.objects.filter(value="lim").update(is_withheld=True)
    restrict(customer_of("cookie", "lim"), "they asked for it", user("privacy"))
    counted()
    assert sum(WithheldCount.objects.values_list("touchpoints", flat=True)) == 13
    assert "about 10 touchpoints and fewer than 10 conversions" in shown()
    _, key = ApiKey.issue("report", "integration", scopes=["attribution:read"])
    program = Client(headers={"authorization": f"Bearer {key}"})
    for address in ("/api/v1/attribution/", "/api/v1/blind-spots/"):
        assert program.get(address).json()["left_out"] == {"touchpoints": 10, "conversions": 0}
    assert "about 10 touchpoints" in signed_in("marketer").get("/blind-spots/").content.decode()
    Identifier.objects.filter(value__startswith="no-").update(is_withheld=False)
    counted()
    assert "fewer than 10 touchpoints" in shown()


@pytest.mark.parametrize(("count", "said"), [(0, 0), (9, 0), (10, 10), (19, 10), (1234, 1230)])
def test_a_count_is_told_in_tens(count: int, said: int) -> None:
    assert tens(count) == said


def test_what_a_brand_left_out_is_told_to_those_alone_who_may_see_it() -> None:
    today = timezone.localdate()
    WithheldCount.objects.create(day=today, brand="lagoon", touchpoints=40, conversions=20)
    WithheldCount.objects.create(day=today, brand="", touchpoints=15, conversions=5)
    assert left_out(today, today, None) == (50, 20)
    assert left_out(today, today, []) == (10, 0)
    assert left_out(today, today, ["lagoon"]) == (50, 20)
    assert left_out(today - timedelta(days=9), today - timedelta(days=8), None) == (0, 0)


def test_whoever_refuses_or_is_erased_is_not_counted_for_hours(
    two_touches: Conversion, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    visited("ben", 40, SEARCH)
    counted()
    ago, today = timezone.now() - timedelta(minutes=11), timezone.localdate()
    waiting = CountedDay.objects.filter(counted_at=ago)

    CountedDay.objects.update(counted_at=ago)
    visited("cleo", 40)
    work(5)
    recount(5)
    assert waiting.filter(day=today - timedelta(days=40)).exists()

    Identifier.objects.filter(value="ben").update(is_withheld=True)
    recount(5)
    assert not waiting.filter(day=today - timedelta(days=40)).exists()

    CountedDay.objects.update(counted_at=ago)
    erased(customer_of("cookie", "anna"))
    recount(5)
    assert not waiting.filter(day=today - timedelta(days=2)).exists()
    assert table() == {}


def test_how_far_days_are_counted_is_said(two_touches: Conversion) -> None:
    work(5)
    marketer = signed_in("marketer")
    assert "Nothing happened in this period" in marketer.get("/attribution/now/").content.decode()
    counted()
    assert "Counted" in marketer.get("/attribution/now/").content.decode()
    CountedDay.objects.filter(day=timezone.localdate()).update(counted_at=None)
    assert "Days are being counted" in marketer.get("/attribution/now/").content.decode()
    today = timezone.localdate()
    assert freshness(today, today).percent == 0


# Whom it is for


def test_marketers_of_a_brand_see_what_its_customers_and_those_of_none_did(two_touches: Conversion) -> None:
    counted()
    Customer.objects.update(brand="other")
    CountedDay.objects.update(stale_since=timezone.now())
    counted()
    assert table() == {}
    assert "nor are customers of brands that are not yours" in " ".join(shown().split())
    admin: Client = signed_in("admin")
    assert "Email" in admin.get("/attribution/").content.decode()


def test_a_name_that_may_tell_who_somebody_is_is_masked() -> None:
    visited("anna", 5, {**SEARCH, "name": "for anna@example.com"})
    visited("anna", 4, {**SEARCH, "name": "07700900123"})
    bought("anna", 2)
    counted()
    assert table(dimension="campaign", a="linear", b="linear").keys() == {"(masked)", "•••• 0123"}
    assert not any(b"anna" in bytes(counts) for counts in AttributionCount.objects.values_list("counts", flat=True))


def test_a_campaign_that_is_called_as_a_formula_is_harmless_in_the_file() -> None:
    visited("anna", 5, {**SEARCH, "name": "=1+1"})
    bought("anna", 2)
    counted()
    assert table(dimension="campaign", a="linear", b="linear").keys() == {"'=1+1"}


def test_agents_do_not_see_it_and_an_address_that_makes_no_sense_is_as_if_not_asked() -> None:
    assert signed_in("agent").get("/attribution/").status_code == 403
    nonsense = {"since": "never", "until": "9999-99-99", "dimension": "x", "a": "x", "b": "y", "currency": "?"}
    assert "No conversion in this period had a touchpoint before it" in shown(**nonsense)
    assert signed_in("lead").get("/attribution/", {"since": "0001-01-01", "until": "0001-01-01"}).status_code == 200


# By program


def asked_by(role: str, **asked: str) -> Any:
    _, key = ApiKey.issue("reports", role)
    return Client().get("/api/v1/attribution/", asked, HTTP_AUTHORIZATION=f"Bearer {key}")


def test_programs_get_the_same_report(two_touches: Conversion) -> None:
    counted()
    found = asked_by("marketer", model="first", beside="last").json()
    assert found["total"] == {"conversions": 1.0, "value": "100.000"}
    assert {one["name"]: one["credit"]["conversions"] for one in found["channels"]} == {"Paid Search": 1, "Email": 0}
    assert (found["currency"], found["days_waiting"]) == ("EUR", 0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"currency": "USD"}, "cannot be USD here; there is: EUR"), ({"outcome": "upgrade"}, "there is: sale"),
        ({"model": "markov3", "dimension": "campaign"}, "not counted"), ({"since": "2999-01-01"}, "cannot be 2999-01-"),
        ({"model": "best"}, "is not known"),
    ],
)  # fmt: skip
def test_what_a_program_cannot_have_is_refused_and_not_replaced(
    two_touches: Conversion, asked: dict[str, str], said: str
) -> None:
    counted()
    answer = asked_by("marketer", **asked)
    assert answer.status_code == 400
    assert said in answer.content.decode()
