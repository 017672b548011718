"""The HTML of transcripts, waveforms and moods, as plain strings: a template takes ten times as long."""

from collections.abc import Iterable, Sequence
from html import escape

from django.utils.safestring import SafeString

from crm.wording import channel_word, short_day
from journeys.listening.finding import MARK, Hit
from journeys.listening.models import Segment
from journeys.listening.moods import Felt, mood_word

STRONG = 0.4  # a mood that is worth a word beside what was said
WAVE_HEIGHT = 60
SPARK_WIDTH, SPARK_HEIGHT = 160, 36
SPEAKERS = {"agent": "Agent", "customer": "Customer", "system": "System"}


def clock(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}:{seconds:02}"


def seconds(ms: int) -> str:
    return f"{ms / 1000:.2f}".rstrip("0").rstrip(".")


# What was said


def transcript(segments: Iterable[Segment], *, can_be_heard: bool) -> SafeString:
    """The list items of what was said. can_be_heard: a click on a word plays from there."""
    return SafeString("\n".join(segment(one, can_be_heard) for one in segments))


def segment(one: Segment, can_be_heard: bool) -> str:
    who = SPEAKERS[one.speaker]
    name = f" · {escape(one.name)}" if one.name and one.name.casefold() != one.speaker else ""
    strong = one.speaker == "customer" and one.mood is not None and abs(one.mood) >= STRONG
    mood = f' <span class="felt {mood_word(one.mood)}">{mood_word(one.mood)}</span>' if strong else ""
    text = words(one) if can_be_heard else escape(one.text)
    at = seconds(one.starts_ms)
    return (
        f'<li class="seg {one.speaker}" id="s{one.position}" data-from="{at}" data-to="{seconds(one.ends_ms)}">'
        f'<a class="at num" href="#t={at}">{clock(one.starts_ms)}</a>'
        f'<p class="by">{who}{name}{mood}</p><p class="said">{text}</p></li>'
    )


def words(one: Segment) -> str:
    """Each word with its time; where only the sentence's is known, shared out by their length."""
    timed = [(text, starts) for text, starts, _ in one.words] or shared_out(one)
    return " ".join(f'<span data-t="{seconds(starts)}" tabindex="-1">{escape(text)}</span>' for text, starts in timed)


def shared_out(one: Segment) -> list[tuple[str, int]]:
    found, place = [], 0
    for word in one.text.split():
        found.append((word, one.starts_ms + (one.ends_ms - one.starts_ms) * place // max(1, len(one.text))))
        place += len(word) + 1
    return found


def hit(one: Hit) -> SafeString:
    """A line of a transcript with what was looked for marked."""
    text = escape(one.text).replace(MARK[0], "<mark>").replace(MARK[1], "</mark>")
    return SafeString(text)


# Pictures


def wave(peaks: Sequence[int]) -> SafeString:
    """A waveform as one path: a bar for each peak. Loudness is drawn by its root, so that quiet speech is seen."""
    middle = WAVE_HEIGHT / 2
    bars = []
    for place, peak in enumerate(peaks):
        half = max(0.5, (peak / 100) ** 0.5 * (middle - 1))
        bars.append(f"M{place * 2 + 1} {middle - half:.1f}V{middle + half:.1f}")
    return SafeString("".join(bars))


def spark(felt: Sequence[Felt]) -> SafeString:
    """Moods as the points of a line, the oldest first. felt: the newest first."""
    listed = list(reversed(felt))
    step = (SPARK_WIDTH - 8) / max(1, len(listed) - 1)
    points = [
        (4 + place * step, SPARK_HEIGHT / 2 - one.value * (SPARK_HEIGHT / 2 - 4)) for place, one in enumerate(listed)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(
        f'<circle class="{mood_word(one.value)}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{told(one)}</title></circle>'
        for one, (x, y) in zip(listed, points, strict=True)
    )
    return SafeString(f'<polyline points="{line}"/>{dots}')


def told(one: Felt) -> str:
    return f"{channel_word(one.channel)}, {short_day(one.at)}: {mood_word(one.value)}"
