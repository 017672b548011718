"""Taking out of a transcript what must not be kept, and saying when it was heard. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from journeys.interactions.redacting import MASKED, PASSES, Span, shared_out, spans, without
from journeys.listening.said import Heard, Said, Word

Silence = tuple[int, int] | None  # the ms in which something is heard that must not be; None: nobody knows when


def clean(found: Heard) -> tuple[Heard, list[Silence]]:
    """The transcript without card numbers and the like, also split among segments; and when they are heard.

    What was taken out before it came here counts too: it is still to be heard.
    """
    segments = list(found.segments)
    for _ in range(PASSES):
        taken = spans("\n".join(one.text for one in segments))
        if not taken:
            break
        for place, local in shared_out([one.text for one in segments], taken).items():
            segments[place] = without_spans(segments[place], local)
    silences: list[Silence] = [silence for one in segments for silence in masked(one)]
    if found.timing == "guessed":
        silences = [None] if silences else []
    return replace(found, segments=tuple(segments)), silences


def masked(one: Said) -> list[Silence]:
    """When what is no longer in a segment is heard."""
    if one.words:
        return [(word.starts, word.ends) for word in one.words if MASKED.search(word.text)]
    return [(one.starts, one.ends)] if MASKED.search(one.text) else []


def without_spans(one: Said, taken: Sequence[Span]) -> Said:
    """A segment without some spans of its text; a mask takes the place of all the words that it stands for."""
    if not one.words:
        return replace(one, text=without(one.text, taken))
    words = list(one.words)
    for span in reversed(taken):
        first, last = touched(words, span)
        offset = sum(len(word.text) + 1 for word in words[:first])
        text = " ".join(word.text for word in words[first : last + 1])
        said = text[: span.starts - offset] + span.mask + text[span.ends - offset :]
        words[first : last + 1] = [Word(said, words[first].starts, words[last].ends)]
    return replace(one, text=" ".join(word.text for word in words), words=tuple(words))


def touched(words: Sequence[Word], span: Span) -> tuple[int, int]:
    """The first and last word that a span touches."""
    place, found = 0, []
    for number, word in enumerate(words):
        if span.starts < place + len(word.text) and place < span.ends:
            found.append(number)
        place += len(word.text) + 1
    return found[0], found[-1]
