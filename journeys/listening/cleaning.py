"""Taking out of a transcript what must not be kept, and saying when it was heard. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from journeys.interactions.redacting import PASSES, Span, shared_out, spans, without
from journeys.listening.said import Heard, Said, Word

Silence = tuple[int, int] | None  # the ms in which something is heard that must not be; None: nobody knows when


def clean(found: Heard) -> tuple[Heard, list[Silence]]:
    """The transcript without card numbers and the like, also split among segments; and when they are heard."""
    segments, silences = list(found.segments), list[Silence]()
    for _ in range(PASSES):
        taken = spans("\n".join(one.text for one in segments))
        if not taken:
            break
        for place, local in shared_out([one.text for one in segments], taken).items():
            segments[place], silent = without_spans(segments[place], local)
            silences += silent
    if found.timing == "guessed":
        silences = [None] if silences else []
    return replace(found, segments=tuple(segments)), silences


def without_spans(one: Said, taken: Sequence[Span]) -> tuple[Said, list[Silence]]:
    """A segment without some spans of its text, and when those are heard."""
    if not one.words:
        return replace(one, text=without(one.text, taken)), [(one.starts, one.ends)]
    words, silences = list(one.words), list[Silence]()
    for span in reversed(taken):
        first, last = touched(words, span)
        offset = sum(len(word.text) + 1 for word in words[:first])
        text = " ".join(word.text for word in words[first : last + 1])
        said = text[: span.starts - offset] + span.mask + text[span.ends - offset :]
        silences.append((words[first].starts, words[last].ends))
        words[first : last + 1] = [Word(said, words[first].starts, words[last].ends)]
    return replace(one, text=" ".join(word.text for word in words), words=tuple(words)), silences


def touched(words: Sequence[Word], span: Span) -> tuple[int, int]:
    """The first and last word that a span touches."""
    place, found = 0, []
    for number, word in enumerate(words):
        if span.starts < place + len(word.text) and place < span.ends:
            found.append(number)
        place += len(word.text) + 1
    return found[0], found[-1]
