"""Plain text with a speaker before each line, as a call's interaction carries it: `Ana: Hello.` Pure."""

import re

from journeys.listening.said import CUSTOMER, Heard, heard, speaker_named, spread

PROVIDER = "lines"  # what is only the call's own text, without times
LABEL = re.compile(r"^\s*([^\W\d_][\w .'’-]{0,30}):\s+(.*)$", re.DOTALL)
UNNAMED = "it is not told who spoke: all of it stands as the customer’s"


def read_lines(body: str, milliseconds: int = 0) -> Heard:
    """A transcript without times, spread over the length of the call. Raises UnreadableTranscript."""
    lines: list[tuple[str, str, str]] = []
    firsts: list[str] = []
    for line in filter(None, map(str.strip, body.splitlines())):
        match = LABEL.match(line)
        if match:
            lines.append((speaker_named(match[1], firsts), match[1], match[2]))
        elif lines:
            speaker, name, text = lines[-1]
            lines[-1] = (speaker, name, f"{text} {line}")
        else:
            lines.append((CUSTOMER, "", line))
    found = heard(PROVIDER, spread(lines, milliseconds), "guessed")
    is_unnamed = not any(name for _, name, _ in lines)
    return Heard(found.provider, found.timing, found.segments, (*found.notes, *([UNNAMED] if is_unnamed else [])))
