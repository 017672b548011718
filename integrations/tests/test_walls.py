"""Walls between brands: what comes in for one is known to its own people, and joined to nothing of another."""

from itertools import combinations
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.errors import MergeRefused
from crm.identity.kinds import Key
from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier, Link
from crm.identity.regrouping import regroup
from crm.matching.blocking import Rule
from crm.matching.candidates import candidates
from crm.matching.live import match_due
from crm.matching.models import ScoredPair
from crm.matching.numbering import numbered
from crm.matching.passing import Asked
from crm.matching.passing import match as whole_pass
from crm.matching.records import WALL
from crm.matching.tables import feature_columns
from crm.matching.tests.people import current_model, source, tell
from crm.matching.tests.test_live import ANNA
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import ApiKey, Role
from crm.privacy.roles import CROSSES_WALLS, SEES_CUSTOMERS
from crm.privacy.tests.signing import signed_in
from crm.profile.models import Trait
from crm.search.finding import find
from crm.sources.brands import let_in, make, put_out
from crm.sources.models import Brand, Source
from integrations.adapter import Event
from integrations.inbox.draining import drain_all
from integrations.inbox.receiving import receive
from integrations.telephony.tests.ringing import tell as ring
from integrations.tests.test_accessibility import fill
from integrations.tests.test_who_may_do_what import asked, client_of, concrete, values
from journeys.calls.models import Agent, Call, Queue, RoutingRule
from journeys.desk.callers import Known, caller_of, say_who
from journeys.interactions.drafts import Channel, Direction, Draft, Seen
from journeys.interactions.recording import Arrival, record
from journeys.work.deeds import WorkRefused

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, PHONE = "una.whitfield@example.com", "+447700900777"
TELLING = ("given_name", "surname", "full_name", "email", "phone")


def brand_source(name: str, brand: str | None = None, adapter: str = "segment") -> Source:
    """A source of a brand of its own, or of none."""
    found = Brand.objects.filter(name=brand).first() or make(brand, None) if brand else None
    source = Source(name=name, adapter=adapter, is_trusted=True)
    source.settle("", found)
    source.save()
    return source


def arrives(source: Source, login: str, **traits: str) -> Customer:
    """Somebody tells a source's site who they are; returns the customer that they are there."""
    at = timezone.now().isoformat()
    told = {"email": EMAIL, "phone": PHONE, "name": "Una Whitfield", "birthday": "1984-05-06"} | traits
    body = {"type": "identify", "messageId": f"{source.name}-{login}", "timestamp": at, "userId": login, "traits": told}
    receive(source, [Event(f"{source.name}-{login}", at, orjson.dumps(body))])
    drain_all()
    return Identifier.objects.get(value=login, namespace=source.namespace).customer


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints go nowhere, and a slow machine is no finding here."""
    monkeypatch.setattr("integrations.inbox.door.hint", lambda: None)
    monkeypatch.setattr("integrations.inbox.answering.PATIENCE", 5.0)


@pytest.fixture
def walled() -> dict[str, Customer]:
    """One person, known to two brands and to the business as a whole: by brand."""
    sources = {"Blue Lagoon": "shop", "Harbour": "port", "": "office"}
    return {brand: arrives(brand_source(name, brand), "una-1") for brand, name in sources.items()}


def agent(name: str, *brands: str) -> User:
    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get_or_create(name=Role.AGENT.value)[0])
    for brand in brands:
        let_in(Brand.objects.get(name=brand), user, None)
    return User.objects.get(pk=user.pk)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_same_address_is_another_customer_on_each_side_of_a_wall(walled: dict[str, Customer]) -> None:
    assert len({customer.pk for customer in walled.values()}) == 3
    assert {customer.brand for customer in walled.values()} == {"bluelagoon", "harbour", ""}
    for brand, customer in walled.items():
        word = customer.brand and f"@{customer.brand}"
        assert set(customer.identifiers.filter(value__in=[EMAIL, PHONE]).values_list("namespace", flat=True)) == {word}
        assert customer.identifiers.count() == 3, brand


def test_an_agent_sees_the_customers_of_no_brand_and_of_their_own(walled: dict[str, Customer]) -> None:
    client, lagoon = browser_of(agent("ada", "Blue Lagoon")), agent("ben", "Blue Lagoon")
    seen = {brand: client.get(f"/customers/{one.public_id}/").status_code for brand, one in walled.items()}
    assert seen == {"Blue Lagoon": 200, "Harbour": 404, "": 200}
    for query in (EMAIL, PHONE, "Una Whitfield", "una-1"):
        assert {one.public_id for one in find(query, lagoon)} == {walled["Blue Lagoon"].public_id, walled[""].public_id}
    assert {one.public_id for one in find(EMAIL, agent("cy"))} == {walled[""].public_id}
    assert {one.public_id for one in find(EMAIL, agent("di", "Blue Lagoon", "Harbour"))} == ids(walled)
    assert {UUID(one["id"]) for one in client.get("/api/v1/customers/").json()["results"]} == ids(walled) - {
        walled["Harbour"].public_id
    }


def ids(walled: dict[str, Customer]) -> set[UUID]:
    return {customer.public_id for customer in walled.values()}


def test_the_brand_stands_on_the_customers_page(walled: dict[str, Customer]) -> None:
    page = browser_of(agent("ada", "Blue Lagoon")).get(f"/customers/{walled['Blue Lagoon'].public_id}/")
    assert b'<span class="tag">Blue Lagoon</span>' in page.content


def test_an_agent_put_out_sees_the_brands_customers_no_more(walled: dict[str, Customer]) -> None:
    user = agent("ada", "Blue Lagoon")
    client, address = browser_of(user), f"/customers/{walled['Blue Lagoon'].public_id}/"
    assert client.get(address).status_code == 200
    put_out(Brand.objects.get(name="Blue Lagoon"), user, None)
    assert client.get(address).status_code == 404
    assert AuditEntry.objects.filter(act=Act.SET, subject__contains="no more see").count() == 1


def test_a_key_sees_the_customers_of_its_brands(walled: dict[str, Customer], capsys: Any) -> None:
    call_command("add_api_key", "reports", role="admin", json=True)
    for name, brands in {"shop": ["bluelagoon"], "plain": []}.items():
        call_command("add_api_key", name, role="agent", brand=brands, json=True)
    keys = {told["name"]: told["key"] for told in map(orjson.loads, capsys.readouterr().out.splitlines())}
    seen = {
        name: {
            one["id"]
            for one in Client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {key}"}).json()["results"]
        }
        for name, key in keys.items()
    }
    assert seen["reports"] == {str(one) for one in ids(walled)}
    assert seen["shop"] == {str(walled["Blue Lagoon"].public_id), str(walled[""].public_id)}
    assert seen["plain"] == {str(walled[""].public_id)}
    with pytest.raises(CommandError, match="no brand atlantis"):
        call_command("add_api_key", "more", role="agent", brand=["atlantis"])
    assert ApiKey.objects.count() == 3


def test_nobody_merges_across_a_wall(walled: dict[str, Customer]) -> None:
    with pytest.raises(MergeRefused, match="a wall between them"):
        merge(walled["Blue Lagoon"], walled["Harbour"], None)
    with pytest.raises(MergeRefused, match="a wall between them"):
        merge(walled[""], walled["Harbour"], None)
    assert not Link.objects.filter(basis=Link.Basis.STAFF).exists()


def test_a_link_that_leads_across_a_wall_joins_nothing(walled: dict[str, Customer]) -> None:
    a, b = (walled[brand].identifiers.get(kind="login") for brand in ("Blue Lagoon", "Harbour"))
    link = Link.objects.create(a=a, b=b, basis=Link.Basis.RULE, is_verified=True)
    regroup([a.pk], "observed")
    link.refresh_from_db()
    assert link.held == Link.Held.WALL
    assert len(set(Identifier.objects.filter(value=EMAIL).values_list("customer", flat=True))) == 3


@pytest.mark.parametrize("is_walled", [False, True], ids=["one side", "both sides of a wall"])
def test_matching_compares_nobody_across_a_wall(is_walled: bool) -> None:
    """On one side these two are found to be one; with a wall between them they are not even compared."""
    current_model()
    office = source("office", is_trusted=True)
    far = "@harbour" if is_walled else ""
    first = tell(Key("record", "office", "1"), office, Key("email", "", "liz@example.com"), **ANNA)
    other = tell(Key("email", far, "whitfield@example.org"), source("post"), **ANNA)
    match_due()
    owners = set(Identifier.objects.filter(pk__in=[first, other]).values_list("customer", flat=True))
    assert len(owners) == (2 if is_walled else 1)
    assert ScoredPair.objects.count() == (0 if is_walled else 1)
    whole_pass(Asked(is_agreed=True), lambda _: None)
    assert ScoredPair.objects.count() == (0 if is_walled else 1)


@given(
    st.lists(
        st.tuples(st.sampled_from(["ash", "birch", "cedar"]), st.sampled_from(["", "harbour", "lagoon"])),
        min_size=2,
        max_size=9,
    )
)
def test_the_whole_pass_finds_no_pair_across_a_wall(people: list[tuple[str, str]]) -> None:
    walls = [(wall,) if wall else () for _, wall in people]
    columns = feature_columns({"surname": [(name,) for name, _ in people], WALL: walls})
    left, right = candidates(numbered(columns, {"surname"}, len(people)), [Rule(("surname",))])
    alike = [pair for pair in combinations(range(len(people)), 2) if people[pair[0]] == people[pair[1]]]
    assert [*zip(left.tolist(), right.tolist(), strict=True)] == alike


def test_a_call_is_of_the_customer_of_the_brand_that_was_called(walled: dict[str, Customer], no_broker: None) -> None:
    Queue.objects.create(name="general", label="General", is_default=True)
    for brand, customer in walled.items():
        pbx = brand_source(f"pbx {brand}", brand, "telephony")
        answer = ring(pbx, f"c-{pbx.pk}", line=PHONE).json()
        assert answer["customer"] == str(customer.public_id), brand
        assert Call.objects.get(source=pbx).customer == customer


def test_a_call_goes_to_who_may_know_its_caller(walled: dict[str, Customer], no_broker: None) -> None:
    queue = Queue.objects.create(name="general", label="General", is_default=True)
    RoutingRule.objects.create(position=1, name="all", conditions=[], is_live=True, skill="rooms", next_queue=queue)
    for name, brands in {"ada": ["Harbour"], "ben": ["Blue Lagoon"]}.items():
        Agent.objects.create(user=agent(name, *brands), extension=name, skills={"rooms": 3}, presence="ready")
    pbx = brand_source("pbx", "Blue Lagoon", "telephony")
    assert ring(pbx, line=PHONE).json()["agent"] == "ben"


def test_whoever_rings_from_behind_a_wall_is_not_shown_and_is_nobodys_elses(
    walled: dict[str, Customer], no_broker: None
) -> None:
    Queue.objects.create(name="general", label="General", is_default=True)
    ring(brand_source("pbx", "Harbour", "telephony"), line=PHONE)
    call, ada = Call.objects.get(), agent("ada", "Blue Lagoon")
    Call.objects.update(agent=Agent.objects.create(user=ada, extension="204", presence="ready"))
    call.refresh_from_db()
    assert (caller_of(call, ada).known, caller_of(call, ada).customer) == (Known.BEYOND, None)
    page = browser_of(ada).get(f"/desk/calls/{call.public_id}/")
    assert page.status_code == 200
    assert b"A customer of another brand" in page.content
    assert b"Whitfield" not in page.content
    with pytest.raises(WorkRefused, match="another brand"):
        say_who(call, walled["Blue Lagoon"], ada)


def test_nothing_of_another_teams_customers_stands_anywhere() -> None:
    """Every address as every role whose people are not of the brand: no name, no address, no journey of anybody."""
    known = values(fill())
    Customer.objects.update(brand=Brand.objects.earliest("created_at").word)
    telling = set(Trait.objects.filter(name__in=TELLING).values_list("value", flat=True))
    telling |= set(Identifier.objects.exclude(kind__in=["cookie", "once"]).values_list("value", flat=True))
    telling = {one for one in telling if len(one) > 5}
    assert len(telling) > 5
    wrong, count = [], 0
    for role in sorted(SEES_CUSTOMERS - CROSSES_WALLS):
        client = client_of(role)
        for pattern, policy in asked():
            if role in policy.roles:
                path, count = concrete(pattern, known), count + 1
                body = client.get(path).getvalue().decode(errors="replace") if "stream" not in path else ""
                wrong += [f"{path} as {role}: {one}" for one in telling if one in body]
    page = client_of("admin").get(concrete("customers/<uuid:public_id>/", known)).content.decode()
    assert any(one in page for one in telling)  # those who see every brand are shown what is looked for here
    assert count > 60
    assert not wrong, "\n".join(wrong)


def test_a_brand_is_made_peopled_and_removed_on_its_page() -> None:
    admin, ada = signed_in("admin"), signed_in("agent")
    assert ada.get("/brands/").status_code == 403
    assert b"There are no walls." in admin.get("/brands/").content
    assert admin.post("/brands/", {"name": "Blue Lagoon"}, follow=True).status_code == 200
    lagoon = Brand.objects.get()
    assert (lagoon.word, lagoon.name) == ("bluelagoon", "Blue Lagoon")
    who = User.objects.get(username="agent")
    admin.post("/brands/bluelagoon/people/", {"in": who.pk})
    assert who.groups.filter(name="brand:bluelagoon").exists()
    assert b"Put out" in admin.get("/brands/").content
    admin.post("/brands/bluelagoon/people/", {"out": who.pk})
    assert not who.groups.filter(name="brand:bluelagoon").exists()
    assert b"Choose somebody" in admin.post("/brands/bluelagoon/people/", {"in": "x"}, follow=True).content
    brand_source("shop", "Blue Lagoon")
    assert b"the brand stays too" in admin.post("/brands/bluelagoon/remove/", follow=True).content
    Source.objects.filter(brand=lagoon).delete()
    admin.post("/brands/bluelagoon/remove/")
    assert not Brand.objects.exists()
    assert not Group.objects.filter(name="brand:bluelagoon").exists()
    assert set(AuditEntry.objects.filter(act=Act.SET).values_list("subject", flat=True)) == {
        "made the brand Blue Lagoon", "let agent see the customers of Blue Lagoon",
        "let agent no more see the customers of Blue Lagoon", "removed the brand Blue Lagoon",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "x" * 81, "12", "日本", "Blue-Lagoon", "blue lagoon", "Blue  Lagoon!"])
def test_a_brand_that_cannot_be_told_apart_is_refused_with_the_remedy(name: str) -> None:
    make("Blue Lagoon", None)
    page = signed_in("admin").post("/brands/", {"name": name})
    assert page.status_code == 400
    assert b'role="alert"' in page.content
    assert Brand.objects.count() == 1


def test_a_source_is_given_to_a_brand_when_it_is_made(capsys: Any) -> None:
    admin = signed_in("admin")
    assert b"Common to all" not in admin.get("/sources/add/?adapter=segment").content
    make("Blue Lagoon", None)
    assert b"Common to all" in admin.get("/sources/add/?adapter=segment").content
    told = {"name": "shop", "namespace": "shops", "country": "GB", "brand": "bluelagoon"}
    admin.post("/sources/add/?adapter=segment", told)
    assert (Source.objects.get().namespace, Source.objects.get().brand_id) == ("shops@bluelagoon", "bluelagoon")
    refused = admin.post("/sources/add/?adapter=segment", told | {"name": "other", "namespace": "shops@harbour"})
    assert b"it marks the walls" in refused.content
    call_command("add_source", "segment", "kiosk", brand="bluelagoon")
    assert Source.objects.get(name="kiosk").namespace == "kiosk@bluelagoon"
    for options in ({"brand": "atlantis"}, {"namespace": "a@b"}):
        with pytest.raises(CommandError, match=r"no brand atlantis|marks the walls"):
            call_command("add_source", "segment", "more", **options)


def test_what_an_event_says_of_its_namespace_crosses_no_wall() -> None:
    shop = brand_source("shop")
    make("Harbour", None)
    at = timezone.now()
    draft = Draft(key="k", channel=Channel.WEB, kind="page", direction=Direction.IN, occurred_at=at, title="A page",
                  identifiers=(Seen("handle", "una", "facebook@harbour"), Seen("email", EMAIL)))  # fmt: skip
    record([Arrival(shop, draft)])
    assert set(Identifier.objects.values_list("namespace", flat=True)) == {"facebookharbour", ""}
    assert set(Customer.objects.values_list("brand", flat=True)) == {""}
