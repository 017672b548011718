"""The desk, over HTTP: the home, a call with its three columns, who it may be, wrapping up, drafts, and tact."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.identity.models import Identifier
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from journeys.attribution.models import Conversion
from journeys.calls.models import Agent, Call
from journeys.desk.tests.factories import HOME, anna, ringing, ringing_at_home
from journeys.interactions.drafts import Seen
from journeys.interactions.models import Interaction
from journeys.listening.moods import moods
from journeys.listening.noticing import note_due
from journeys.listening.settling import settle_batch
from journeys.listening.tests.factories import conversation, heard_call
from journeys.tests.factories import (
    ANNAS_EMAIL,
    ANNAS_LOGIN,
    LANDLINE,
    call,
    identify,
    mail,
    page,
    recorded,
    source,
    user,
)
from journeys.timeline.reading import identifiers_of
from journeys.work import cases, noting, promising, tasking
from journeys.work.deeds import Hand
from journeys.work.models import Case, Deed, Note, Promise, Task

pytestmark = pytest.mark.django_db
CANARY = "Zanzibar canary"


@pytest.fixture
def priya() -> User:
    return user("agent", "priya")


@pytest.fixture
def desk(priya: User) -> Client:
    """The browser of an agent."""
    client = Client()
    client.force_login(priya)
    return client


@pytest.fixture
def shows(desk: Client) -> Callable[[str], str]:
    """What a page says."""

    def told(address: str) -> str:
        answer = desk.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    return told


def of(call: Call) -> str:
    return f"/desk/calls/{call.public_id}/"


def login() -> Identifier:
    return Identifier.objects.get(kind=ANNAS_LOGIN.kind, value=ANNAS_LOGIN.value)


# The home


def test_an_empty_desk_says_what_to_do_next(shows: Callable[[str], str]) -> None:
    told = shows("/desk/")
    assert "an admin adds you to the agents" in told
    assert "Follow up a call or a customer" in told


def test_the_desk_holds_the_call_that_rings_what_is_due_and_where_one_was_mentioned(
    shows: Callable[[str], str], priya: User
) -> None:
    customer, ana = anna(), Hand(user("agent", "ana"))
    made, now = ringing(agent=priya, customer=customer), timezone.now()
    tasking.add_task(login().pk, "Ring back about the sea view", now - timedelta(hours=1), ana, owner=priya)
    tasking.add_task(login().pk, "Anybody may do this", now + timedelta(days=1), ana)
    noting.note(login().pk, "@Priya, she asked for you.", ana)
    told = shows("/desk/")
    assert f'href="{of(made)}"' in told
    assert all(words in told for words in ("Ring back about the sea view", "Anybody may do this", "she asked for you"))
    assert '<span class="count">2' in told  # what is due, and the mention, in the navigation


def test_marketers_have_no_desk() -> None:
    client = Client()
    client.force_login(user("marketer"))
    assert client.get("/desk/").status_code == 403


# A call


def test_a_call_shows_who_rings_why_it_came_here_and_what_to_know(shows: Callable[[str], str], priya: User) -> None:
    customer = anna()
    told = shows(of(ringing(agent=priya, customer=customer, confidence=0.994)))
    assert "is calling" in told
    assert "6 Bahamas pages in 3 days" in told
    assert "sure to 99 %" in told
    assert "Unanswered: Thanks, but I still don’t know" in told
    assert "Probably a quote that they did not finish" in told
    assert "Are you planning a trip?" in told


def test_a_shared_line_gives_nobody_away(shows: Callable[[str], str], priya: User) -> None:
    told = shows(of(ringing_at_home(priya)))
    assert "Several people use this line" in told
    assert "Anna Whitfield" in told
    assert "Tom Whitfield" in told
    for secret in ("anna.whitfield@example.com", "Cardiff", "Atlantis", "sea view", "07700"):
        assert secret not in told


@pytest.mark.parametrize(
    ("line", "said"), [("", "The number is withheld"), ("+441632960777", "A number that nobody knows")]
)
def test_unknown_and_withheld_numbers_are_said_to_be_so(
    shows: Callable[[str], str], priya: User, line: str, said: str
) -> None:
    told = shows(of(ringing(line, priya)))
    assert said in told
    assert "Someone new" in told


def test_who_withholds_their_number_is_found_by_name_and_picked(desk: Client, priya: User) -> None:
    customer, made = anna(), ringing("", priya)
    told = desk.get(of(made), {"who": "whitfield anna"}).content.decode()
    assert f'value="{customer.public_id}"' in told
    assert "Nobody fits" in desk.get(of(made), {"who": "zebra"}).content.decode()
    answer = desk.post(f"{of(made)}claim/", {"customer": str(customer.public_id)}, follow=True)
    assert "anna.whitfield@example.com" in answer.content.decode()


def test_whom_the_routing_found_is_offered_the_likeliest_first(shows: Callable[[str], str], priya: User) -> None:
    customer = anna()
    tom = Identifier.objects.get(kind="login", value="4712").customer
    likely = [{"customer": str(tom.public_id), "probability": 0.31, "why": "looked at the page"},
              {"customer": str(customer.public_id), "probability": 0.6, "why": "looked at the page"}]  # fmt: skip
    told = shows(of(ringing("+441632960777", priya, candidates=likely)))
    assert told.index("Anna Whitfield") < told.index("Tom Whitfield")
    assert "60 % likely" in told


def test_the_agent_picks_and_the_call_is_theirs_not_the_line(desk: Client, priya: User) -> None:
    made = ringing_at_home(priya)
    customer = login().customer
    answer = desk.post(f"{of(made)}claim/", {"customer": str(customer.public_id)}, follow=True)
    assert "anna.whitfield@example.com" in answer.content.decode()
    said = Interaction.objects.get(key=made.call_id)
    line = Identifier.objects.get(kind="phone", value=HOME)
    assert said.identifier.customer == customer
    assert said.via == line
    assert line.is_shared
    answer = desk.post(f"{of(made)}unclaim/", follow=True)
    assert "Several people use this line" in answer.content.decode()
    assert Interaction.objects.get(key=made.call_id).identifier == line


def test_the_visit_that_a_call_came_from_is_theirs_who_the_agent_picks(
    desk: Client, shows: Callable[[str], str], priya: User
) -> None:
    made = ringing_at_home(priya)
    for site in ("an older website", "website"):  # the same browser's id on both
        recorded([page(made.rang_at, "Bermuda in May", Seen("cookie", "c-unknown"))], source(site))
    elsewhere, browser = Identifier.objects.filter(value="c-unknown").order_by("pk")
    Call.objects.filter(pk=made.pk).update(
        visitor="c-unknown", visitor_namespace="website", customer=browser.customer, confidence=0.998
    )
    told = shows(of(made))
    assert "Bermuda in May" in told
    assert "Tom Whitfield" in told
    customer = login().customer
    desk.post(f"{of(made)}claim/", {"customer": str(customer.public_id)})
    browser.refresh_from_db()
    assert browser.customer == customer
    elsewhere.refresh_from_db()
    assert elsewhere.customer != customer, "somebody on another site, who was given the same id there, is not mixed in"
    desk.post(f"{of(made)}unclaim/")
    browser.refresh_from_db()
    assert browser.customer != customer
    desk.post(f"{of(made)}claim/", {"customer": "new"})
    assert Interaction.objects.get(key=made.call_id).identifier == browser


def test_a_visitor_who_withholds_their_number_can_be_said_to_be_somebody(desk: Client, priya: User) -> None:
    anna()
    made = ringing("", priya)
    recorded([page(made.rang_at, "Bermuda in May", Seen("cookie", "c-unknown"))])
    browser = Identifier.objects.get(value="c-unknown")
    Call.objects.filter(pk=made.pk).update(
        visitor="c-unknown", visitor_namespace="website", customer=browser.customer, confidence=0.998
    )
    told = desk.get(of(made), {"who": "whitfield"}).content.decode()
    assert "Nothing but their visit is known of them" in told
    assert "sure to over 99 %" in told
    assert f'value="{login().customer.public_id}"' in told


def test_how_a_call_felt_counts_for_whom_the_agent_picks(desk: Client, priya: User) -> None:
    anna()
    made = ringing(HOME, priya)
    said = call(made.rang_at, LANDLINE, key=made.call_id)
    said.body = "Ana: Good morning.\nAnna: I am really annoyed, this is dreadful, the refund is still missing."
    recorded([said], made.source)
    customer = login().customer

    def counts() -> bool:
        while settle_batch():
            pass
        known = Interaction.objects.get(key=made.call_id).pk
        return known in {one.interaction for one in moods(identifiers_of(customer.pk))}

    assert not counts()
    desk.post(f"{of(made)}claim/", {"customer": str(customer.public_id)})
    assert counts()
    desk.post(f"{of(made)}unclaim/")
    assert not counts()


def test_a_call_is_heard_and_read_at_the_desk_once_there_is_something_to(
    desk: Client, shows: Callable[[str], str], priya: User
) -> None:
    found = heard_call()
    made = ringing(agent=priya, source=found.source, call_id=found.call_id, state="ended", ended_at=timezone.now())
    told = shows(of(made))
    assert f'hx-get="{of(made)}heard/"' in told
    assert "data-sound" not in told
    assert "data-sound" in shows(f"{of(made)}heard/")
    nothing = ringing(state="ended", ended_at=timezone.now())
    assert 'hx-trigger="every 15s"' in shows(of(nothing))
    assert desk.get(f"{of(nothing)}heard/").status_code == 204


def test_a_call_that_speaks_of_what_is_hidden_is_not_heard_at_the_desk(
    desk: Client, shows: Callable[[str], str], priya: User
) -> None:
    found = conversation("Ana: Hello.\nAnna: It is since my chemotherapy.")
    made = ringing(agent=priya, source=found.source, call_id=found.call_id, state="ended", ended_at=timezone.now())
    assert desk.get(f"{of(made)}heard/").status_code == 204
    earlier = desk.get(f"/interactions/{found.interaction_id}/listen/", headers={"HX-Request": "true"})
    assert "nothing to hear" in earlier.content.decode()


def test_an_earlier_call_is_fetched_when_it_is_opened(shows: Callable[[str], str], desk: Client) -> None:
    customer = anna()
    told = shows(f"/desk/customers/{customer.public_id}/")
    said = Interaction.objects.get(key="CA-anna")
    address = f"/interactions/{said.pk}/listen/"
    assert f'hx-get="{address}" hx-trigger="toggle from:closest details once"' in told
    note_due([(said.source_id, said.key)])
    while settle_batch():
        pass
    answer = desk.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "data-transcript" in answer
    assert "<html" not in answer


def test_somebody_new_is_a_customer_of_their_own(desk: Client, priya: User) -> None:
    made = ringing_at_home(priya)
    desk.post(f"{of(made)}claim/", {"customer": "new"})
    said = Interaction.objects.get(key=made.call_id)
    assert said.identifier.kind == "once"
    assert said.identifier.customer not in (login().customer, said.via.customer if said.via else None)
    assert desk.post(f"{of(made)}claim/", {"customer": "zebra"}, follow=True).status_code == 200


# Wrapping up


def wrapped(**said: str) -> dict[str, str]:
    return {"reason": "quote", "outcome": "sold", "value": "3180.00", "currency": "GBP"} | said


def test_a_call_that_is_wrapped_up_with_a_sale_stands_on_the_journey(desk: Client, priya: User) -> None:
    customer = anna()
    made = ringing(agent=priya, customer=customer)
    told = wrapped(order="NS-777", note="Took the sea view", task="Send the papers", due="2030-01-02T10:00",
                   promise="Hold the room", until="2030-01-01", case="Dates may move")  # fmt: skip
    answer = desk.post(f"{of(made)}wrap/", told, follow=True)
    assert answer.redirect_chain[-1][0] == "/desk/"
    sale = Conversion.objects.get()
    told_of: tuple[Any, ...] = (sale.value, sale.currency, sale.order, sale.identifier.customer)
    assert told_of == (Decimal(3180), "GBP", "NS-777", customer)
    made.refresh_from_db()
    assert (made.wrap_code, made.outcome) == ("quote", "sold")
    journey = desk.get(f"/customers/{customer.public_id}/").content.decode()
    for words in ("Sale: GBP 3,180.00, order NS-777", "Took the sea view", "Hold the room", "Dates may move",
                  "Wrapped up: A quote, Sold"):  # fmt: skip
        assert words in journey
    assert "Anna Whitfield" in desk.get("/customers/?q=NS-777").content.decode()


def test_a_call_whose_end_was_never_told_is_over_when_its_agent_says_so(desk: Client, priya: User) -> None:
    anna()
    made = ringing(agent=priya, state="answered", answered_at=datetime.now(UTC))
    Agent.objects.filter(user=priya).update(presence="on_call")
    assert "The call is over" in desk.get(of(made)).content.decode()
    told = desk.post(f"{of(made)}over/", follow=True).content.decode()
    assert "Said that the call is over" in told
    assert "The call is over</button>" not in told
    made.refresh_from_db()
    assert made.state == "ended"
    assert made.ended_at
    assert Agent.objects.get(user=priya).presence == "wrap_up"
    assert str(made.public_id) not in desk.get("/desk/calls/open/").content.decode()


def test_nobody_ends_a_colleagues_call_but_an_admin(desk: Client, priya: User) -> None:
    made = ringing(agent=user("agent", "callum"))
    assert "The call is over" not in desk.get(of(made)).content.decode()
    assert "only they, or an admin" in desk.post(f"{of(made)}over/", follow=True).content.decode()
    signed_in("admin").post(f"{of(made)}over/")
    made.refresh_from_db()
    assert made.state == "ended"


def test_what_is_wrapped_up_pops_up_no_more_though_its_end_was_never_told(desk: Client, priya: User) -> None:
    anna()
    made = ringing(agent=priya)
    assert str(made.public_id) in desk.get("/desk/calls/open/").content.decode()
    desk.post(f"{of(made)}wrap/", {"reason": "quote", "outcome": "solved"})
    assert str(made.public_id) not in desk.get("/desk/calls/open/").content.decode()
    assert "No call." in desk.get("/desk/").content.decode()
    assert str(made.public_id) in desk.get("/desk/").content.decode()


def test_a_sale_without_its_value_is_asked_for_it_and_nothing_is_kept(desk: Client, priya: User) -> None:
    made = ringing(agent=priya, customer=anna())
    answer = desk.post(f"{of(made)}wrap/", wrapped(value="", note="Took the sea view"))
    assert answer.status_code == 422
    assert "Say what it was sold for" in answer.content.decode()
    assert not Note.objects.exists()
    assert not Conversion.objects.exists()


def test_a_draft_survives_a_reload_and_goes_when_it_is_kept(desk: Client, priya: User) -> None:
    customer = anna()
    made = ringing(agent=priya, customer=customer)
    about = f"call:{made.public_id}"
    assert desk.post(f"/desk/drafts/{about}/", {"note": "half a thought", "outcome": "sold"}).content == b"Draft kept"
    assert "half a thought" in desk.get(of(made)).content.decode()
    other = Client()
    other.force_login(user("agent"))
    assert "half a thought" not in other.get(of(made)).content.decode()
    desk.post(f"{of(made)}wrap/", wrapped(note="a whole one"))
    assert "half a thought" not in desk.get(of(made)).content.decode()


# Work


def test_work_is_undone_and_its_history_stays(desk: Client, priya: User) -> None:
    customer, hand, now = anna(), Hand(priya), timezone.now()
    whose = login().pk
    note = noting.note(whose, "Wrong customer", hand)
    task = tasking.add_task(whose, "Ring back", now, hand, owner=priya)
    promised = promising.promise(whose, "Hold the room", now, hand)
    back = {"next": f"/desk/customers/{customer.public_id}/"}
    for kind, one, act in (("note", note, "take-back"), ("task", task, "done"), ("task", task, "again"),
                           ("promise", promised, "kept")):  # fmt: skip
        assert desk.post(f"/desk/work/{kind}/{one.pk}/{act}/", back).headers["Location"] == back["next"]
    assert Task.objects.get().done_at is None
    assert Promise.objects.get().kept is True
    assert Note.objects.get().withdrawn_by == priya
    told = desk.get(f"/customers/{customer.public_id}/").content.decode()
    assert "Wrong customer" not in told
    assert "Took a note back" in told
    assert Deed.objects.count() == 7


def test_a_case_is_handed_on_closed_and_opened_again_with_its_history(desk: Client, priya: User) -> None:
    anna()
    found = cases.open_case(login().pk, "Can the sea view be kept?", Hand(priya))
    ana = user("agent", "ana")
    address = f"/desk/cases/{found.pk}/"
    desk.post(f"{address}change/", {"state": "closed", "owner": str(ana.pk), "said": "the hotel agreed"})
    desk.post(f"{address}change/", {"state": "open", "owner": str(ana.pk)})
    told = desk.get(address).content.decode()
    for words in ("Opened a case", "Closed: Can the sea view be kept? (the hotel agreed)", "Handed to ana",
                  "Opened again"):  # fmt: skip
        assert words in told
    assert Case.objects.get().owner == ana


def test_who_else_is_looking_is_said(desk: Client, shows: Callable[[str], str]) -> None:
    customer, other = anna(), Client()
    other.force_login(user("agent", "ana"))
    address = f"/desk/customers/{customer.public_id}/"
    other.get(address)
    assert "Also looking: ana" in shows(address)
    assert "Also looking: priya" in other.post(f"{address}looking/").content.decode()


# Tact


@pytest.fixture
def planted() -> Any:
    """Things that agents must not see, in every place that shows something of a customer."""
    customer, now = anna(), datetime.now(UTC)
    secret = f"My diabetes is back. {CANARY}"
    recorded([mail(now - timedelta(hours=2), f"{CANARY} diagnosis", secret, ANNAS_EMAIL)], source("helpdesk mail"))
    recorded([page(now - timedelta(minutes=30), f"Chemotherapy and travel {CANARY}", ANNAS_LOGIN)])
    recorded([identify(now, ANNAS_LOGIN, condition=f"diabetes, {CANARY}", religion=CANARY)])
    hand = Hand(user("admin", "boss"))
    noting.note(login().pk, f"Is pregnant, {CANARY}", hand)
    cases.open_case(login().pk, f"Dialysis on board, {CANARY}", hand)
    tasking.add_task(login().pk, f"Ask the hotel about dialysis, {CANARY}", now, hand)
    promising.promise(login().pk, f"A halal menu, {CANARY}", timezone.now(), hand)
    return customer


@pytest.mark.parametrize("role", ["agent", "marketer"])
def test_what_is_sensitive_reaches_no_page_and_no_answer_of_the_api(planted: Any, role: str) -> None:
    person = user(role)
    client, key = Client(), ApiKey.issue("a program", role)[1]
    client.force_login(person)
    made = ringing(agent=person, customer=planted, reason=f"3 diabetes pages in 3 days, {CANARY}")
    numbers = Interaction.objects.filter(title__contains=CANARY).values_list("pk", flat=True)
    here = f"/desk/customers/{planted.public_id}/"
    desk = ["/desk/", of(made), f"{of(made)}card/", here, f"{here}entries/", f"/desk/cases/{Case.objects.get().pk}/"]
    pages = [f"/customers/{planted.public_id}/", f"/customers/{planted.public_id}/entries/",
             f"/customers/{planted.public_id}/traits/", *(f"/interactions/{one}/" for one in numbers)]  # fmt: skip
    for address in [*pages, *(desk if role == "agent" else [])]:
        assert CANARY not in client.get(address).content.decode(), address
    api = [f"customers/{planted.public_id}/", f"customers/{planted.public_id}/timeline/", "interactions/",
           *(f"interactions/{one}/" for one in numbers)]  # fmt: skip
    for address in api:
        answer = client.get(f"/api/v1/{address}", headers={"Authorization": f"Bearer {key}"})
        assert CANARY not in answer.content.decode(), address


def test_an_admin_sees_what_is_hidden_from_others_as_something_to_know(planted: Any) -> None:
    client = Client()
    client.force_login(user("admin"))
    told = client.get(f"/desk/customers/{planted.public_id}/").content.decode()
    assert CANARY in told
    assert "only to know, not to say" in told


# How much it asks


def test_the_desk_of_a_customer_with_hundreds_of_everything_asks_as_little_as_any(
    desk: Client, priya: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    customer, hand = anna(), Hand(priya)
    made = ringing(agent=priya, customer=customer)
    desk.get(of(made))
    with django_assert_max_num_queries(24) as few:
        desk.get(of(made))
    now, whose = timezone.now(), login()
    recorded(
        [mail(now - timedelta(minutes=n), f"Mail {n}", "Hello?", ANNAS_EMAIL) for n in range(500)], source("inbox")
    )
    recorded(
        [page(now - timedelta(minutes=n), f"Page {n}", ANNAS_LOGIN, Seen("cookie", f"c-{n % 5}")) for n in range(500)]
    )
    Note.objects.bulk_create([Note(identifier=whose, body=f"Note {n}", author=priya, at=now) for n in range(500)])
    Case.objects.bulk_create([Case(identifier=whose, subject=f"Case {n}", opened_at=now) for n in range(500)])
    Task.objects.bulk_create([Task(identifier=whose, what=f"Task {n}", due_at=now, made_at=now) for n in range(500)])
    Deed.objects.bulk_create(
        [Deed(identifier=whose, kind="note", row_id=n, said=f"Deed {n}", at=now) for n in range(500)]
    )
    assert hand.name
    with django_assert_max_num_queries(len(few)):
        answer = desk.get(of(made))
    assert len(answer.content) < 150_000
