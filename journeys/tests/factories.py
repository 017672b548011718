"""What tests are made of: sources, drafts with real-looking values, and the journey of one customer."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User

from crm.identity.models import Customer, Identifier
from crm.sources.models import Source
from journeys.interactions.drafts import Channel, ConsentGiven, Draft, Seen
from journeys.interactions.recording import Arrival, record

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
ANNA = {"given_name": "Anna", "surname": "Whitfield"}
TOM = {"given_name": "Tom", "surname": "Whitfield"}
ANNAS_COOKIE, ANNAS_LOGIN = Seen("cookie", "c-anna-phone"), Seen("login", "4711")
ANNAS_EMAIL, ANNAS_PHONE = Seen("email", "anna.whitfield@example.com"), Seen("phone", "07700 900142")
LANDLINE = Seen("phone", "029 2018 0142")
NUMBERS = itertools.count(1)


def user(role: str = "agent", name: str = "") -> User:
    """Somebody who can sign in, with one role."""
    made = User.objects.create_user(name or f"{role}{next(NUMBERS)}", password="a long pass phrase")
    made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def source(name: str = "website", adapter: str = "segment", **options: Any) -> Source:
    """The source of that name, made when it is not there."""
    defaults = {"adapter": adapter, "namespace": name, **options}
    return Source.objects.get_or_create(name=name, defaults=defaults)[0]


def page(at: datetime, title: str, *seen: Seen, key: str = "", **data: Any) -> Draft:
    """A page that somebody looked at."""
    return Draft(
        key or f"page-{next(NUMBERS)}", Channel.WEB, "page", at, seen or (ANNAS_COOKIE,), title=title,
        data={"url": f"https://www.example.com/{title.lower().replace(' ', '-')}", **data},
    )  # fmt: skip


def identify(at: datetime, *seen: Seen, key: str = "", **traits: str) -> Draft:
    """Details that somebody gave on the web."""
    return Draft(
        key or f"identify-{next(NUMBERS)}", Channel.WEB, "identify", at, seen, title="Gave details: e-mail, name",
        traits=traits,
    )  # fmt: skip


def call(at: datetime, *seen: Seen, key: str = "", **data: Any) -> Draft:
    """A call that came in and was answered."""
    said = {"status": "completed", "outcome": "answered", "duration": 372, **data}
    return Draft(
        key or f"CA{next(NUMBERS)}", Channel.CALL, "call", at, seen or (ANNAS_PHONE,), "in", "Call in", data=said
    )


def mail(
    at: datetime, subject: str, body: str, *seen: Seen, key: str = "", direction: str = "in", **data: Any
) -> Draft:
    """An e-mail."""
    return Draft(
        key or f"<{next(NUMBERS)}@mail.example.com>", Channel.EMAIL, "email", at, seen or (ANNAS_EMAIL,), direction,
        subject, body, data=data,
    )  # fmt: skip


def message(at: datetime, body: str, *seen: Seen, key: str = "", direction: str = "in", **data: Any) -> Draft:
    """A message on Instagram."""
    handle = Seen("handle", "17841400000000001", "instagram:holidays")
    return Draft(
        key or f"mid.{next(NUMBERS)}", Channel.SOCIAL, "message", at, seen or (handle,), direction,
        "Message on Instagram", body, data=data,
    )  # fmt: skip


def recorded(drafts: Iterable[Draft], by: Source | None = None) -> None:
    """Record drafts as one source's."""
    came_from = by or source()
    record([Arrival(came_from, draft) for draft in drafts])


def customer_of(kind: str, value: str) -> Customer:
    """The customer that an identifier belongs to."""
    return Identifier.objects.get(kind=kind, value=value).customer


def annas_journey(now: datetime = NOON) -> Customer:
    """Anna Whitfield: an anonymous visit, mails, a message, a call, a visit in which she signs in, a landline shared
    with Tom. `now` is the moment of her last visit.
    """
    web, phones = source("website"), source("phone line", "twilio", is_trusted=True)
    desk, social = source("helpdesk mail", "postmark", is_trusted=True), source("Instagram", "meta", is_trusted=True)
    recorded(web_drafts(now), web)
    recorded(call_drafts(now), phones)
    recorded(mail_drafts(now), desk)
    handle = Seen("handle", "17841400000000001", "instagram:holidays")
    recorded([message(now - timedelta(days=2, hours=5), "Is Atlantis good for a 40th?", handle, ANNAS_EMAIL)], social)
    return customer_of("login", "4711")


def web_drafts(now: datetime) -> list[Draft]:
    """Two visits: one before anybody knew her name, one in which she signs in half-way."""
    first = now - timedelta(days=20)
    came_from = {"name": "Winter sun", "source": "newsletter", "medium": "email"}
    advert = {"source": "Google Ads", "term": "bahamas all inclusive"}
    return [
        page(first, "Winter sun", campaign=came_from, device="iPhone"),
        page(first + timedelta(minutes=4), "Bahamas holidays"),
        page(now, "Bahamas holidays", campaign=advert, device="iPhone"),
        page(now + timedelta(minutes=3), "Atlantis, Paradise Island"),
        sign_up(now + timedelta(minutes=5)),
        page(now + timedelta(minutes=7), "Atlantis, Paradise Island, rooms", ANNAS_COOKIE, ANNAS_LOGIN),
        page(now + timedelta(minutes=11), "Quote, 2 adults, 14-28 February, £3,180", ANNAS_COOKIE, ANNAS_LOGIN),
        identify(first - timedelta(days=3), Seen("cookie", "c-tom"), Seen("login", "4712"), LANDLINE, **TOM),
        identify(first - timedelta(days=2), ANNAS_LOGIN, LANDLINE, **ANNA),
    ]


def sign_up(at: datetime) -> Draft:
    """Anna signs in, leaves her details, and says what we may do."""
    facts = {"city": "Cardiff", "postcode": "CF10 1AA", "date_of_birth": "1986-11-29"}
    told = identify(at, ANNAS_COOKIE, ANNAS_LOGIN, ANNAS_EMAIL, ANNAS_PHONE, **ANNA, **facts)
    consents = (
        ConsentGiven("marketing", True, "email"), ConsentGiven("marketing", False, "sms"),
        ConsentGiven("analytics", True),
    )  # fmt: skip
    return replace(told, consents=consents)


def call_drafts(now: datetime) -> list[Draft]:
    """An answered call with its transcript, and a missed one."""
    at = now - timedelta(days=18)
    said = "Ana: I’ll hold the sea view until the tenth.\nAnna: Perfect, my husband decides on Sunday."
    parts = [
        Draft("CA-anna", Channel.CALL, "call", at, (ANNAS_PHONE,), "in", "Call in", part="ringing",
              data={"status": "ringing", "from": "+447700900142", "to": "+442920180100"}),
        Draft("CA-anna", Channel.CALL, "call", at + timedelta(minutes=6), (ANNAS_PHONE,), "in", part="completed",
              data={"status": "completed", "duration": 372, "agent": "Ana R."}),
        Draft("CA-anna", Channel.CALL, "call", at + timedelta(minutes=7), direction="in", part="transcript", body=said,
              data={"recordings": [{"sid": "RE1", "duration": 372}]}),
    ]  # fmt: skip
    missed = call(now - timedelta(days=1, hours=3), status="no-answer", outcome="missed", duration=0)
    return [*parts, missed]


def mail_drafts(now: datetime) -> list[Draft]:
    """A question, our answer, and the question again with both quoted."""
    subject = "Can we change the room after booking?"
    to = ["bookings@example.com"]
    answer = "Dear Mrs Whitfield,\n\nyes, until 60 days before you travel."
    again = "Thanks, but I still don’t know if the sea view can be kept if we move the dates."
    return [
        mail(now - timedelta(days=4), subject, "Dear all,\n\ncan we have a sea view instead?\n\nAnna", to=to),
        mail(now - timedelta(days=3), f"Re: {subject}", answer, direction="out", to=["anna.whitfield@example.com"],
             quoted="> can we have a sea view instead?"),
        mail(now - timedelta(days=2), f"Re: {subject}", again, to=to,
             quoted="On Monday bookings@example.com wrote:\n> yes, until 60 days before you travel.",
             attachments=[{"name": "booking.pdf", "type": "application/pdf", "size": 48213}]),
    ]  # fmt: skip
