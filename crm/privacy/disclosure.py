"""Tact: whether a fact may be said to the customer, only known while speaking, or not even be seen. Pure, but for where
the rules that stand are read.

The class of a fact decides (who told it), and its topics, by the words in it: the strictest holds.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import orjson

from crm.privacy.roles import SETS_TACT
from crm.reading import Reading, Statement

READ = "SELECT content FROM crm_disclosurechange ORDER BY id DESC LIMIT 1"


class Disclosure(StrEnum):
    """What may be done with a fact, from the least strict."""

    SAYABLE = "sayable"
    CONTEXT = "context"
    HIDDEN = "hidden"

    @property
    def strictness(self) -> int:
        return STRICTNESS[self]


STRICTNESS = {disclosure: place for place, disclosure in enumerate(Disclosure)}
SAID = {
    Disclosure.SAYABLE: "may be said",
    Disclosure.CONTEXT: "only to know, not to say",
    Disclosure.HIDDEN: "hidden from agents and marketers",
}


class Origin(StrEnum):
    """Classes of facts: how we come to know them."""

    TOLD = "told"
    OURS = "ours"
    OBSERVED = "observed"
    INFERRED = "inferred"


ORIGINS = {
    Origin.TOLD: "The customer told us",
    Origin.OURS: "We did or wrote it",
    Origin.OBSERVED: "We observed it (pages looked at)",
    Origin.INFERRED: "We concluded it (mood, likely reasons)",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """What is spoken of where one of these words stands; a word that ends in * stands for all that begin so.

    instead: what to say rather, "" where there is nothing.
    """

    name: str
    words: tuple[str, ...]
    disclosure: Disclosure = Disclosure.HIDDEN
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What may be done with a fact, and what to say rather. topic: that which made it so, "" for its class."""

    disclosure: Disclosure
    instead: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Tact:
    """The rules of disclosure. classes, instead: by origin.

    masked: the traits of which no more than the end is seen until somebody says what they need them for.
    """

    classes: Mapping[Origin, Disclosure] = field(default_factory=dict)
    instead: Mapping[Origin, str] = field(default_factory=dict)
    topics: tuple[Topic, ...] = ()
    masked: frozenset[str] = frozenset()

    def judge(self, origin: Origin, *texts: str) -> Judged:
        """What may be done with a fact of an origin that these texts tell."""
        found = Judged(self.classes.get(origin, Disclosure.CONTEXT), self.instead.get(origin, ""))
        text = "\n".join(texts)
        for topic in self.topics:
            is_stricter = topic.disclosure.strictness > found.disclosure.strictness
            if is_stricter and compiled(topic.words).search(text):
                found = Judged(topic.disclosure, topic.instead or found.instead, topic.name)
        return found

    @cached_property
    def hidden(self) -> "re.Pattern[str]":
        words = [word for one in self.topics if one.disclosure == Disclosure.HIDDEN for word in one.words]
        return compiled(tuple(words))

    @property
    def unsearchable(self) -> str:
        """The hidden words as a regular expression of PostgreSQL's, for any case; empty where there are none."""
        return self.hidden.pattern if any(one.words for one in self.topics if one.disclosure == "hidden") else ""

    def hides(self, *texts: str) -> bool:
        """Whether what these texts tell is hidden by a topic."""
        return any(self.hidden.search(text) is not None for text in texts)

    def seen_by(self, roles: Iterable[str]) -> "Tact":
        """The rules as they hold for somebody with these roles: nothing is hidden from some."""
        if SETS_TACT.isdisjoint(roles):
            return self
        classes = {origin: shown(one) for origin, one in self.classes.items()}
        topics = tuple(replace(t, disclosure=shown(t.disclosure)) for t in self.topics)
        return replace(self, classes=classes, topics=topics, masked=frozenset())

    @property
    def content(self) -> dict[str, Any]:
        """The rules as JSON."""
        return {
            "classes": dict(self.classes),
            "instead": dict(self.instead),
            "masked": sorted(self.masked),
            "topics": [
                {"name": t.name, "words": list(t.words), "disclosure": t.disclosure, "instead": t.instead}
                for t in self.topics
            ],
        }


def shown(disclosure: Disclosure) -> Disclosure:
    """The same, but not hidden: what must not be said is no more than to be known."""
    return Disclosure.CONTEXT if disclosure == Disclosure.HIDDEN else disclosure


@lru_cache(maxsize=500)
def compiled(words: tuple[str, ...]) -> "re.Pattern[str]":
    """The pattern that finds any of some words, whole and in any case; without words, nothing."""
    parts = [re.escape(word.removesuffix("*").strip()) + (r"\w*" if word.endswith("*") else "") for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(filter(None, parts)) or '(?!)'})(?!\w)", re.IGNORECASE)


def words(text: str) -> tuple[str, ...]:
    """Words out of a text of commas and lines."""
    found = (" ".join(word.split()) for word in re.split(r"[,\n;]", text.replace("\0", "")))
    return tuple(dict.fromkeys(word for word in found if word.strip("* ")))


DEFAULT = Tact(
    classes={
        Origin.TOLD: Disclosure.SAYABLE,
        Origin.OURS: Disclosure.SAYABLE,
        Origin.OBSERVED: Disclosure.CONTEXT,
        Origin.INFERRED: Disclosure.CONTEXT,
    },
    instead={Origin.OBSERVED: "Are you planning a trip?", Origin.INFERRED: "How are you finding things with us?"},
    topics=(
        Topic("Health", words(
            "diagnos*, cancer, chemotherapy, diabet*, pregnan*, miscarriage, surgery, medication, antidepressant*, "
            "depression, dialysis, epilep*, dementia, alzheimer*, hiv, disabilit*, mental health, psychiatr*")),
        Topic("Religion and belief", words(
            "religio*, churchgo*, church service*, my church, mosque, synagogue, "
            "catholic*, protestant*, muslim*, islam*, jewish, hindu*, sikh*, "
            "ramadan, kosher, halal")),
        Topic("Politics and unions", words("political party, trade union*, union member*, communist*, socialist*")),
        Topic("Sexual life", words("sexual*, gay, lesbian, bisexual, transgender")),
        Topic("Origin", words("ethnic*, racial*, asylum seeker*")),
        Topic("Bereavement", words("funeral, bereave*, widow*, passed away"), Disclosure.CONTEXT,
              "I’m here to help with whatever you need."),
    ),
    masked=frozenset({"bank_account", "card_number", "iban", "national_id", "passport_number"}),
)  # fmt: skip


def read_tact(content: Mapping[str, Any]) -> Tact:
    """Rules out of JSON."""
    return Tact(
        {Origin(origin): Disclosure(value) for origin, value in content["classes"].items()},
        {Origin(origin): str(value) for origin, value in content["instead"].items()},
        tuple(
            Topic(t["name"], tuple(t["words"]), Disclosure(t["disclosure"]), t["instead"]) for t in content["topics"]
        ),
        frozenset(content.get("masked", DEFAULT.masked)),
    )


def disclosing(roles: Iterable[str]) -> Reading[Tact]:
    """The rules that stand, as they hold for somebody with these roles, in one step."""
    [rows] = yield [Statement(READ, ())]
    standing = parsed(rows[0][0]) if rows else DEFAULT
    return standing.seen_by(roles)


@lru_cache(maxsize=20)
def parsed(content: str) -> Tact:
    return read_tact(orjson.loads(content))
