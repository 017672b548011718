"""What an adapter lets people set of its source: read from what they typed, the same on the page and in a command."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crm.identity.normalise import phone
from integrations.errors import BadSetting

LONGEST = 4_000
DOMAIN = re.compile(r"(?=.{1,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a source.

    read: makes what is kept of what was typed and the source's country; raises BadSetting with the remedy.
    is_secret: never shown again. lines: how many the field has; a list is typed one to a line.
    """

    name: str
    label: str
    help: str
    read: Callable[[str, str], object]
    is_secret: bool = False
    lines: int = 1


def text(typed: str, country: str) -> str:
    """Any text, as it is."""
    return typed.strip()


def words(typed: str) -> list[str]:
    """What a list was typed as: one to a line, or with commas between."""
    return [word for word in re.split(r"[\s,;]+", typed) if word]


def domains(typed: str, country: str) -> list[str]:
    """Domains, lower case, each once, in the order of typing."""
    found = [word.removeprefix("@").rstrip(".").casefold() for word in words(typed)]
    for domain in found:
        if not DOMAIN.fullmatch(domain):
            raise BadSetting(f"“{domain[:80]}” is no domain: write each like bluelagoon.example, one to a line")
    return list(dict.fromkeys(found))


def numbers(typed: str, country: str) -> list[str]:
    """Phone numbers in any notation, one to a line, as they are kept. Raises BadSetting."""
    found = []
    for line in typed.replace(",", "\n").replace(";", "\n").splitlines():
        if line.strip():
            number = phone(line.strip(), country)
            if number is None:
                raise BadSetting(
                    f"“{line.strip()[:40]}” is no phone number (in {country}): write +44 1632 960200, one to a line"
                )
            found.append(number)
    return list(dict.fromkeys(found))


def typed_as(value: object) -> str:
    """A value that is kept, as somebody would type it."""
    return "\n".join(str(one) for one in value) if isinstance(value, list) else str(value or "")


def read(settings: Sequence[Setting], typed: Mapping[str, object], country: str) -> dict[str, object]:
    """What is kept of settings that were named; nothing of those left empty. Raises BadSetting."""
    known = {setting.name: setting for setting in settings}
    for name in typed:
        if name not in known:
            raise BadSetting(f"there is no setting {name} here; there are: {', '.join(known) or 'none'}")
    return {
        name: kept
        for name, value in typed.items()
        if (kept := known[name].read(bounded(name, value), country))
    }  # fmt: skip


def bounded(name: str, value: object) -> str:
    """The text of a value, if it is one that may be kept."""
    written = value if isinstance(value, str) else typed_as(value) if isinstance(value, list) else json.dumps(value)
    if len(written) > LONGEST or "\0" in written:
        raise BadSetting(f"{name} has at most {LONGEST:,} characters, and no NUL")
    return written
