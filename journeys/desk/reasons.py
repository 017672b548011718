"""Facts out of what was gathered: why they may be calling, what is open, what was said last. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils import timezone

from crm.privacy.disclosure import Origin
from crm.wording import short_day
from journeys.customers.addresses import interaction_address
from journeys.desk.facts import Fact
from journeys.desk.gathering import Contact, Gathered, Hit, Piece
from journeys.listening.moods import HIGH, LOW, Felt

STEPS = {"quote": "a quote", "checkout": "a booking", "payment": "a payment", "basket": "a basket", "cart": "a basket",
         "book": "a booking", "apply": "an application"}  # fmt: skip
FINISHED = re.compile(r"order completed|booking completed|thank[- ]you|booked:|purchase", re.IGNORECASE)
# Parts of addresses that say what a page does, not what it is about.
GENERIC = frozenset("holidays products product category categories search help account login sign-in book booking "
                    "quote checkout basket cart payment en de fr www shop blog inspiration reviews contact about home "
                    "index index.html pages preferences newsletter faq offers thank-you extras".split())  # fmt: skip
GIVEN_UP_WITHIN = timedelta(days=5)
LOOKED_WITHIN = timedelta(days=7)
UNANSWERED_WITHIN = timedelta(days=30)
LONGEST = 140
FALL = 0.5  # between the moods of contacts, from which it is told
CONTENT = "Was content in the last contacts"
CHANNELS = {"call": "call", "email": "e-mail", "social": "message"}
POLITE = 40  # characters, up to which a sentence that begins so is only polite
THEIR = {"email": "Their e-mail", "social": "Their message", "call": "Call"}
ASKS = re.compile(r"\b(still|don.t know|can.t|cannot|need|want|would like)\b", re.IGNORECASE)
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
GREETING = re.compile(
    r"(hi|hello|dear|thanks|thank you|good (morning|afternoon|evening)|best|kind|regards|sent from)\b", re.I
)  # fmt: skip


def facts_of(found: Gathered, now: datetime) -> list[Fact]:
    """Everything that may stand in a brief, in any order."""
    return [
        *given_up(found.hits, now),
        *looked_at(found.hits, now),
        *unanswered(found.contacts, now),
        *said_last(found.contacts, now),
        *(case_fact(piece) for piece in found.pieces("case")),
        *(promise_fact(piece, now) for piece in found.pieces("promise")),
        *(note_fact(piece) for piece in found.pieces("note")[:3]),
        *(sale_fact(piece) for piece in found.pieces("sale")[:1]),
        *mood_fact(found.moods),
    ]


# On the web


def step_of(hit: Hit) -> str:
    """The step of buying that a hit is, in a word; empty for none."""
    where = f"{urlsplit(hit.url).path} {hit.event}".casefold()
    return next((step for step in STEPS if step in where), "")


def given_up(hits: Sequence[Hit], now: datetime) -> Iterator[Fact]:
    """The last step of buying, where nothing was bought after it. hits: the newest first."""
    for hit in hits:
        if FINISHED.search(f"{hit.event} {hit.title} {hit.url}"):
            return
        if now - hit.at <= GIVEN_UP_WITHIN and (step := step_of(hit)):
            about = topic_of(hits)
            words = f"Probably {STEPS[step]} that they did not finish{f': {about}' if about else ''}"
            yield Fact("step", words, hit.at, "Web visit", Origin.OBSERVED, 1.0, interaction_address(hit.id), hit.title)
            return


def looked_at(hits: Iterable[Hit], now: datetime) -> Iterator[Fact]:
    """The topic of the pages of the last days."""
    recent = [hit for hit in hits if now - hit.at <= LOOKED_WITHIN]
    about = topic_of(recent)
    if about:
        words = f"Has been looking at {about}"
        yield Fact("topic", words, recent[0].at, "Web visits", Origin.OBSERVED, 0.45, told=about)


def topic_of(hits: Iterable[Hit]) -> str:
    """What most of some pages are about, as their titles write it; empty where there is nothing in common."""
    counted, titles = Counter[str](), list[str]()
    for hit in hits:
        part = next((one for one in urlsplit(hit.url).path.casefold().split("/") if one and one not in GENERIC), "")
        counted[part] += bool(part and not any(letter.isdigit() for letter in part))
        titles.append(hit.title)
    best = max(sorted(counted), key=lambda part: counted[part], default="")
    if counted[best] < 2:
        return ""
    name = best.replace("-", " ").strip()
    written = re.search(rf"(?i)\b{re.escape(name)}\b", "\n".join(titles))
    return written.group() if written else name.title()


# What they wrote and said


def unanswered(contacts: Sequence[Contact], now: datetime) -> Iterator[Fact]:
    """What came in last on each channel, where nothing went out on it since. contacts: the newest first."""
    newest: dict[str, Contact] = {}
    for one in contacts:
        newest.setdefault(one.channel, one)
    for channel, one in newest.items():
        if one.direction == "out" or now - one.at > UNANSWERED_WITHIN:
            continue
        if channel == "call" and one.outcome in ("missed", "voicemail"):
            word = "left a message" if one.outcome == "voicemail" else "nobody answered"
            yield Fact("missed", f"Rang, and {word}", one.at, "Call", Origin.TOLD, 0.85, interaction_address(one.id))
        elif channel != "call" and (said := gist(one.body) or one.title):
            yield Fact("unanswered", f"Unanswered: {said}", one.at, THEIR[channel], Origin.TOLD, 0.9,
                       interaction_address(one.id), f"{one.title}\n{one.body}")  # fmt: skip


def said_last(contacts: Iterable[Contact], now: datetime) -> Iterator[Fact]:
    """What they said last, where it was answered, or in a call."""
    answered, count = set[str](), 0
    for one in contacts:
        answered |= {one.channel} if one.direction == "out" else set()
        if one.direction != "out" and one.body and (one.channel in answered or one.channel == "call") and count < 2:
            words = gist(theirs(one.body))
            if words:
                count += 1
                yield Fact("said", f"“{words}”", one.at, THEIR[one.channel], Origin.TOLD, 0.5,
                           interaction_address(one.id), f"{one.title}\n{one.body}")  # fmt: skip


def theirs(body: str) -> str:
    """What the caller said in a transcript of "Name: words" lines, of which the first is whoever picked up."""
    lines = [line.partition(": ") for line in body.splitlines() if line.strip()]
    if len(lines) < 2 or not all(mark and len(who) <= 40 for who, mark, _ in lines):
        return body
    return "\n".join(said for who, _, said in lines if who != lines[0][0])


def gist(text: str) -> str:
    """The sentence that matters most: the last question, else the first that asks, else the longest; cut to fit."""
    sentences = [" ".join(found.split()) for found in SENTENCE.findall(text)]
    sentences = [one for one in sentences if len(one) > 8 and not (len(one) < POLITE and GREETING.match(one))]
    questions = [one for one in sentences if one.endswith("?")]
    asking = [one for one in sentences if ASKS.search(one)]
    best = questions[-1] if questions else asking[0] if asking else max(sentences[:3], key=len, default="")
    return best if len(best) <= LONGEST else best[:LONGEST].rsplit(maxsplit=1)[0] + " …"


# What we did


def case_fact(piece: Piece) -> Fact:
    state = ", waiting for them" if piece.state == "waiting" else ""
    about = f" (order {piece.note})" if piece.note else ""
    return Fact("case", f"Open case: {piece.said}{about}{state}", piece.at, "Case", Origin.OURS, 0.85)


def promise_fact(piece: Piece, now: datetime) -> Fact:
    until = piece.until or now
    lapsed = f"; it lapsed on {short_day(until)}" if until < now else f", until {timezone.localtime(until):%-d %B}"
    weight = 0.95 if until < now else 0.7
    return Fact("promise", f"We promised: {piece.said}{lapsed}", piece.at, "Promise", Origin.OURS, weight)


def note_fact(piece: Piece) -> Fact:
    words = piece.said if len(piece.said) <= LONGEST else piece.said[:LONGEST].rsplit(maxsplit=1)[0] + " …"
    if piece.state == "delicate":
        return Fact("avoid", f"Do not bring it up: {words}", piece.at, "Note", Origin.INFERRED, 0.9, told=piece.said)
    return Fact("note", words, piece.at, "Note", Origin.OURS, 0.4, told=piece.said)


def sale_fact(piece: Piece) -> Fact:
    about = f", order {piece.note}" if piece.note else ""
    return Fact("sale", f"Bought for {piece.state} {piece.value:,.2f}{about}", piece.at, "Sale", Origin.OURS, 0.35)


# How they felt


def mood_fact(felt: Sequence[Felt]) -> Iterator[Fact]:
    """How the last contacts felt, where that is worth knowing: bad, falling, or good. felt: the newest first."""
    words = mood_words(felt)
    if words:
        channels = dict.fromkeys(CHANNELS.get(one.channel, one.channel) for one in reversed(felt))
        weight = 0.4 if words == CONTENT else 0.75
        yield Fact("mood", words, felt[0].at, ", ".join(channels).capitalize(), Origin.INFERRED, weight)


def mood_words(felt: Sequence[Felt]) -> str:
    """A mood over the last contacts, in words; empty where there is nothing to say of it."""
    if not felt:
        return ""
    newest, oldest = felt[0].value, felt[-1].value
    if len(felt) > 1 and oldest - newest >= FALL:
        return f"Mood falling over the last {len(felt)} contacts"
    if newest < LOW:
        return "Was annoyed in the last contact"
    return CONTENT if newest > HIGH and oldest > LOW else ""
