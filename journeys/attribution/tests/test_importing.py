"""Conversions from elsewhere: exact or refused, waiting for whoever is not known yet, noted once, undone as a whole."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm.errors import BatchRefused
from crm.identity.kinds import Key
from crm.identity.models import Identifier
from crm.privacy.erasing.suppressing import hash_of, suppress
from crm.privacy.tests.signing import signed_in
from crm.search.indexing import add_references
from journeys.attribution import defining, naming
from journeys.attribution.import_reading import read_conversions, told_of
from journeys.attribution.models import Conversion, ConversionDefinition, ConversionImport, ConversionLine
from journeys.attribution.working import work
from journeys.tests.factories import (
    ANNAS_EMAIL,
    ANNAS_LOGIN,
    NOON,
    annas_journey,
    customer_of,
    identify,
    recorded,
    source,
    user,
)

KINDS = ("sale", "upgrade")
HEADER = "email,at,value,currency,order,kind\n"
LINE = {"email": "anna.whitfield@example.com", "at": "2026-11-02T10:00:00Z", "value": "40", "currency": "GBP"}
NOW = NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"value": ""}, "write 0 where it is worth nothing"),
        ({"value": "1.234,56"}, "write 1234.56"),
        ({"value": "1,234.56"}, "write 1234.56"),
        ({"value": "NaN"}, "write 1234.56"),
        ({"value": "12.345"}, "write 1234.56"),
        ({"currency": "£"}, "write three letters"),
        ({"currency": ""}, "write three letters"),
        ({"at": "last week"}, "write 2026-11-27"),
        ({"at": "2099-01-01"}, "yet to come"),
        ({"at": "1999-12-31"}, "before 2000"),
        ({"email": ""}, "give one of customer"),
        ({"order": "=1+1"}, "formula"),
        ({"order": "9" * 121}, "more than 120"),
        ({"kind": "gift"}, "there are: sale, upgrade"),
    ],
)
def test_what_cannot_be_taken_exactly_is_refused_with_the_remedy(told: dict[str, str], why: str) -> None:
    assert why in told_of(2, {**LINE, **told}, KINDS, NOW).refused


def test_amounts_are_taken_as_they_stand_negative_ones_and_nothing_too() -> None:
    said = [told_of(2, {**LINE, "value": value}, KINDS, NOW) for value in ("-40.5", "0", "1234567890.12")]
    assert [(one.value, one.refused) for one in said] == [("-40.5", ""), ("0", ""), ("1234567890.12", "")]


def test_a_byte_order_mark_semicolons_and_other_columns_are_no_hindrance() -> None:
    file = "\ufeffEmail;Note;At;Value;Currency\nanna@example.com;=x;2026-11-02;5;gbp\n;;;;\n"
    one, other = read_conversions(file.replace("=x", "x").encode(), KINDS, NOW)
    assert (one.who, one.value, one.currency, one.refused) == ("email:anna@example.com", "5", "GBP", "")
    assert other.number == 3
    assert other.refused


def test_a_wrong_header_says_what_it_should_be() -> None:
    with pytest.raises(BatchRefused, match="this file has: mail, when"):
        read_conversions(b"mail,when\n1,2\n", KINDS, NOW)


pytestmark = pytest.mark.django_db


def uploaded(lines: str, **told: Any) -> ConversionImport:
    file = SimpleUploadedFile("orders.csv", (HEADER + lines).encode())
    answer = signed_in("admin").post("/conversions/imports/", {"file": file, **told})
    assert answer.status_code == 302, answer.content.decode()
    return ConversionImport.objects.latest("pk")


def act(made: ConversionImport, act: str) -> str:
    page = signed_in("admin").post(f"/conversions/imports/{made.pk}/", {"act": act}, follow=True).content.decode()
    made.refresh_from_db()
    return page


def outcomes(made: ConversionImport) -> list[str]:
    return list(made.lines.order_by("number").values_list("outcome", flat=True))


def test_a_file_is_looked_at_then_noted_then_undone() -> None:
    anna = annas_journey()
    made = uploaded("anna.whitfield@example.com,2026-11-02,40,GBP,B7,\nx@example.com,2026-11-02,much,GBP,,\n")
    page = signed_in("admin").get(f"/conversions/imports/{made.pk}/").content.decode()
    assert "1 of 2 lines would each note a conversion" in page
    assert not Conversion.objects.exists()
    act(made, "start")
    assert outcomes(made) == ["done", "refused"]
    noted = Conversion.objects.counted().get()
    assert (noted.identifier.customer, noted.order, noted.currency, noted.of) == (anna, "B7", "GBP", made)
    page = signed_in("agent").get(f"/customers/{anna.public_id}/").content.decode()
    assert "Sale: GBP 40.00, order B7" in page
    act(made, "undo")
    assert outcomes(made) == ["undone", "refused"]
    assert not Conversion.objects.counted().exists()


def test_somebody_who_is_not_known_yet_is_waited_for() -> None:
    made = uploaded("anna.whitfield@example.com,2026-11-02,40,GBP,B7,\n")
    act(made, "start")
    recorded([identify(NOON, ANNAS_LOGIN, ANNAS_EMAIL)], source(is_trusted=True))
    assert Conversion.objects.get().identifier.customer == customer_of("login", "4711")


def test_the_same_file_again_notes_nothing_twice() -> None:
    lines = (
        "a@example.com,2026-11-02,40,GBP,B7,\nb@example.com,2026-11-02,5,GBP,,\na@example.com,2026-11-03,-9,GBP,B7,\n"
    )
    act(uploaded(lines), "start")
    again = uploaded(lines)
    act(again, "start")
    assert outcomes(again) == ["already", "already", "already"]
    assert sorted(int(one) for one in Conversion.objects.counted().values_list("value", flat=True)) == [-9, 5, 40]


def test_what_is_noted_keeps_no_name_in_its_line() -> None:
    made = uploaded("a@example.com,2026-11-02,40,GBP,B7,\n")
    act(made, "start")
    assert list(ConversionLine.objects.values_list("who", "told")) == [("", {})]


def test_nobody_who_was_erased_is_born_anew() -> None:
    suppress([hash_of(Key("email", "", "a@example.com"))], timezone.now())
    made = uploaded("a@example.com,2026-11-02,40,GBP,B7,\n")
    act(made, "start")
    assert outcomes(made) == ["refused"]
    assert not Identifier.objects.filter(value="a@example.com").exists()


def test_a_kind_may_be_a_definition_which_judges_it_like_its_own() -> None:
    made = ConversionDefinition(name="Orders", channel="web", events=["Order Completed"], currency="GBP")
    defining.save(made, user("admin"))
    file = uploaded("a@example.com,2026-11-02,40,GBP,B7,orders\na@example.com,2026-11-02,40,GBP,B8,Orders\n")
    act(file, "start")
    assert Conversion.objects.filter(definition=made, withdrawn_at=None).count() == 2
    made.is_active = False
    defining.save(made, user("admin"))
    while work(5):
        pass
    assert Conversion.objects.filter(definition=made).count() == 2
    act(file, "undo")
    assert not Conversion.objects.counted().exists()


def test_by_whose_ids_lines_name_people_is_said_or_they_are_refused() -> None:
    annas_journey()
    shop = source("website")
    lines = "email,at,value,currency,identifier\n,2026-11-02,40,GBP,login:48151\n,2026-11-02,7,GBP,login:4711\n"
    admin = signed_in("admin")
    for told, expected in (({}, ["refused", "done"]), ({"source": shop.public_id}, ["done", "already"])):
        admin.post("/conversions/imports/", {"pasted": lines, **told})
        made = ConversionImport.objects.latest("pk")
        act(made, "start")
        assert outcomes(made) == expected


def test_a_dropped_file_leaves_nothing_behind() -> None:
    made = uploaded("a@example.com,2026-11-02,40,GBP,B7,\n")
    assert "nothing was noted" in act(made, "drop")
    assert not ConversionLine.objects.exists()
    assert "past that already" in act(made, "start")


def test_a_file_of_which_nothing_can_be_taken_is_told_so_on_the_page() -> None:
    admin = signed_in("admin")
    assert admin.get("/conversions/imports/").status_code == 200
    answer = admin.post("/conversions/imports/", {"pasted": "a;b\n1;2"})
    assert answer.status_code == 400
    assert "this file has: a, b" in answer.content.decode()
    assert "choose a file" in admin.post("/conversions/imports/", {}).content.decode()
    assert signed_in("marketer").get("/conversions/imports/").status_code == 403


def test_a_preview_says_what_each_line_would_come_to_and_nobody_is_born() -> None:
    act(uploaded("a@example.com,2026-11-02,40,GBP,B7,\na@example.com,2026-11-02,5,GBP,,\n"), "start")
    born = Identifier.objects.count()
    made = uploaded(
        "a@example.com,2026-11-02,40,GBP,B7,\n"
        "a@example.com,2026-11-02,5.00,gbp,,\n"
        "nobody,2026-11-02,5,GBP,,\n"
        "b@example.com,2026-11-02,5,GBP,,\n"
        "c@example.com,2026-11-02,5,GBP,,\n"
        "b@example.com,2026-11-02,5,GBP,,\n"
    )
    said = list(made.lines.order_by("number").values_list("outcome", "said", "who"))
    assert said == [
        ("already", "it is noted already", ""),
        ("already", "it is noted already", ""),
        ("refused", "it is no e-mail of anybody", "email:nobody"),
        ("ready", "", "email:b@example.com"),
        ("ready", "", "email:c@example.com"),
        ("already", "a line above says the same", ""),
    ]
    assert Identifier.objects.count() == born
    assert (
        "2 of 6 lines would each note a conversion"
        in signed_in("admin").get(f"/conversions/imports/{made.pk}/").content.decode()
    )
    act(made, "start")
    assert outcomes(made).count("done") == 2


def test_a_preview_leaves_ids_that_are_looked_up_one_by_one_for_later_where_they_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = "customer,at,value,currency\n00000000-0000-4000-8000-000000000000,2026-11-02,40,GBP\n"
    for most, expected in ((1, ["refused"]), (0, ["ready"])):
        monkeypatch.setattr(naming, "LOOKED_UP", most)
        signed_in("admin").post("/conversions/imports/", {"pasted": lines})
        assert outcomes(ConversionImport.objects.latest("pk")) == expected


ORDERS = "order,at,value,currency\n"


def test_whoever_was_seen_with_an_order_is_found_by_its_number_alone() -> None:
    act(uploaded("a@example.com,2026-11-02,40,GBP,NS-7,\n"), "start")
    signed_in("admin").post(
        "/conversions/imports/", {"pasted": f"{ORDERS}ns-7,2026-11-03,-9,GBP\nNS-8,2026-11-03,5,GBP\n"}
    )
    made = ConversionImport.objects.latest("pk")
    whose = customer_of("email", "a@example.com")
    assert list(made.lines.order_by("number").values_list("outcome", "who")) == [
        ("ready", str(whose.public_id)),
        ("refused", "order:NS-8"),
    ]
    assert "nobody was seen with that order" in act(made, "start")
    refund = Conversion.objects.get(role="refund")
    assert (refund.identifier.customer, refund.order) == (whose, "ns-7")


def test_an_order_of_several_customers_says_of_nobody_whose_it_is() -> None:
    for who in ("a", "b"):
        act(uploaded(f"{who}@example.com,2026-11-02,40,GBP,NS-{who},\n"), "start")
    add_references([(one.pk, "order", "NS-9") for one in Identifier.objects.filter(kind="email")])
    signed_in("admin").post("/conversions/imports/", {"pasted": f"{ORDERS}NS-9,2026-11-03,-9,GBP\n"})
    line = ConversionLine.objects.latest("pk")
    assert (line.outcome, line.said.partition(";")[0]) == ("refused", "several customers were seen with that order")
