"""Masks: what is left of a value that somebody may not see, and texts in which none may stand. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit
from uuid import UUID

DOTS = "•••"
SHORTEST_NAME = 3  # letters; shorter ones stand in every text
SHORTEST_TOLD = 4  # characters of an order's number, or of a trait
ADDRESS = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
DIGITS = re.compile(r"(?<![\w/])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,}(?!\w)")


def masked(value: str, kind: str = "") -> str:
    """What may be seen of a value: j•••@example.com, •••• 0123; of anything else its last two characters."""
    if kind == "email" and "@" in value:
        name, _, place = value.partition("@")
        return f"{name[:1]}{DOTS}@{place}"
    if kind == "phone":
        return f"{DOTS}• {value[-4:]}"
    return f"{DOTS}• {value[-2:]}" if len(value) > 6 else f"{DOTS}•"


def pseudonym(public_id: UUID) -> str:
    """What a customer is called where nobody may know who it is."""
    return f"Customer {str(public_id)[:8]}"


@dataclass(frozen=True)
class Veil:
    """Takes out of texts what would tell who a customer is: addresses, numbers, the words of their names, and whatever
    else was said of them alone, as it was said.
    """

    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, said: Iterable[str], told: Iterable[str] = ()) -> "Veil":
        """The veil of somebody who goes by these names, and of whom this was told: orders, tickets, traits."""
        words = {word for one in said for word in re.split(r"\W+", one) if len(word) >= SHORTEST_NAME}
        return cls(frozenset(words | {one.strip() for one in told if len(one.strip()) >= SHORTEST_TOLD}))

    @cached_property
    def words(self) -> "re.Pattern[str]":
        longest_first = sorted(self.names, key=lambda word: (-len(word), word))
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)", re.IGNORECASE)

    @cached_property
    def lowered(self) -> list[str] | None:
        """The names as plain text is searched for them; None: letters beyond ASCII have more than two cases."""
        return [name.lower() for name in self.names] if all(map(str.isascii, self.names)) else None

    def may_stand_in(self, said: str) -> bool:
        """Whether a name may stand in a text: most have none, and finding where takes a hundred times as long."""
        if self.lowered is None or not said.isascii():
            return True
        plain = said.lower()
        return any(name in plain for name in self.lowered)

    def text(self, said: str) -> str:
        """A text without them."""
        without = ADDRESS.sub(lambda found: masked(found[0].replace("%40", "@"), "email"), said)
        without = DIGITS.sub(lambda found: masked(re.sub(r"\D", "", found[0]), "phone"), without)
        return self.words.sub(DOTS, without) if self.may_stand_in(without) else without

    def address(self, url: str) -> str:
        """A page's address without what was asked of it, which may name anybody."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return ""
        return self.text(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else parts.path
        )
