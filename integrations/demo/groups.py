"""Stories of people who share something, or who are one person written twice. Pure."""

from dataclasses import replace

from integrations.demo import mailing, phoning, web
from integrations.demo.browsing import book_by_phone, book_online, look_after, make_plot, research, sign_in, visit
from integrations.demo.letters import HALF_A_YEAR, Scene
from integrations.demo.people import Person, relative
from integrations.demo.stories import People
from integrations.demo.words import stock


def couple(scene: Scene, people: People) -> None:
    """Two people with an account each and one inbox between them."""
    first, second = people[0], relative(people[0], people[1])
    inbox = f"{first.surname.lower()}s{first.index}@{first.email.partition('@')[2]}"
    days = scene.number(8, HALF_A_YEAR - 40)
    for person in (first, second):
        plot = make_plot(scene, replace(person, email=inbox), days=days)
        research(plot, days + 1, 12, scene.number(1, 3))
        sign_in(plot, visit(plot, days, 2))
        mailing.correspond(scene, (person.given, inbox), scene.evening(days * 0.8), "quote", plot.facts)
        phoning.talk(scene, person.phone, scene.office(days * 0.6), plot.agent,
                     phoning.dialogue(scene, "quote", plot.facts))  # fmt: skip


def household(scene: Scene, people: People) -> None:
    """Two people with an account each, whose calls come from one landline; some share a tablet too."""
    days = scene.number(8, HALF_A_YEAR - 40)
    shared = people[0].browsers[1]
    has_tablet = scene.is_lucky(0.3)
    for person in (people[0], relative(people[0], people[1])):
        mine = replace(person, phone=people[0].home)
        if has_tablet:
            mine = replace(mine, browsers=(mine.browsers[0], shared))
        live_at_home(scene, mine, days)


def live_at_home(scene: Scene, person: Person, days: float) -> None:
    plot = make_plot(scene, person, days=int(days))
    research(plot, days + 1, 20, scene.number(1, 4))
    book_online(plot, days * 0.9)
    sign_in(plot, visit(plot, days * 0.7, 2, device=1))
    topic = scene.pick(["booking", "change", "assistance"])
    phoning.talk(scene, person.home, scene.office(days * 0.6), plot.agent, phoning.dialogue(scene, topic, plot.facts))
    look_after(plot, days * 0.5)


def switchboard(scene: Scene, people: People) -> None:
    """A company: everybody rings from the same number, and has an account that says so."""
    company = scene.pick(stock("names")["companies"].split(","))
    number = people[0].home
    for person in people:
        at_work = replace(person, phone=number)
        plot = make_plot(scene, at_work, days=scene.number(3, 150))
        days = scene.number(3, HALF_A_YEAR - 40)
        research(plot, days + 1, 9, scene.number(1, 2))
        made = visit(plot, days, 2)
        made.identify(at_work.traits | {"company": {"name": company}}, person.login)
        web.ask_for_quote(made, plot.trip)
        if scene.is_lucky(0.6):
            text = phoning.dialogue(scene, "quote", plot.facts)
            phoning.talk(scene, number, scene.at_work(made.at + scene.minutes(5, 90)), plot.agent, text)


def twins(scene: Scene, people: People) -> None:
    """One person twice: online under the right name, and by phone under one that somebody misheard."""
    first = people[0]
    days = scene.number(10, HALF_A_YEAR - 40)
    online = make_plot(scene, first, days=days)
    research(online, days + 1, 15, scene.number(2, 4))
    book_online(online, days)
    look_after(online, days)
    second = misheard(scene, first, people[1])
    by_phone = make_plot(scene, second, online.trip.place, days // 2)
    text = phoning.dialogue(scene, "quote", by_phone.facts)
    ended = phoning.talk(scene, second.phone, scene.office(days * 0.5), by_phone.agent, text)
    book_by_phone(by_phone, ended)
    mailing.correspond(scene, by_phone.mailbox, scene.evening(days * 0.3), "booking", by_phone.facts)


def misheard(scene: Scene, person: Person, other: Person) -> Person:
    """The same person as an agent heard the name: other numbers and addresses, the same home and birthday."""
    surname = misspelt(scene, person.surname)
    email = f"{person.given.lower()}{person.born:%y}.{other.index}@{other.email.partition('@')[2]}"
    return replace(other, given=person.given, surname=surname, email=email, born=person.born, street=person.street,
                   town=person.town, postcode=person.postcode, airport=person.airport)  # fmt: skip


def misspelt(scene: Scene, name: str) -> str:
    """A name with one slip: a letter doubled, dropped, or swapped with the next; never the first."""
    at = scene.number(1, len(name) - 2)
    slips = name[:at] + name[at] + name[at:], name[:at] + name[at + 1 :], swapped(name, at)
    return next(slip for slip in scene.dice.sample(slips, 3) if slip != name)


def swapped(name: str, at: int) -> str:
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
