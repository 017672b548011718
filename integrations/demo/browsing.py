"""Blocks that several stories are built of: research in the shop, bookings, what the company sends. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.demo import mailing, phoning, web
from integrations.demo.letters import Scene
from integrations.demo.people import Person
from integrations.demo.trips import Agent, Trip, make_agent, make_facts, make_trip


@dataclass(frozen=True, slots=True)
class Plot:
    """One person's story: who, which holiday, which agent, and the facts that sentences may use."""

    scene: Scene
    person: Person
    trip: Trip
    agent: Agent
    facts: dict[str, str]

    @property
    def mailbox(self) -> tuple[str, str]:
        return self.person.name, self.person.email

    @property
    def order(self) -> str:
        return self.facts["order"]


def make_plot(scene: Scene, person: Person, place: str = "", days: int = 0) -> Plot:
    """A story about a holiday some months after so many days before the end."""
    trip, agent = make_trip(scene, person, place, days), make_agent(scene)
    return Plot(scene, person, trip, agent, make_facts(scene, person, trip, agent))


def visit(plot: Plot, days: float, pages: int, device: int = 0, login: str = "") -> web.Visit:
    """One visit, so many days before the end, on the person's first or second device."""
    return visit_at(plot, plot.scene.evening(days), pages, device, login)


def visit_at(plot: Plot, at: datetime, pages: int, device: int = 0, login: str = "") -> web.Visit:
    made = web.Visit(plot.scene, plot.person.browsers[device], at, login)
    made.arrive(plot.trip.slug)
    if pages:
        web.look_around(made, plot.trip, pages)
    return made


def research(plot: Plot, days: float, over: float, visits: int, login: str = "") -> None:
    """Several visits on both devices, in so many days before `days`; the banner is answered on the first."""
    scene = plot.scene
    moments = sorted((days + scene.dice.random() * over for _ in range(visits)), reverse=True)
    for n, moment in enumerate(moments):
        made = visit(plot, moment, scene.number(2, 6), device=int(scene.is_lucky(0.5)), login=login)
        if n == 0 and scene.is_lucky(0.7):
            made.consent(Marketing=scene.is_lucky(0.6), Analytics=scene.is_lucky(0.8))
        if scene.is_lucky(0.3):
            web.search(made, plot.trip)


def leave_details(plot: Plot, made: web.Visit) -> None:
    """Save a quote: an e-mail address, and often a phone number."""
    traits: dict[str, Any] = {"firstName": plot.person.given, "email": plot.person.email}
    if plot.scene.is_lucky(0.8):
        traits["phone"] = spelled(plot.scene, plot.person.phone)
    made.identify(traits)
    made.track("Quote Saved", hotel=plot.trip.hotel, value=plot.trip.price, currency="GBP")


def spelled(scene: Scene, number: str) -> str:
    """A number as people type theirs."""
    national = "0" + number.removeprefix("+44")
    return scene.pick(
        [number, national, f"{national[:5]} {national[5:]}", f"{national[:5]} {national[5:8]} {national[8:]}"]
    )


def sign_in(plot: Plot, made: web.Visit) -> None:
    made.identify({"firstName": plot.person.given, "lastName": plot.person.surname, "email": plot.person.email},
                  plot.person.login)  # fmt: skip


def book_online(plot: Plot, days: float) -> datetime:
    """Sign in, quote, extras, payment; the confirmation follows. Returns when."""
    made = visit(plot, days, 1)
    sign_in(plot, made)
    web.ask_for_quote(made, plot.trip)
    web.book(made, plot.trip, plot.order)
    web.report_from_server(plot.scene, made.at + timedelta(seconds=3), "identify", plot.person.login,
                           traits=plot.person.traits)  # fmt: skip
    mailing.confirm(plot.scene, plot.mailbox, made.at + timedelta(seconds=40), plot.facts)
    return made.at


def book_by_phone(plot: Plot, at: datetime) -> None:
    """An agent books; the shop's server reports the account and the order."""
    login = plot.person.login
    web.report_from_server(plot.scene, at, "identify", login, traits=plot.person.traits)
    order = web.order_of(plot.trip, plot.order) | {"booked_by": plot.agent.name}
    web.report_from_server(
        plot.scene, at + timedelta(seconds=2), "track", login, event="Order Completed", properties=order
    )
    mailing.confirm(plot.scene, plot.mailbox, at + timedelta(seconds=50), plot.facts)


def note_handle(plot: Plot, at: datetime, namespace: str) -> None:
    """An agent notes in the account which Instagram or Messenger account is theirs."""
    handle = {"id": plot.person.handle, "type": namespace, "collection": "users", "encoding": "none"}
    context = {"library": web.SERVER_LIBRARY, "externalIds": [handle]}
    web.report_from_server(plot.scene, at, "identify", plot.person.login, traits=plot.person.traits, context=context)


def ring_again(plot: Plot, days: float, most: int, topics: tuple[str, ...]) -> None:
    """Further calls in the days since, up to so many; not all are recorded, some are in vain."""
    scene = plot.scene
    for _ in range(scene.number(0, most)):
        at = scene.office(scene.dice.random() * days)
        if scene.is_lucky(0.2):
            phoning.ring_out(
                scene, plot.person.phone, at, phoning.voicemail(scene, plot.facts) if scene.is_lucky(0.5) else ""
            )
            at = scene.at_work(at + scene.minutes(20, 400))
        text = phoning.dialogue(scene, scene.pick(topics), plot.facts) if scene.is_lucky(0.7) else ""
        phoning.talk(scene, plot.person.phone, at, plot.agent, text)


def keep_informed(plot: Plot, days: float) -> None:
    """The company's newsletters since; some have had enough of them."""
    if days > 0:
        send_newsletters(plot, days)
    if plot.scene.is_lucky(0.06):
        at = plot.scene.evening(plot.scene.number(1, 12))
        mailing.correspond(plot.scene, plot.mailbox, at, "unsubscribe", plot.facts)


def send_newsletters(plot: Plot, days: float) -> None:
    while (days := days - plot.scene.number(25, 90)) > 0:
        if plot.scene.is_lucky(0.5):
            mailing.newsletter(plot.scene, plot.mailbox, plot.scene.ago(days, 8.0), plot.facts)


def look_after(plot: Plot, days: float) -> None:
    """What somebody who has booked comes back for, signed in."""
    scene = plot.scene
    for _ in range(scene.number(1, 3)):
        made = visit(plot, scene.dice.random() * days, 0, int(scene.is_lucky(0.4)), plot.person.login)
        made.page("/account", "My bookings")
        made.page(f"/account/{plot.order.lower()}", f"Booking {plot.order}", booking_id=plot.order)
        web.look_around(made, plot.trip, scene.number(1, 5))
        if scene.is_lucky(0.12):
            made.page("/account/preferences", "Preferences")
            made.consent(Marketing=False, Analytics=scene.is_lucky(0.7), SMS=False)
