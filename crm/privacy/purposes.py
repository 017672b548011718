"""What consent is asked for: purposes with the words that people agree to, as admins set them. Each change is kept, so
that a consent can name the words that it was given to.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from crm.changes import Change
from crm.privacy.personal import Nothing

PURPOSES_LOCK = 0x70757270  # one change at a time, from its reading of what stands


class PurposeChange(Change):
    """The purposes as somebody set them."""

    personal = Nothing(("content", "said"))


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something that needs a consent. key: as sources send it; days: after which it has to be given anew, 0: never."""

    key: str
    label: str
    wording: str
    days: int = 0

    def expiry(self, given_at: datetime) -> datetime | None:
        """When a consent that was given then ends."""
        return given_at + timedelta(days=self.days) if self.days else None


class Standing(NamedTuple):
    """The purposes that stand. version: the number of the change that made them so, None for DEFAULT."""

    purposes: tuple[Purpose, ...]
    version: int | None

    def named(self, key: str) -> Purpose | None:
        return next((one for one in self.purposes if one.key == key), None)


DEFAULT = (
    Purpose("marketing", "Marketing", "I would like to hear about offers that may interest me, until I say stop."),
    Purpose("analytics", "Analytics", "You may look at how I use your pages, to help me and to make them better."),
    Purpose("personalization", "Personalisation", "You may choose what you show me by what I did before."),
    Purpose("recording", "Recording of calls", "You may record our calls, to train your people and to settle doubts."),
)


def standing() -> Standing:
    """What stands now."""
    last = PurposeChange.objects.first()
    return Standing(read_purposes(last.content), last.pk) if last else Standing(DEFAULT, None)


def read_purposes(content: Mapping[str, Any]) -> tuple[Purpose, ...]:
    """Purposes out of JSON."""
    return tuple(Purpose(**one) for one in content["purposes"])


def as_content(purposes: tuple[Purpose, ...]) -> dict[str, Any]:
    """Purposes as JSON."""
    return {"purposes": [asdict(one) for one in purposes]}
