"""Anna Whitfield, whose journey everybody opens first, and Tom, her husband. Pure."""

from dataclasses import replace
from datetime import date, timedelta

from integrations.demo import mailing, web
from integrations.demo.browsing import (
    Plot,
    book_online,
    look_after,
    make_plot,
    note_handle,
    research,
    send_newsletters,
    sign_in,
    visit,
)
from integrations.demo.letters import Scene
from integrations.demo.messaging import INSTAGRAM, Chat
from integrations.demo.people import Person, landline
from integrations.demo.phoning import Call, talk
from integrations.demo.trips import Agent, Trip, make_facts
from integrations.demo.words import stock

EMAIL, TOMS = "anna.whitfield@example.com", "tom.whitfield@example.org"
HOME = landline(0)
ANA = Agent("Ana Ramos")
NEWSLETTER = {"referrer": "", "utm": {"source": "newsletter", "medium": "email", "campaign": "sunday-escapes"}}
ADVERTISEMENT = {
    "referrer": "https://www.google.com/", "click": "gclid",
    "utm": {"source": "google", "medium": "cpc", "campaign": "bahamas-generic", "term": "bahamas all inclusive"},
}  # fmt: skip


def hero(scene: Scene, people: list[Person]) -> None:
    """Half a year of Anna and Tom."""
    anna, tom = anna_and_tom(people)
    last_summer(scene, anna)
    plot = bahamas(scene, anna)
    before_we_knew_her(plot)
    the_call(plot)
    two_days_ago(plot)
    last_night(plot)
    toms_part(scene, tom)


def anna_and_tom(people: list[Person]) -> tuple[Person, Person]:
    iphone = replace(people[0].browsers[0], agent=stock("places")["agents"][0][1])
    anna = replace(
        at_home(people[0], "Anna"), is_woman=True, email=EMAIL, born=date(1985, 12, 6),
        browsers=(iphone, people[0].browsers[1]),
    )  # fmt: skip
    tom = replace(at_home(people[1], "Tom"), is_woman=False, email=TOMS, born=date(1983, 4, 19))
    return anna, tom


def at_home(person: Person, given: str) -> Person:
    return replace(person, given=given, surname="Whitfield", home=HOME, street="12 Cathedral Road", town="Cardiff",
                   postcode="CF10 3AB", airport="Cardiff")  # fmt: skip


def last_summer(scene: Scene, anna: Person) -> None:
    """Madeira: her third booking, and a happy one."""
    plot = make_plot(scene, anna, "Madeira", 150)
    trip = replace(plot.trip, hotel="Cliff Bay Gardens", party="2 adults", price=2480, airport="Bristol")
    plot = replace(plot, trip=trip, facts=plot.facts | trip.facts | {"order": "NS-12345"})
    research(plot, 160, 12, 3)
    book_online(plot, 158)
    look_after(plot, 120)
    send_newsletters(plot, 130)
    mailing.correspond(scene, plot.mailbox, scene.evening(97), "thanks", plot.facts)
    known = anna.traits | {"customer_since": "2019-03-11", "bookings": 3, "lifetime_value": 6240}
    web.report_from_server(scene, scene.ago(90, 3.5), "identify", anna.login, traits=known)


def bahamas(scene: Scene, anna: Person) -> Plot:
    departs = date((scene.end + timedelta(days=85)).year, 2, 14)
    if departs < scene.end.date():
        departs = departs.replace(year=departs.year + 1)
    trip = Trip("Bahamas", "bahamas", "Atlantis, Paradise Island", "sea view room", "all inclusive", "London Gatwick",
                "2 adults", 14, departs, 3180)  # fmt: skip
    return Plot(scene, anna, trip, ANA, make_facts(scene, anna, trip, ANA) | {"order": "NS-12988"})


def before_we_knew_her(plot: Plot) -> None:
    """Three visits on the computer, eighteen pages, before she signs in there."""
    for days, pages, by in ((24, 7, NEWSLETTER), (21, 5, None), (19, 6, None)):
        made = web.Visit(plot.scene, plot.person.browsers[1], plot.scene.ago(days, 20.4))
        made.arrive("bahamas", by)
        web.look_around(made, plot.trip, pages)


def the_call(plot: Plot) -> None:
    """Six minutes and twelve seconds with Ana; the quote follows by mail, and Anna signs in to look at it."""
    scene, at, waited, length = plot.scene, plot.scene.ago(18, 11.47), 21, 351
    call = Call(scene, plot.person.phone, at)
    call.ring()
    call.picked_up(ANA, waited)
    call.end(waited + length)
    call.transcribed(call.recorded(waited, length), waited + length, stock("hero")["call"])
    thread = mailing.Thread(scene, plot.mailbox, f"Your quote: {plot.trip.hotel}, {plot.trip.dates}")
    thread.answer(at + timedelta(minutes=9), stock("hero")["quote_mail"].format_map(plot.facts), ["quote-3180.pdf"])
    made = visit(plot, 17, 0, device=1)
    sign_in(plot, made)
    made.identify({"phone": HOME})
    web.look_around(made, plot.trip, 4)
    made.consent(Marketing=True, Analytics=True, SMS=False)


def two_days_ago(plot: Plot) -> None:
    """A question on Instagram in the morning, an unhappy mail in the afternoon."""
    scene, told = plot.scene, stock("hero")
    chat, morning = Chat(scene, plot.person, "instagram"), scene.ago(2, 9.25)
    chat.say(morning, told["instagram"][0])
    chat.answer(morning + timedelta(minutes=38), told["instagram"][1])
    chat.say(morning + timedelta(minutes=55), told["instagram"][2])
    note_handle(plot, morning + timedelta(minutes=58), f"instagram:{INSTAGRAM}")
    thread = mailing.Thread(scene, plot.mailbox, "Can we change the room after booking?")
    thread.write(scene.ago(5, 19.1), told["mails"][0])
    thread.answer(scene.ago(4, 10.3), told["mails"][1])
    thread.write(scene.ago(2, 16.67), told["mails"][2])


def last_night(plot: Plot) -> None:
    """Seven pages in eleven minutes on the iPhone, from an advertisement, left at the quote."""
    made = web.Visit(plot.scene, plot.person.browsers[0], plot.scene.ago(0, 23.1), plot.person.login)
    made.arrive("bahamas", ADVERTISEMENT)
    *before, quote = stock("hero")["last_visit"]
    for path, title in before:
        made.page(path, title)
    made.track("Quote Requested", hotel=plot.trip.hotel, value=plot.trip.price, currency="GBP", step=3)
    made.page(quote[0], quote[1].format_map(plot.facts))


def toms_part(scene: Scene, tom: Person) -> None:
    """Tom has an account of his own, the landline in it, and rings from home; nobody knows it is him."""
    plot = make_plot(scene, tom, "Bahamas", 20)
    made = visit(plot, 40, 4)
    made.identify(tom.traits | {"phone": HOME}, tom.login)
    research(plot, 15, 20, 3, login=tom.login)
    talk(scene, HOME, scene.ago(9, 17.6), ANA, stock("hero")["landline_call"])
