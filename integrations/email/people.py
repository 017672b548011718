"""Whether the name beside an address is a person's, and its parts. Pure."""

import re
from collections.abc import Mapping

TITLES = frozenset("mr mrs ms miss mx dr prof sir dame herr frau mme mlle m".split())
NOT_A_PERSON = frozenset(
    "support team info information sales service services customer customers care help helpdesk desk office admin "
    "administrator billing accounts account noreply no reply donotreply newsletter news marketing notification "
    "notifications alert alerts mailer daemon postmaster system via on behalf ltd limited llc inc plc gmbh ag corp "
    "company group holidays travel tours hotel hotels bank insurance booking bookings reservations orders order "
    "enquiries contact the and department dept hr it shop store online com reception mailbox robot bot".split()
)
PARTICLES = frozenset("van von der den de del della di da du la le bin al el ter ten zu zum dos das".split())
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-])*")
MAX_NAME = 80


def name_traits(display: str) -> Mapping[str, str]:
    """full_name, given_name and surname, when the display name looks like a person's; else nothing."""
    words = person_words(display)
    if not words:
        return {}
    surname_at = next((at for at, word in enumerate(words) if at and word.casefold() in PARTICLES), len(words) - 1)
    return {
        "full_name": " ".join(words),
        "given_name": words[0],
        "surname": " ".join(words[surname_at:]),
    }


def person_words(display: str) -> list[str]:
    """The words of a person's name in speaking order, without a title; none when it does not look like one."""
    clean = display.strip(" '\"")
    if not clean or len(clean) > MAX_NAME or "@" in clean:
        return []
    surname, comma, given = clean.partition(",")
    words = (f"{given} {surname}" if comma else clean).split()
    while words and words[0].casefold().rstrip(".") in TITLES:
        words.pop(0)
    is_person = 2 <= len(words) <= 5 and all(WORD.fullmatch(word) for word in words)
    if not is_person or any(word.casefold().strip(".") in NOT_A_PERSON for word in words):
        return []
    return words
