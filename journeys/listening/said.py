"""What was said, in one shape, whoever wrote it down. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from journeys.interactions.plain import plain_text
from journeys.listening.errors import UnreadableTranscript

AGENT, CUSTOMER, SYSTEM = "agent", "customer", "system"
MOST_BYTES = 8_000_000  # of a transcript as it is handed in
MOST_SEGMENTS, MOST_WORDS, LONGEST_TEXT = 20_000, 200_000, 20_000
LONGEST = 24 * 3_600_000  # milliseconds
WORDS_A_SECOND = 2.5
AGENTS = frozenset("agent advisor adviser operator clerk staff representative rep".split())
CUSTOMERS = frozenset("customer caller client callee guest patient".split())
SYSTEMS = frozenset("system bot ivr music".split())


class Word(NamedTuple):
    """A word and when it is heard, in ms."""

    text: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Said:
    """What one side said without a break. name: what the provider calls them. mood: -1 to 1, where it says so."""

    speaker: str
    starts: int
    ends: int
    text: str
    words: tuple[Word, ...] = ()
    name: str = ""
    mood: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole transcript. timing: "words", "segments" or "guessed". notes: what had to be mended, for people."""

    provider: str
    timing: str
    segments: tuple[Said, ...]
    notes: tuple[str, ...] = ()


def heard(provider: str, segments: Iterable[Said], timing: str = "") -> Heard:
    """A transcript made fit: in order, times within bounds and the right way round. Raises UnreadableTranscript."""
    taken = [(one, notes) for one, notes in map(mended, segments) if one.text]
    if not taken:
        raise UnreadableTranscript("there is nothing said in this transcript")
    if len(taken) > MOST_SEGMENTS or sum(len(one.words) for one, _ in taken) > MOST_WORDS:
        raise UnreadableTranscript(f"this transcript is longer than {MOST_SEGMENTS:,} segments; split it")
    notes = set[str]().union(*(found for _, found in taken))
    ordered = sorted((one for one, _ in taken), key=lambda one: (one.starts, one.ends))
    if ordered != [one for one, _ in taken]:
        notes.add("segments were out of order and were sorted by their times")
    if not timing:
        timing = "words" if all(one.words for one in ordered) else "segments"
    return Heard(provider, timing, tuple(ordered), tuple(sorted(notes)))


def mended(one: Said) -> tuple[Said, set[str]]:
    """A segment with times that can be, and what was wrong with them."""
    notes = set[str]()
    starts, ends = clamped(one.starts), clamped(one.ends)
    if (starts, ends) != (one.starts, one.ends):
        notes.add("times outside of a day were moved to its edge")
    if ends < starts:
        starts, ends = ends, starts
        notes.add("times that ran backwards were turned round")
    words = tuple(Word(plain_text(w.text).strip(), *sorted((clamped(w.starts), clamped(w.ends)))) for w in one.words)
    words = tuple(sorted((word for word in words if word.text), key=lambda word: word.starts))
    text = " ".join(word.text for word in words) or " ".join(plain_text(one.text).split())
    if len(text) > LONGEST_TEXT:
        raise UnreadableTranscript(f"a segment holds more than {LONGEST_TEXT:,} characters; split it")
    return replace(one, starts=starts, ends=ends, text=text, words=words, name=plain_text(one.name)[:60]), notes


def clamped(time: int) -> int:
    return min(max(time, 0), LONGEST)


def ms(seconds: object) -> int:
    """Seconds (a number, or text with one) in ms. Raises UnreadableTranscript."""
    try:
        found = float(seconds) if isinstance(seconds, int | float | str) else float("nan")
    except ValueError:
        found = float("nan")
    if found != found:
        raise UnreadableTranscript("a time is no number; give seconds")
    return round(min(max(found, -1.0), LONGEST / 1000 + 1) * 1000)


def speaker_named(name: str, firsts: list[str]) -> str:
    """Who a name of the provider's stands for. firsts: the names so far, kept up here: our own side answers a call, so
    the first of names that say nothing is the agent, unless another is called that.
    """
    said = set(name.casefold().replace("_", " ").split())
    for speaker, words in ((AGENT, AGENTS), (CUSTOMER, CUSTOMERS), (SYSTEM, SYSTEMS)):
        if said & words:
            if speaker == AGENT and name not in firsts:
                firsts.insert(0, name)
            return speaker
    if not name:
        return CUSTOMER
    if name not in firsts:
        firsts.append(name)
    return AGENT if firsts.index(name) == 0 else CUSTOMER


def spread(lines: Sequence[tuple[str, str, str]], milliseconds: int) -> list[Said]:
    """Lines (speaker, name, text) without times, spread over a length by their words."""
    counts = [max(1, len(text.split())) for _, _, text in lines]
    total = sum(counts)
    length = milliseconds or int(total / WORDS_A_SECOND * 1000)
    segments, place = [], 0
    for (speaker, name, text), count in zip(lines, counts, strict=True):
        ends = place + length * count // total
        segments.append(Said(speaker, place, ends, text, (), name))
        place = ends
    return segments
