"""What is hidden reaches no agent: not by a page that one can walk to, nor by a search, nor by the API."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm.identity.models import Identifier
from crm.privacy.models import ApiKey
from journeys.calls.models import Call
from journeys.desk.tests.factories import anna, ringing, words
from journeys.interactions.models import Interaction, Session
from journeys.interactions.recording import Arrival, record
from journeys.listening.adding import add_transcript
from journeys.listening.models import Conversation
from journeys.listening.noticing import note_words
from journeys.listening.settling import settle_batch
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_EMAIL,
    ANNAS_LOGIN,
    ANNAS_PHONE,
    call,
    customer_of,
    identify,
    mail,
    message,
    page,
    recorded,
    source,
    user,
)
from journeys.work.cases import open_case
from journeys.work.deeds import Hand
from journeys.work.models import Case
from journeys.work.noting import note
from journeys.work.promising import promise
from journeys.work.tasking import add_task

pytestmark = pytest.mark.django_db
HIDDEN, BESIDE, NONSENSE = "diabetes", "xyzzy", "qwertz"  # the second is hidden as it stands beside the first
SECRET = f"{HIDDEN} {BESIDE}"
MOST_PAGES = 400
LINKS = r'(?:href|hx-get|data-find|data-open)="([^"#]+)'
LEFT = ("/sign-out/", "/sign-in/", "/static/")
VTT = f"WEBVTT\n\n00:00:00.500 --> 00:00:02.000\n<v Customer>It is my {SECRET}.\n"


def told_of(agent: User) -> Call:
    """Anna's journey, in which the same secret stands wherever something can be written; a call of hers rings."""
    customer, now = anna(), datetime.now(UTC)
    web = source("website")
    seen = (ANNAS_COOKIE, ANNAS_LOGIN)
    recorded(
        [
            page(now - timedelta(minutes=50), f"Help: {SECRET}", *seen),
            page(now - timedelta(minutes=49), "Winter", *seen, campaign={"name": SECRET, "source": "news"}),
            page(now - timedelta(minutes=48), "Search", *seen, url=f"https://www.example.com/?q={SECRET}"),
            identify(now - timedelta(minutes=47), *seen, medical_note=f"has {SECRET}"),
        ],
        web,
    )
    recorded([mail(now - timedelta(minutes=40), f"My {SECRET}", f"About my {SECRET}.", ANNAS_EMAIL)], source("mails"))
    recorded([message(now - timedelta(minutes=39), f"I have {SECRET}")], source("Instagram", "meta"))
    spoken = call(now - timedelta(minutes=30), ANNAS_PHONE, key="CA-hidden")
    spoken.body = f"Anna: It is my {SECRET}."
    arrival = Arrival(source("phone line", "twilio", is_trusted=True), spoken)
    record([arrival])
    note_words([arrival])
    other = Arrival(arrival.source, call(now - timedelta(minutes=29), ANNAS_PHONE, key="CA-transcript"))
    record([other])
    note_words([other])
    while settle_batch():
        pass
    works(customer, agent, now)
    facts = {"pages": {SECRET: 6}, "pages_in_all": 6}
    return ringing(agent=agent, customer=customer, confidence=0.95, facts=facts, reason=f"6 {SECRET} pages in 3 days")


def works(customer: Any, agent: User, now: datetime) -> None:
    """Everything that staff may write of her, for this agent to see."""
    words()
    whose, hand = Identifier.objects.get(value="4711").pk, Hand(agent)
    open_case(whose, f"A room for {SECRET}", hand)
    promise(whose, f"Send the {SECRET} form", now + timedelta(days=1), hand)
    add_task(whose, f"Ring back about {SECRET}", now - timedelta(hours=1), hand)
    note(whose, f"@{agent.username} she spoke of {SECRET}", hand)
    note(whose, f"@{agent.username} her {SECRET}", hand, is_delicate=True)
    for found in Conversation.objects.filter(call_id="CA-transcript"):
        add_transcript(found, SimpleUploadedFile("a.vtt", VTT.encode()), None)


def walked(by: Client, starts: list[str]) -> Iterator[tuple[str, str]]:
    """(address, what it says) of every page that links, forms of search and htmx lead to."""
    waiting, known = list(starts), set(starts)
    while waiting and len(known) < MOST_PAGES:
        address = waiting.pop()
        answer = by.get(address, follow=True)
        if not answer["Content-Type"].startswith(("text/html", "application/json")) or answer.streaming:
            continue
        text = answer.content.decode()
        yield address, text
        for link in re.findall(LINKS, text):
            found = urlsplit(urljoin(address, unescape(link)))
            path = found.path + (f"?{found.query}" if found.query else "")
            if not found.netloc and path not in known and not path.startswith(LEFT):
                known.add(path)
                waiting.append(path)


def guessed(made: Call, whose: str) -> list[str]:
    """Where somebody would look who knows how addresses are made."""
    found = ["/desk/", "/customers/", "/calls/", "/desk/calls/open/", f"/desk/calls/{made.public_id}/",
             f"/customers/{whose}/", f"/desk/customers/{whose}/", f"/customers/{whose}/mood/"]  # fmt: skip
    found += [f"/interactions/{one}/" for one in Interaction.objects.values_list("pk", flat=True)]
    found += [f"/visits/{one}/" for one in Session.objects.values_list("pk", flat=True)]
    found += [f"/calls/{one}/" for one in Conversation.objects.values_list("public_id", flat=True)]
    found += [f"/desk/cases/{one}/" for one in Case.objects.values_list("pk", flat=True)]
    return found + [f"{page}?{name}={HIDDEN}" for name in ("q", "text") for page in found[:8]]


def asked_of_the_api(whose: str) -> list[str]:
    found = [f"customers/{whose}/{part}" for part in ("", "why/", "timeline/")]
    found += "customers/ interactions/ cases/ tasks/ notes/ calls/ reviews/".split()
    found += [f"interactions/{one}/" for one in Interaction.objects.values_list("pk", flat=True)]
    found += [f"calls/{one}/transcript/" for one in Conversation.objects.values_list("public_id", flat=True)]
    return [f"/api/v1/{one}" for one in found]


def without_what_was_asked(by: Client, address: str, word: str, **headers: str) -> str:
    """What an address says to a question, without the question itself and what differs each time."""
    text = by.get(f"{address}{word}", headers=headers).content.decode().replace(word, "")
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", text)


@pytest.fixture
def made(client: Client) -> tuple[Call, str]:
    """A call of Anna's that rings for the agent who is signed in, and her public id."""
    agent = user("agent", "priya")
    client.force_login(agent)
    return told_of(agent), str(customer_of("login", "4711").public_id)


def test_what_is_hidden_stands_on_no_page_that_an_agent_finds(client: Client, made: tuple[Call, str]) -> None:
    pages = dict(walked(client, guessed(*made)))
    assert len(pages) > 50
    assert [address for address, text in pages.items() if BESIDE in text.casefold()] == []
    admin = Client()
    admin.force_login(user("admin"))
    assert any(BESIDE in text.casefold() for _, text in walked(admin, [f"/customers/{made[1]}/"]))


def test_what_is_hidden_is_in_no_answer_of_the_api(client: Client, made: tuple[Call, str]) -> None:
    key = ApiKey.issue("reports", "agent")[1]
    answers = {one: client.get(one, headers={"Authorization": f"Bearer {key}"}) for one in asked_of_the_api(made[1])}
    assert {answer.status_code for answer in answers.values()} == {200, 404}
    assert [address for address, answer in answers.items() if BESIDE in answer.content.decode().casefold()] == []


def test_who_asks_for_what_is_hidden_hears_what_they_hear_who_ask_for_nonsense(
    client: Client, made: tuple[Call, str]
) -> None:
    key = {"authorization": f"Bearer {ApiKey.issue('reports', 'agent')[1]}"}
    pages = [f"/customers/{made[1]}/?text=", f"/desk/customers/{made[1]}/?text=", "/calls/?q=", "/customers/?q=",
             "/palette/?q="]  # fmt: skip
    asked = [f"customers/{made[1]}/timeline/?limit=1&text=", "interactions/?limit=1&text=", "calls/?limit=1&search=",
             "customers/?search="]  # fmt: skip
    for word in (HIDDEN, BESIDE):
        for one in pages:
            assert without_what_was_asked(client, one, word) == without_what_was_asked(client, one, NONSENSE)
        for one in asked:
            heard, nothing = (without_what_was_asked(client, f"/api/v1/{one}", w, **key) for w in (word, NONSENSE))
            assert heard == nothing
