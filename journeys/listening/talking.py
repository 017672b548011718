"""How a call went, from its segments: silence, talk-over, who talked how much, what about. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from journeys.listening.said import AGENT, CUSTOMER, Said

MOST_KEYWORDS = 8
WORD = re.compile(r"[^\W\d_]{3,}")
SPARE = frozenset(
    "able about after again all also and another any are around as ask back because been before being "
    "both brilliant bring but bye call called calling can come could course day days did does doing don "
    "don't done down each else ever every few find first for from get gets getting give going gone good "
    "got great had has have hear hello help her here him his hold how i'll into isn isn't it's its just "
    "keep know last later left let like line little long look looked looking lot lovely made make many "
    "may mean meant might mine minute moment more morning most much must name need never new next nice "
    "not nothing now number off okay old once one only order other our out over perfect perhaps phone "
    "please put quite rang rather really right ring ringing said same say says see seen send sent shall "
    "she should some somebody something soon sorry sort speak speaking still such sure take talk talked "
    "tell than thank thanks that that's the their them then there these they thing things think this "
    "those though thought three through time today tomorrow too took try two under understand until upon "
    "use used very wait want wanted was way we'll we've week well went were what when where which while "
    "who why will with won would wrong year yes yet you your yours".split()
)
TOPICS = {
    "booking": "book booked booking bookings reservation reserve",
    "price": "price prices cost costs quote expensive cheaper discount deal rate",
    "payment": "pay paid payment payments card balance invoice deposit instalment charged",
    "refund": "refund refunded refunds compensation reimburse money-back",
    "cancellation": "cancel cancelled cancelling cancellation terminate",
    "change": "change changed changing move moved amend swap postpone",
    "complaint": "complain complaint complaints unacceptable disgusted dreadful awful terrible manager ombudsman",
    "travel": "flight flights airport transfer hotel room rooms nights passport visa luggage suitcase bags",
    "delivery": "deliver delivered delivery parcel courier tracking",
    "website": "website page app login password screen online",
    "assistance": "wheelchair assistance medical allergy allergic disability insulin",
}
TOPIC_OF = {word: topic for topic, words in TOPICS.items() for word in words.split()}


def figures(segments: Sequence[Said], timing: str) -> dict[str, Any]:
    """talk_ratio: the agent's share of what was said; of time, or of words where times are guessed. Times in ms."""
    found: dict[str, Any] = {"talk_ratio": talk_ratio(segments, by_words=timing == "guessed")}
    if timing == "guessed" or not segments:
        return found
    length = max(one.ends for one in segments)
    silences = list(gaps(segments))
    return found | {
        "length": length,
        "silence": sum(silences),
        "longest_silence": max(silences, default=0),
        "talk_over": talk_over(segments),
    }


def talk_ratio(segments: Iterable[Said], *, by_words: bool) -> float | None:
    """The agent's share of what the agent and the customer said."""
    said = {AGENT: 0, CUSTOMER: 0}
    for one in segments:
        if one.speaker in said:
            said[one.speaker] += len(one.text.split()) if by_words else one.ends - one.starts
    total = sum(said.values())
    return round(said[AGENT] / total, 3) if total else None


def gaps(segments: Sequence[Said]) -> Iterable[int]:
    """The lengths of the pauses in which nobody speaks."""
    heard_until = segments[0].starts
    for one in sorted(segments, key=lambda one: one.starts):
        if one.starts > heard_until:
            yield one.starts - heard_until
        heard_until = max(heard_until, one.ends)


def talk_over(segments: Iterable[Said]) -> int:
    """How long the agent and the customer spoke at once."""
    edges: list[tuple[int, int, str]] = []
    for one in segments:
        if one.speaker in (AGENT, CUSTOMER):
            edges += [(one.starts, 1, one.speaker), (one.ends, -1, one.speaker)]
    speaking, total, since = Counter[str](), 0, 0
    for at, step, speaker in sorted(edges):
        if speaking[AGENT] > 0 and speaking[CUSTOMER] > 0:
            total += at - since
        speaking[speaker] += step
        since = at
    return total


def keywords(segments: Iterable[Said]) -> list[str]:
    """The words that the customer said most often, without those that everybody says."""
    counts = Counter(
        word for one in segments if one.speaker == CUSTOMER for word in words_of(one.text) if word not in SPARE
    )
    return [word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_KEYWORDS]]


def topics(segments: Iterable[Said]) -> list[str]:
    """What it was about, the most spoken of first."""
    counts = Counter(TOPIC_OF[word] for one in segments for word in words_of(one.text) if word in TOPIC_OF)
    return [topic for topic, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def words_of(text: str) -> list[str]:
    return [word[:60] for word in WORD.findall(re.sub(r"\[[^\]]*\]", " ", text).casefold())]
