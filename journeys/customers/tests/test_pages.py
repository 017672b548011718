"""The pages of customers, through HTTP."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.identity.models import Customer, Identifier
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.models import Interaction, Session
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_EMAIL,
    ANNAS_LOGIN,
    ANNAS_PHONE,
    LANDLINE,
    NOON,
    annas_journey,
    call,
    customer_of,
    mail,
    message,
    page,
    recorded,
    source,
    user,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(client: Client) -> Client:
    """A browser in which an agent is signed in."""
    client.force_login(user("agent"))
    return client


def shown(client: Client, address: str, **headers: str) -> str:
    """The text of a page that is there."""
    response = client.get(address, headers=headers)
    assert response.status_code == 200, (response.status_code, address)
    return response.content.decode()


def words(html: str) -> str:
    """What stands between the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Who may


def test_nobody_sees_anything_without_signing_in(client: Client) -> None:
    customer = annas_journey()
    said = Interaction.objects.latest("pk")
    for address in ("/customers/", f"/customers/{customer.public_id}/", f"/customers/{customer.public_id}/entries/",
                    f"/interactions/{said.pk}/", f"/visits/{Session.objects.latest('pk').pk}/"):  # fmt: skip
        response = client.get(address)
        assert response.status_code == 302, address
        assert response["Location"].startswith("/sign-in/?next="), address


def test_somebody_without_a_role_is_told_that_the_page_is_not_for_them(client: Client) -> None:
    someone = user("agent")
    someone.groups.clear()
    client.force_login(someone)
    response = client.get("/customers/")
    assert response.status_code == 403
    assert "This page is for" in response.content.decode()


def test_signing_in_leads_to_the_customers_and_out_again(client: Client) -> None:
    user("agent", "priya")
    assert client.get("/", follow=True).redirect_chain[-1][0].startswith("/sign-in/")
    wrong = client.post("/sign-in/", {"username": "priya", "password": "guess"})
    assert "Please enter a correct" in wrong.content.decode()
    right = client.post("/sign-in/", {"username": "priya", "password": "a long pass phrase"}, follow=True)
    assert right.redirect_chain == [("/", 302), ("/customers/", 302)]
    assert client.post("/sign-out/", follow=True).redirect_chain == [("/sign-in/", 302)]


def test_pages_with_customers_are_not_kept_by_browsers(agent: Client) -> None:
    customer = annas_journey()
    assert "no-store" in agent.get(f"/customers/{customer.public_id}/")["Cache-Control"]


def test_a_page_that_is_not_there_says_so_to_anybody(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    html = response.content.decode()
    assert "There is nothing here" in html
    assert "Sign out" not in html


# The customer


def test_a_customers_page_tells_who_they_are_and_how_we_know(agent: Client) -> None:
    customer = annas_journey()
    text = words(shown(agent, f"/customers/{customer.public_id}/"))
    for said in (
        "Anna Whitfield", "5 identifiers, 4 sources", "07700 900142", "anna.whitfield@example.com",
        "Born 29 November 1986 website", "Postcode CF10 1AA website", "E-mail marketing", "No SMS marketing",
        "Tom Whitfield same landline 029 2018 0142", "Login id 4711",
    ):  # fmt: skip
        assert said in text, said


def test_the_journey_says_what_matters_on_one_line(agent: Client) -> None:
    customer = annas_journey()
    text = words(shown(agent, f"/customers/{customer.public_id}/"))
    for said in (
        "Visit, 11 min, 4 pages left at Quote, 2 adults, 14-28 February, £3,180",
        "From Google Ads, “bahamas all inclusive” · iPhone",
        "Missed call",
        "Call in, 6 min 12 s with Ana R.",
        "Perfect, my husband decides on Sunday.",
        "Re: Can we change the room after booking? we wrote",
        "Earlier messages in this mail",
        "booking.pdf",
        "Message on Instagram",
        "this browser is login id 4711, anna.whitfield@example.com, 07700 900142",
    ):
        assert said in text, said


def test_other_values_of_a_field_stay_with_their_sources(agent: Client) -> None:
    recorded([Draft("a", Channel.WEB, "identify", NOON, (ANNAS_LOGIN,), traits={"city": "Bristol"})])
    trusted = source("bookings", is_trusted=True, namespace="website")
    recorded(
        [Draft("b", Channel.WEB, "identify", NOON - timedelta(days=9), (ANNAS_LOGIN,), traits={"city": "Cardiff"})],
        trusted,
    )
    text = words(shown(agent, f"/customers/{customer_of('login', '4711').public_id}/"))
    assert (
        "City Cardiff bookings, 25 Oct 2026 bookings ranks above website 1 other value Bristol website, 3 Nov 2026"
        in text
    )


def test_an_old_id_leads_to_the_customer_that_stands(agent: Client) -> None:
    customer = annas_journey()
    old = Identifier.objects.get(kind="cookie", value="c-anna-phone").origin
    assert old.pk != customer.pk
    response = agent.get(f"/customers/{old.public_id}/")
    assert response.status_code == 302
    assert response["Location"] == f"/customers/{customer.public_id}/"
    assert agent.get(f"/customers/{old.public_id}/entries/").status_code == 200


def test_an_id_that_nobody_has_is_not_found(agent: Client) -> None:
    assert agent.get(f"/customers/{uuid.uuid4()}/").status_code == 404
    assert agent.get("/interactions/999999/").status_code == 404
    assert agent.get("/visits/999999/").status_code == 404


def test_a_shared_line_shows_who_may_be_on_it(agent: Client) -> None:
    annas_journey()
    line = customer_of("phone", "+442920180142")
    text = words(shown(agent, f"/customers/{line.public_id}/"))
    assert "shared: the people who use it contradict each other" in text
    assert "Anna Whitfield uses the phone" in text
    assert "Tom Whitfield uses the phone" in text


def test_a_customer_with_nothing_yet_says_so(agent: Client) -> None:
    recorded([Draft("k", Channel.WEB, "identify", NOON, (ANNAS_LOGIN, LANDLINE))])
    Interaction.objects.all().delete()
    Session.objects.all().delete()
    text = words(shown(agent, f"/customers/{customer_of('login', '4711').public_id}/?channel=call"))
    assert "Nothing in this journey fits." in text
    assert "Show the whole journey" in text


# The journey


def test_chips_filter_and_say_which_is_pressed(agent: Client) -> None:
    customer = annas_journey()
    html = shown(agent, f"/customers/{customer.public_id}/?channel=call")
    assert re.search(r'value="call"\s+aria-pressed="true"', html)
    assert re.search(r'value=""\s+aria-pressed="false"', html)
    assert set(re.findall(r'class="it (\w+)', html)) == {"call"}


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("text=sea+view", {"mail", "call"}), ("direction=out", {"mail"}), ("channel=social", {"social"}),
        ("on=2026-10-20", set()), ("on=2026-10-14", {"web"}),
        ("channel=nonsense&source=abc&on=yesterday&before=x", None),
    ],
)  # fmt: skip
def test_filters_stand_in_the_address(agent: Client, query: str, kinds: set[str] | None) -> None:
    customer = annas_journey()
    html = shown(agent, f"/customers/{customer.public_id}/?{query}")
    found = set(re.findall(r'class="it (\w+)', html))
    if kinds is None:
        assert found == {"web", "call", "mail", "social", "joined"}
    elif "on=" in query:
        assert all(day <= query[3:13] for day in re.findall(r'data-day="([\d-]+)"', html))
    else:
        assert found == kinds


def test_htmx_gets_the_journey_alone_and_a_clean_address(agent: Client) -> None:
    customer = annas_journey()
    address = f"/customers/{customer.public_id}/?channel=&channel=call&source=&direction=&text=&on="
    response = agent.get(address, headers={**HTMX, "HX-Target": "journey"})
    html = response.content.decode()
    assert html.strip().startswith("<section")
    assert response["HX-Push-Url"] == f"/customers/{customer.public_id}/?channel=call"


def test_the_journey_goes_on_with_a_link_that_needs_no_script(agent: Client) -> None:
    recorded([call(NOON + timedelta(hours=n)) for n in range(90)])
    address = f"/customers/{customer_of('phone', '+447700900142').public_id}/"
    seen: list[str] = []
    following: str | None = ""
    while following is not None:
        html = shown(agent, address + following)
        seen += re.findall(r'id="(i-\d+)"', html)
        more = re.search(r'href="[^"?]*(\?before=[^"]+)"', html)
        following = more.group(1) if more else None
    assert len(seen) == len(set(seen)) == 90


def test_a_day_is_not_headed_twice_across_pages(agent: Client) -> None:
    recorded([call(NOON + timedelta(minutes=n)) for n in range(60)])
    address = f"/customers/{customer_of('phone', '+447700900142').public_id}/"
    more = re.search(r'hx-get="([^"]+entries/[^"]+)"', shown(agent, address))
    assert more
    html = shown(agent, more.group(1).replace("&amp;", "&"))
    assert html.count('class="it ') == 25
    assert 'class="day"' not in html


def test_a_visit_opens_into_its_steps(agent: Client) -> None:
    customer = annas_journey()
    opened = re.search(r'hx-get="(/visits/\d+/)"', shown(agent, f"/customers/{customer.public_id}/"))
    assert opened
    text = words(shown(agent, opened.group(1), **HTMX))
    assert text.startswith("12:00 Bahamas holidays 12:03 Atlantis, Paradise Island 12:05 Gave details")
    assert "Anna Whitfield" not in text
    assert "<html" in shown(agent, opened.group(1))


def test_a_long_visit_opens_step_by_step(agent: Client) -> None:
    recorded([page(NOON + timedelta(minutes=n), f"Page {n}", ANNAS_COOKIE) for n in range(120)])
    visit = Session.objects.get()
    seen: list[str] = []
    following: str | None = f"/visits/{visit.pk}/"
    while following:
        html = shown(agent, following, **HTMX)
        seen += re.findall(r"Page \d+", html)
        more = re.search(r'hx-get="([^"]+after[^"]+)"', html)
        following = more.group(1) if more else None
    assert seen == [f"Page {n}" for n in range(120)]


def test_an_interaction_has_a_page_of_its_own_with_what_was_around_it(agent: Client) -> None:
    annas_journey()
    said = Interaction.objects.get(channel="social")
    html = shown(agent, f"/interactions/{said.pk}/")
    assert re.search(rf'here"\s+id="i-{said.pk}"', html)
    assert "Is Atlantis good for a 40th?" in html
    assert "Can we change the room after booking?" in html
    opened = re.search(r'href="(/customers/[^"#]+before=[^"#]+)#', html)
    assert opened
    assert f'id="i-{said.pk}"' in shown(agent, opened.group(1))


def test_a_web_interactions_page_shows_the_visit_that_it_was_part_of(agent: Client) -> None:
    annas_journey()
    said = Interaction.objects.get(title__startswith="Quote")
    html = shown(agent, f"/interactions/{said.pk}/")
    assert re.search(r'here"\s+id="v-\d+"', html)
    assert "https://www.example.com/quote" in html


def test_a_long_mail_begins_in_place_and_opens(agent: Client) -> None:
    recorded([mail(NOON, "Complaint", "word " * 400 + "the end")])
    html = shown(agent, f"/customers/{customer_of('email', ANNAS_EMAIL.value).public_id}/")
    assert '<details class="say long">' in html
    assert "the end" in html


# The list


def test_customers_stand_by_last_contact_each_once_whatever_the_page(agent: Client) -> None:
    for n in range(70):
        phone = Seen("phone", f"+4477009{n:05d}")
        recorded([call(NOON + timedelta(hours=n), phone), call(NOON + timedelta(hours=n % 7), phone)])
    seen: list[str] = []
    following: str | None = "/customers/"
    while following:
        html = shown(agent, following)
        seen += re.findall(r'href="/customers/([\w-]{36})/"', html)
        more = re.search(r'href="(\?before=[^"]+)"', html)
        following = "/customers/" + more.group(1) if more else None
    expected = [
        str(one.customer.public_id)
        for one in Identifier.objects.filter(kind="phone").order_by("-value").select_related("customer")
    ]
    assert seen == expected


def test_visitors_whom_nobody_knows_are_shown_on_request(agent: Client) -> None:
    recorded([page(NOON, "Home", Seen("cookie", "c-nobody"))])
    assert "Visitor" not in words(shown(agent, "/customers/"))
    assert "Visitor" in words(shown(agent, "/customers/?who=all"))


def test_an_empty_installation_says_what_happens_next(agent: Client) -> None:
    assert "Customers appear by themselves as soon as a connected source" in words(shown(agent, "/customers/"))


def test_a_search_says_what_matched_and_nobody_found_says_what_to_try(agent: Client) -> None:
    annas_journey()
    text = words(shown(agent, "/customers/?q=07700+900142"))
    assert "1 match for “07700 900142”" in text
    assert "Anna Whitfield" in text
    assert "Try fewer letters" in words(shown(agent, "/customers/?q=zzzzzz"))
    part = shown(agent, "/customers/?q=anna", **HTMX, **{"HX-Target": "found"})
    assert part.strip().startswith('<div id="found">')


# What comes from outside

ATTACKS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{ 7|add:7 }}{% now 'Y' %}",
    "' onmouseover='alert(1)", "<svg/onload=alert(1)>", "</li></ol><iframe srcdoc='<script>1</script>'>",
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_from_outside_runs_on_the_screen(agent: Client, attack: str) -> None:
    traits = {"given_name": attack, "surname": attack, "city": attack, attack[:60]: attack}
    odd: dict[str, Any] = {"url": attack, "referrer": f"https://{attack}", "device": attack,
                           "campaign": {"name": attack, "source": attack}}  # fmt: skip
    recorded(
        [
            Draft(
                "a", Channel.WEB, "identify", NOON, (ANNAS_LOGIN, ANNAS_EMAIL), title=attack, traits=traits, data=odd
            ),
            page(NOON + timedelta(minutes=1), attack, ANNAS_LOGIN, **odd),
            mail(NOON, attack, attack * 30, quoted=attack, attachments=[{"name": attack}], html=attack, to=[attack]),
            message(NOON, attack, ANNAS_EMAIL, attachments=[attack], reactions=[{"emoji": attack}], status=attack),
            call(NOON, ANNAS_PHONE, ANNAS_EMAIL, agent=attack, **{"from": attack}),
        ],
        source(attack[:60] or "x"),
    )
    customer = customer_of("login", "4711")
    web = Interaction.objects.filter(channel="web").first()
    assert web is not None
    addresses = [f"/customers/{customer.public_id}/", "/customers/", "/customers/?q=anna",
                 *(f"/interactions/{one.pk}/" for one in Interaction.objects.all()),
                 f"/visits/{Session.objects.earliest('pk').pk}/"]  # fmt: skip
    for address in addresses:
        html = shown(agent, address)
        for mark in ("<script>alert", "<img src=x", "<svg/onload", "<iframe", "onmouseover='", 'href="javascript:'):
            assert mark not in html, (address, mark)
        assert " style=" not in html
        assert not re.search(r"<script(?![^>]* src=)", html)


NONSENSE = (
    "before=%00", "before=1.2.3.4", "after=zzz", "text=%00%EF%BF", "source=99999999999999", "on=9999-12-31",
    "on=0001-01-01", "under=2026-13-45", "before=-99999999999999999.0.1", "text=" + "x" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_a_nonsense_address_never_breaks_a_page(agent: Client, query: str) -> None:
    customer = annas_journey()
    for address in (f"/customers/{customer.public_id}/", f"/customers/{customer.public_id}/entries/", "/customers/"):
        assert agent.get(f"{address}?{query}").status_code == 200


def test_the_pages_keep_to_a_strict_policy_and_carry_no_script_or_style_of_their_own(agent: Client) -> None:
    customer = annas_journey()
    response = agent.get(f"/customers/{customer.public_id}/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    html = response.content.decode()
    assert not re.search(r"<style|\son\w+=|\sstyle=", html)


# What it costs


@pytest.mark.parametrize(
    ("address", "most"),
    [
        (lambda c: f"/customers/{c.public_id}/", 26),
        (lambda c: f"/customers/{c.public_id}/entries/", 16),
        (lambda c: "/customers/", 14),
    ],
)
def test_a_page_takes_a_fixed_number_of_queries(
    agent: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    address: Callable[[Customer], str],
    most: int,
) -> None:
    customer = annas_journey()
    few = queries(agent, address(customer), django_assert_max_num_queries, most)
    now = datetime(2026, 11, 4, tzinfo=UTC)
    recorded([call(now + timedelta(minutes=n), Seen("phone", f"+4477009{n % 9:05d}")) for n in range(50)])
    recorded([call(now + timedelta(minutes=n)) for n in range(50)])
    assert queries(agent, address(customer), django_assert_max_num_queries, most) <= few + 1


def queries(client: Client, address: str, limit: DjangoAssertNumQueries, most: int) -> int:
    with limit(most) as counted:
        shown(client, address)
    return len(counted)
