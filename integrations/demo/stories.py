"""Stories of one person each, in the shares that a travel company would know. Pure.

Some reach their point days after the end, as some always do: else fewer and fewer would be on their way towards it, and
nobody would book in the last days.
"""

from datetime import timedelta

from integrations.demo import mailing, phoning, web
from integrations.demo.browsing import (
    Plot,
    book_by_phone,
    book_online,
    keep_informed,
    leave_details,
    look_after,
    make_plot,
    note_handle,
    research,
    ring_again,
    sign_in,
    visit,
    visit_at,
)
from integrations.demo.letters import HALF_A_YEAR, Scene
from integrations.demo.messaging import INSTAGRAM, PAGE, Chat
from integrations.demo.people import Person, new_mobile
from integrations.demo.words import say, stock

People = list[Person]
NAMESPACES = {"instagram": f"instagram:{INSTAGRAM}", "page": f"messenger:{PAGE}"}


def passer_by(scene: Scene, people: People) -> None:
    """Looks around and never says who it is."""
    plot = make_plot(scene, people[0])
    days = scene.number(-6, HALF_A_YEAR - 30)
    research(plot, days, scene.number(1, 25), scene.number(1, 4))
    if scene.is_lucky(0.3):
        web.ask_for_quote(visit(plot, days, 2), plot.trip)


def dreamer(scene: Scene, people: People) -> None:
    """Researches the Bahamas on two devices, gives up at the quote, then rings."""
    days = scene.number(-10, HALF_A_YEAR - 50)
    plot = make_plot(scene, people[0], scene.pick(["Bahamas", "Bahamas", ""]), days)
    research(plot, days + 1, scene.number(6, 40), scene.number(2, 6))
    if scene.is_lucky(0.7):
        leave_details(plot, visit(plot, days + 0.8, 3, device=1))
    made = visit(plot, days, scene.number(2, 5))
    web.ask_for_quote(made, plot.trip)
    if scene.is_lucky(0.75):
        leave_details(plot, made)
    give_up_and_ring(plot, made)
    ring_again(plot, days, 2, ("quote", "booking"))
    keep_informed(plot, days)


def give_up_and_ring(plot: Plot, made: web.Visit) -> None:
    """Ring within minutes or hours of the quote, some with a hidden number; some book there and then."""
    scene = plot.scene
    rings_at = scene.at_work(made.at + scene.minutes(2, scene.pick([15, 60, 300])))
    number = phoning.WITHHELD if scene.is_lucky(0.18) else plot.person.phone
    if scene.is_lucky(0.12):
        phoning.ring_out(scene, number, rings_at)
        rings_at = scene.at_work(rings_at + scene.minutes(10, 90))
    ended = phoning.talk(scene, number, rings_at, plot.agent, phoning.dialogue(scene, "quote", plot.facts))
    if scene.is_lucky(0.45):
        book_by_phone(plot, ended)
    elif scene.is_lucky(0.4):
        phoning.ring_up(scene, plot.person.phone, ended + timedelta(days=2), phoning.call_back(scene, plot.facts))


def booker(scene: Scene, people: People) -> None:
    """Researches, signs in on both devices, books online, and comes back with questions."""
    days = scene.number(-10, HALF_A_YEAR - 40)
    plot = make_plot(scene, people[0], days=days)
    research(plot, days + 1, scene.number(4, 35), scene.number(2, 5))
    book_online(plot, days)
    sign_in(plot, visit(plot, days * 0.8, 2, device=1))
    look_after(plot, days)
    if scene.is_lucky(0.35):
        topic = scene.pick(["booking", "change", "assistance", "thanks"])
        mailing.correspond(scene, plot.mailbox, scene.evening(days * 0.6), topic, plot.facts, scene.number(1, 2))
    ring_again(plot, days * 0.8, 2, ("booking", "change", "assistance"))
    keep_informed(plot, days)


def caller(scene: Scene, people: People) -> None:
    """Has never liked the internet: rings, leaves messages, is rung back, books by phone."""
    days = scene.number(0, HALF_A_YEAR - 10)
    plot = make_plot(scene, people[0], days=days)
    number = plot.person.phone
    if scene.is_lucky(0.4):
        message = phoning.voicemail(scene, plot.facts) if scene.is_lucky(0.6) else ""
        phoning.ring_out(scene, number, scene.office(days + 1), message)
    text = phoning.dialogue(scene, "quote", plot.facts) if scene.is_lucky(0.8) else ""
    ended = phoning.talk(scene, number, scene.office(days), plot.agent, text)
    if scene.is_lucky(0.6):
        book_by_phone(plot, ended)
    ring_again(plot, days, 4, ("quote", "booking", "booking", "change"))
    if scene.is_lucky(0.5):
        answered = phoning.call_back(scene, plot.facts) if scene.is_lucky(0.7) else ""
        phoning.ring_up(scene, number, scene.office(days * 0.7), answered)


def writer(scene: Scene, people: People) -> None:
    """Does everything by mail, in long threads; looks things up in between."""
    days = scene.number(1, HALF_A_YEAR - 20)
    plot = make_plot(scene, people[0], days=days)
    topic = scene.pick(["sea_view", "quote"])
    mailing.correspond(scene, plot.mailbox, scene.evening(days), topic, plot.facts, scene.number(2, 4))
    research(plot, days * 0.7, 10, scene.number(2, 5))
    if scene.is_lucky(0.6):
        book_online(plot, days * 0.6)
        look_after(plot, days * 0.5)
    later = scene.pick(["booking", "assistance", "change", "thanks"])
    mailing.correspond(scene, plot.mailbox, scene.evening(days * 0.4), later, plot.facts, scene.number(1, 3))
    keep_informed(plot, days)


def complainer(scene: Scene, people: People) -> None:
    """Comes home disappointed: mails, angry messages, and in the end a call."""
    days = scene.number(1, 60)
    plot = make_plot(scene, people[0], days=days + 90)
    research(plot, days + 60, scene.number(4, 30), scene.number(2, 4))
    book_online(plot, days + 58)
    look_after(plot, days + 50)
    mailing.correspond(scene, plot.mailbox, scene.evening(days + 5), "complaint", plot.facts, scene.number(1, 2))
    get_angry(plot, days)
    if scene.is_lucky(0.5):
        mailing.correspond(scene, plot.mailbox, scene.evening(days * 0.5), "complaint", plot.facts)


def get_angry(plot: Plot, days: float) -> None:
    """Messages that go unanswered, a call that is missed, and one that is not."""
    scene, told = plot.scene, stock("messages")
    platform = "whatsapp" if plot.person.has_mobile and scene.is_lucky(0.5) else scene.pick(["instagram", "page"])
    chat, at = Chat(scene, plot.person, platform), scene.office(days)
    for _ in range(scene.number(1, 3)):
        chat.say(at, say(scene, told["angry"], plot.facts))
        at += scene.minutes(3, 60)
    chat.answer(at, say(scene, told["sorry"], plot.facts))
    at += scene.minutes(2, 20)
    chat.say(at, say(scene, told["furious"], plot.facts))
    phoning.ring_out(scene, plot.person.phone, at + scene.minutes(1, 3))
    at += scene.minutes(8, 50)
    at = phoning.talk(scene, plot.person.phone, at, plot.agent, phoning.dialogue(scene, "complaint", plot.facts))
    if platform in NAMESPACES:
        note_handle(plot, at, NAMESPACES[platform])
    chat.say(scene.awake(at + scene.minutes(60, 3000)), say(scene, told["after"], plot.facts))


def chatter(scene: Scene, people: People) -> None:
    """Asks by message first; some look at the shop and book."""
    days = scene.number(0, HALF_A_YEAR - 20)
    plot = make_plot(scene, people[0], days=days)
    platform = "whatsapp" if plot.person.has_mobile else scene.pick(["instagram", "page"])
    ask(plot, Chat(scene, plot.person, platform), days)
    research(plot, days * 0.8, days * 0.15, scene.number(2, 4))
    made = visit(plot, days * 0.7, 2)
    web.ask_for_quote(made, plot.trip)
    if scene.is_lucky(0.6):
        leave_details(plot, made)
        keep_informed(plot, days * 0.7)


def ask(plot: Plot, chat: Chat, days: float) -> None:
    """A question or two, answers, thanks."""
    scene, told = plot.scene, stock("messages")
    at = scene.evening(days)
    for question, answer in scene.dice.sample(told["questions"], scene.number(1, 3)):
        chat.say(at, question.format_map(plot.facts))
        at = scene.at_work(at + scene.minutes(5, 200))
        answered = chat.answer(at, answer.format_map(plot.facts))
        at += scene.minutes(1, 60)
    if chat.platform == "whatsapp" and scene.is_lucky(0.4):
        chat.react(at, answered, scene.pick(["👍", "❤️", "🙏", "😍"]))
    else:
        chat.say(at, say(scene, told["thanks"], plot.facts))


def mover(scene: Scene, people: People) -> None:
    """Changes the number: WhatsApp says so, and the calls from the new one are no stranger's."""
    person = people[0]
    days = scene.number(20, HALF_A_YEAR - 40)
    plot = make_plot(scene, person, days=days)
    new = new_mobile(person.index % 60)
    chat = Chat(scene, person, "whatsapp")
    ask(plot, chat, days)
    leave_details(plot, visit_at(plot, scene.evening(days - 1), 4))
    chat.change_number(scene.evening(days * 0.6), new)
    phoning.talk(scene, new, scene.office(days * 0.4), plot.agent, phoning.dialogue(scene, "quote", plot.facts))
    research(plot, days * 0.3, 5, scene.number(1, 3))
    keep_informed(plot, days)
