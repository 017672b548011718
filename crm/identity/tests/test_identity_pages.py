"""The pages on which customers are explained, merged, split and undone."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.identity.kinds import Key
from crm.identity.merging import keep_apart
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.tests.test_merging import cookie, customer_of, email, partition, see
from crm.privacy.tests.signing import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def words(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def two_people() -> tuple[Customer, Customer]:
    see((email("anna"), cookie("a")), (email("tom"), cookie("t")))
    return customer_of(email("anna")), customer_of(email("tom"))


def merge_address(*customers: Customer) -> str:
    return "/customers/merge/?" + "&".join(f"customer={one.public_id}" for one in customers)


def merge(admin: Client, *customers: Customer, note: str = "") -> None:
    ids = [str(one.public_id) for one in customers]
    assert admin.post("/customers/merge/", {"customer": ids, "note": note}).status_code == 302


def test_a_merge_preview_says_what_would_happen_and_writes_nothing(admin: Client) -> None:
    anna, tom = two_people()
    before = (partition(), Link.objects.count(), IdentityEvent.objects.count())
    said = words(admin, merge_address(anna, tom))
    assert "2 now, 1 then" in said
    assert "2 identifiers change hands" in said
    assert f"Announced: 2 identifiers from {str(tom.public_id)[:8]} to {str(anna.public_id)[:8]}." in said
    assert (partition(), Link.objects.count(), IdentityEvent.objects.count()) == before


def test_a_merge_is_undone_from_the_history_it_leads_to(admin: Client) -> None:
    anna, tom = two_people()
    before = partition()
    merge(admin, anna, tom, note="one passport")
    assert len(partition()) == 1
    told = words(admin, f"/customers/{tom.public_id}/history/")
    assert "Merged" in told
    assert "“one passport”" in told
    event = IdentityEvent.objects.get(cause="staff.same")
    assert "1 now, 2 then" in words(admin, f"/identity/{event.pk}/undo/")
    admin.post(f"/identity/{event.pk}/undo/")
    assert partition() == before
    assert customer_of(email("tom")) == tom


def test_an_undoing_is_undone_too(admin: Client) -> None:
    anna, tom = two_people()
    merge(admin, anna, tom)
    for cause in ("staff.same", "staff.withdrawn"):
        admin.post(f"/identity/{IdentityEvent.objects.get(cause=cause).pk}/undo/")
    assert len(partition()) == 1
    assert Link.objects.filter(basis="staff").count() == 1


def test_an_old_address_leads_to_whom_it_stands_for_before_and_after(admin: Client) -> None:
    anna, tom = two_people()
    merge(admin, anna, tom)
    assert admin.get(f"/customers/{tom.public_id}/")["Location"] == f"/customers/{anna.public_id}/"
    admin.post(f"/identity/{IdentityEvent.objects.get(cause='staff.same').pk}/undo/")
    assert admin.get(f"/customers/{tom.public_id}/").status_code == 200


def test_what_staff_keep_apart_is_not_merged_and_the_preview_says_who_said_so(admin: Client) -> None:
    anna, tom = two_people()
    ends = Identifier.objects.filter(kind="email").order_by("pk")
    keep_apart(ends[0], ends[1], User.objects.get(username="admin"))
    said = words(admin, merge_address(anna, tom))
    assert "It cannot be done: they stay apart" in said
    assert "are different people, said admin" in said
    merge(admin, anna, tom)
    assert len(partition()) == 2


def test_a_split_shows_who_each_would_be_and_nothing_joins_them_again(admin: Client) -> None:
    see((email("anna"), cookie("a")), (email("tom"), cookie("a")), (email("tom"), cookie("t")))
    [customer] = Customer.objects.filter(identifiers__isnull=False).distinct()
    leaving = [one.pk for one in Identifier.objects.filter(value__in=[email("tom").value, "t"])]
    asked = "&".join(f"identifier={one}" for one in leaving)
    said = words(admin, f"/customers/{customer.public_id}/split/?{asked}")
    assert "1 now, 2 then" in said
    admin.post(f"/customers/{customer.public_id}/split/", {"identifier": leaving})
    expected = {frozenset({email("anna").value, "a"}), frozenset({email("tom").value, "t"})}
    assert partition() == expected
    see((email("tom"), cookie("a")), (email("anna"), cookie("t")))
    assert partition() == expected


def test_a_split_leaves_each_side_whole(admin: Client) -> None:
    see((email("anna"), cookie("a")), (email("anna"), cookie("b")), (email("anna"), cookie("c")))
    [customer] = Customer.objects.filter(identifiers__isnull=False).distinct()
    leaving = [one.pk for one in Identifier.objects.filter(value__in="bc")]
    admin.post(f"/customers/{customer.public_id}/split/", {"identifier": leaving})
    assert partition() == {frozenset({email("anna").value, "a"}), frozenset("bc")}
    admin.post(f"/identity/{IdentityEvent.objects.filter(cause='staff.split').latest('pk').pk}/undo/")
    assert len(partition()) == 1


def test_what_joined_by_itself_is_split_off_from_the_history(admin: Client) -> None:
    see((email("anna"), cookie("a")))
    customer = customer_of(email("anna"))
    page = admin.get(f"/customers/{customer.public_id}/history/").content.decode()
    [address] = re.findall(r'href="(/customers/[^"]+/split/\?identifier=[^"]+)"', page)
    assert "Who there would be" in words(admin, address.replace("&amp;", "&"))


@pytest.mark.parametrize("leaving", [[], ["0"], ["all"], ["x", "99999999999999999999"]])
def test_a_split_that_cannot_be_done_says_why(admin: Client, leaving: list[str]) -> None:
    see((email("anna"), cookie("a")))
    customer = customer_of(email("anna"))
    picked = [str(one.pk) for one in Identifier.objects.all()] if leaving == ["all"] else leaving
    response = admin.post(f"/customers/{customer.public_id}/split/", {"identifier": picked}, follow=True)
    assert "Nothing was changed" in response.content.decode()
    assert len(partition()) == 1


def test_why_names_every_link_with_its_rule_source_time_and_person(admin: Client) -> None:
    anna, tom = two_people()
    merge(admin, anna, tom, note="one passport")
    page = admin.get(f"/customers/{anna.public_id}/why/").content.decode()
    assert page.count('class="node inside"') == 4
    assert page.count('<path class="tie same"') == 3 + 1  # and one in the legend
    assert "style=" not in page
    said = words(admin, f"/customers/{anna.public_id}/why/")
    for expected in ("Staff: one person", "Seen together: one person", "shop,", "admin,", "“one passport”"):
        assert expected in said


def test_a_graph_of_many_says_what_it_leaves_out(admin: Client) -> None:
    see(*((email("anna"), cookie(f"c{number}")) for number in range(70)))
    said = words(admin, f"/customers/{customer_of(email('anna')).public_id}/why/")
    assert "The 11 least telling identifiers are left out." in said


def test_a_hostile_value_is_only_text_in_the_graph(admin: Client) -> None:
    see((email("anna"), Key("login", "shop", "<script>alert(1)</script>")))
    page = admin.get(f"/customers/{customer_of(email('anna')).public_id}/why/").content.decode()
    assert "<script>alert" not in page


def test_the_log_filters_by_cause_person_and_day_and_goes_on(admin: Client) -> None:
    see(*((email(f"n{number}"), cookie(f"n{number}")) for number in range(40)))
    merge(admin, customer_of(email("n1")), customer_of(email("n2")))
    whole = admin.get("/identity/").content.decode()
    assert whole.count('<li id="line-') == 30
    [further] = re.findall(r'href="(\?[^"]*before[^"]*)"', whole)
    assert admin.get("/identity/" + further.replace("&amp;", "&")).content.decode().count('<li id="line-') == 11
    me = User.objects.get(username="admin").pk
    for asked in ("cause=staff.", "cause=staff.same", f"actor={me}"):
        assert admin.get(f"/identity/?{asked}").content.decode().count('<li id="line-') == 1
    for asked in ("on=2020-01-01", "actor=0&on=2020-01-01", "cause=staff.split"):
        assert "Nothing in the log fits" in words(admin, f"/identity/?{asked}")
    assert admin.get("/identity/?before=x_y&on=z&actor=٣&cause=%00").status_code == 200


def test_agents_see_why_and_history_and_decide_nothing() -> None:
    anna, tom = two_people()
    agent = signed_in("agent")
    page = words(agent, f"/customers/{anna.public_id}/history/")
    assert "Undo" not in page
    assert "Split off" not in page
    assert agent.get(f"/customers/{anna.public_id}/why/").status_code == 200
    event = IdentityEvent.objects.earliest("pk")
    for address in (merge_address(anna, tom), f"/customers/{anna.public_id}/split/", f"/identity/{event.pk}/undo/"):
        assert agent.get(address).status_code == 403
        assert agent.post(address).status_code == 403
    assert agent.get("/identity/").status_code == 403


def test_a_graph_of_many_is_a_tree_in_which_everybody_stands_once(admin: Client) -> None:
    see(*((email("anna"), cookie(f"c{number}")) for number in range(30)), (cookie("c1"), cookie("c2")))
    page = admin.get(f"/customers/{customer_of(email('anna')).public_id}/why/").content.decode()
    assert page.count('class="node inside"') == 31
    assert len(set(re.findall(r'<rect x="\d+" y="(\d+)"', page))) == 31
    assert len(re.findall(r' d="M\d+ \d+V\d+H\d+"', page)) == 30
