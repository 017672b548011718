"""A marketer follows journeys, and nothing on any page or in the API tells whose they are."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from crm.identity.models import Customer
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from journeys.interactions.models import Interaction, Session
from journeys.listening.models import Conversation
from journeys.tests.factories import ANNAS_COOKIE, ANNAS_LOGIN, NOON, annas_journey, page, recorded

pytestmark = pytest.mark.django_db
# Whatever tells who Anna is, and what she or we wrote.
TELLING = ("Whitfield", "anna.whitfield", "anna@", "900142", "2018 0142", "4711", "1986", "CF10", "Tom", "husband",
           "sea view", "Dear Mrs", "77213", "Sailing", "booking.pdf", "17841400000000001")  # fmt: skip
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')  # at random, any three letters stand in one some day
HTMX = {"HX-Request": "true"}


@pytest.fixture
def anna() -> Customer:
    made = annas_journey()
    told = page(
        NOON, "Welcome back, Anna Whitfield (anna@example.com)", ANNAS_COOKIE, ANNAS_LOGIN,
        referrer="https://mail.example/?to=anna.whitfield@example.com", properties={"email": "anna@example.com"},
    )  # fmt: skip
    ordered = page(NOON, "Order BLU-77213 of the Lagoon Sailing Club", ANNAS_COOKIE, ANNAS_LOGIN)
    ordered = replace(ordered, references=(("order", "BLU-77213"),), traits={"club": "Lagoon Sailing Club"})
    recorded([told, ordered])
    return made


def telling(client: Client, address: str, **headers: str) -> list[str]:
    """What a page tells that it must not."""
    answer = client.get(address, headers=headers)
    html = TOKEN.sub("", answer.content.decode())
    assert answer.status_code in (200, 302, 403, 404), (address, answer.status_code)
    return [word for word in TELLING if word in html and word.lower() not in address.lower()]


def pages(anna: Customer) -> list[str]:
    own = f"/customers/{anna.public_id}/"
    session = Session.objects.earliest("pk").pk
    said = [f"/interactions/{one}/" for one in Interaction.objects.values_list("pk", flat=True)]
    calls = [f"/calls/{one}/" for one in Conversation.objects.values_list("public_id", flat=True)]
    ways = ("", "entries/", "extent/", "mood/", "why/", "history/", "consents/", "traits/", "?channel=email")
    return ["/customers/", "/customers/?who=all", "/customers/?q=Whitfield", "/customers/?q=900142", "/calls/",
            "/calls/?q=husband", "/palette/?q=anna", "/reviews/", f"/visits/{session}/",
            *(own + way for way in ways), *said, *calls]  # fmt: skip


def test_no_page_tells_a_marketer_whose_journey_it_is(anna: Customer) -> None:
    marketer = signed_in("marketer")
    for address in pages(anna):
        assert telling(marketer, address) == [], address
        assert telling(marketer, address, **HTMX) == [], address


def test_nor_does_the_api(anna: Customer) -> None:
    key = ApiKey.issue("reports", "marketer")[1]
    program = Client(headers={"authorization": f"Bearer {key}"})
    for address in ("customers/", "customers/?search=whitfield", "interactions/", "calls/", "reviews/",
                    f"customers/{anna.public_id}/", f"customers/{anna.public_id}/timeline/"):  # fmt: skip
        assert telling(program, f"/api/v1/{address}") == [], address


def test_a_marketers_key_follows_journeys_by_pseudonym(anna: Customer) -> None:
    program, own = Client(headers={"authorization": f"Bearer {ApiKey.issue('reports', 'marketer')[1]}"}), anna.public_id
    listed = program.get("/api/v1/customers/").json()["results"]
    assert f"Customer {str(own)[:8]}" in {one["name"] for one in listed}
    assert [one["name"] for one in program.get(f"/api/v1/customers/?search={str(own)[:8]}").json()["results"]]
    assert program.get("/api/v1/customers/?identifier=phone:%2B447700900142").json()["results"] == []
    shown = program.get(f"/api/v1/customers/{own}/").json()
    assert (shown["name"], shown["household"]) == (f"Customer {str(own)[:8]}", [])
    assert {one["kind"] for one in shown["identifiers"]} >= {"email", "phone"}
    for address in (f"customers/{own}/timeline/", f"interactions/?customer={own}", "interactions/"):
        found = program.get(f"/api/v1/{address}").json()["results"]
        assert {one["channel"] for one in found} >= {"web", "email", "call"}, address
        assert {(one["key"], one["body"]) for one in found} == {("", "")}, address
    one = program.get(f"/api/v1/interactions/{found[0]['id']}/")
    assert (one.status_code, telling(program, f"/api/v1/interactions/{found[0]['id']}/")) == (200, [])
    assert program.get("/api/v1/interactions/?text=husband").status_code == 400
    assert program.get("/api/v1/interactions/?identifier=phone:%2B447700900142").json()["results"] == []


def test_the_journey_itself_is_there_to_follow(anna: Customer) -> None:
    html = signed_in("marketer").get(f"/customers/{anna.public_id}/").content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    for seen in (f"Customer {str(anna.public_id)[:8]}", "Call in, 6 min 12 s", "Missed call", "E-mail from them",
                 "E-mail to them", "Winter sun (newsletter)", "left at Quote, 2 adults", "a•••@example.com",
                 "See who this is", "No SMS marketing"):  # fmt: skip
        assert seen in text, seen
    assert "In this journey" not in text


def test_words_cannot_be_searched_where_they_cannot_be_read(anna: Customer) -> None:
    marketer, own = signed_in("marketer"), f"/customers/{anna.public_id}/entries/"
    asked = marketer.get(f"{own}?text=husband").content.decode()
    assert asked == marketer.get(f"{own}?text=zebra").content.decode() == marketer.get(own).content.decode()


def test_a_marketer_finds_a_journey_by_its_number(anna: Customer) -> None:
    marketer, number = signed_in("marketer"), str(anna.public_id)[:8]
    for asked in (number, f"Customer {number}", f"customer {number.upper()}"):
        html = marketer.get("/customers/", {"q": asked}).content.decode()
        assert f"/customers/{anna.public_id}/" in html, asked
        assert "Whitfield" not in html
    assert f"/customers/{anna.public_id}/" in marketer.get("/palette/", {"q": number}).content.decode()
    assert "Give the number" in marketer.get("/customers/", {"q": "Whitfield"}).content.decode()


def test_a_reason_opens_one_person_and_no_other(anna: Customer) -> None:
    marketer, own = signed_in("marketer"), f"/customers/{anna.public_id}/"
    told = {"reason": "Asked to be called about the February quote"}
    html = marketer.post(f"{own}reveal/", told, follow=True).content.decode()
    for seen in ("Anna Whitfield", "sea view", "Open to you until", "In this journey"):
        assert seen in html
    assert "Anna Whitfield" in marketer.get("/customers/").content.decode()
    assert "Anna Whitfield" in marketer.get("/customers/?q=whitfield").content.decode()
    toms = [one for one in Customer.objects.filter(identifiers__value="4712").distinct()]
    assert "Tom" not in marketer.get(f"/customers/{toms[0].public_id}/").content.decode()


def test_whoever_answers_calls_is_asked_nothing(anna: Customer) -> None:
    for role in ("agent", "lead", "admin", "privacy"):
        assert "Anna Whitfield" in signed_in(role).get(f"/customers/{anna.public_id}/").content.decode()
