"""What vendors will send, while it is being written: letters, and the scene that a story writes them in. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

WEB, CALLS, MAIL, SOCIAL = "web-shop", "call-centre", "inbox", "social"
HALF_A_YEAR = 182  # days


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing that one vendor sends, unsigned.

    content: the JSON object or form fields of the vendor's own format. batch: letters with the same may share a
    request; "" for one that is sent alone.
    """

    at: datetime
    source: str
    content: Mapping[str, Any]
    batch: str = ""


@dataclass(slots=True)
class Scene:
    """Where one story is written: its dice, the moment that the half year ends at, and the letters so far.

    Times are counted back from the end and nothing else depends on it, so that ids stay the same from day to day.
    """

    dice: Random
    end: datetime
    letters: list[Letter] = field(default_factory=list)

    def send(self, at: datetime, source: str, content: Mapping[str, Any], batch: str = "") -> None:
        """Send a letter, unless the end comes first."""
        if at < self.end:
            self.letters.append(Letter(at, source, content, batch))

    def pick(self, options: Sequence[T]) -> T:
        return self.dice.choice(options)

    def is_lucky(self, chance: float) -> bool:
        return self.dice.random() < chance

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self.dice.randint(low, high)

    def hex(self, length: int = 32) -> str:
        return f"{self.dice.getrandbits(length * 4):0{length}x}"

    def ago(self, days: float, hour: float | None = None) -> datetime:
        """A time so many days before the end; with an hour, at about that hour of its day."""
        if hour is None:
            return self.end - timedelta(days=days)
        return self.end - timedelta(days=floor(days) + 1) + timedelta(hours=hour, seconds=self.number(0, 59))

    def evening(self, days: float) -> datetime:
        """A time when people plan holidays: mostly in the evening, some at lunch."""
        return self.ago(
            days, self.pick((7.6, 12.2, 12.7, 17.8, 19.3, 20.1, 20.6, 21.2, 21.8, 22.4)) + self.dice.random()
        )

    def office(self, days: float) -> datetime:
        """A time when the telephones are manned."""
        return self.ago(days, 9 + 8.5 * self.dice.random())

    def at_work(self, at: datetime) -> datetime:
        """The same time when the telephones are manned, else the next morning."""
        return at if 8 <= at.hour < 21 else at + timedelta(hours=(8 - at.hour) % 24)

    def awake(self, at: datetime) -> datetime:
        """The same time, or after breakfast."""
        return at if at.hour >= 7 else at + timedelta(hours=8)

    def minutes(self, low: float, high: float) -> timedelta:
        return timedelta(minutes=self.dice.uniform(low, high))
