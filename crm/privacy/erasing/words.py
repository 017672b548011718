"""Telling whether a text is about a person: the ways that their identifiers are written. Pure."""

import json
import re
from collections.abc import Collection, Sequence
from urllib.parse import quote

import phonenumbers

from crm.identity.kinds import Kind
from crm.privacy.masking import DOTS

SHORTEST = 6  # characters of a value that is looked for in text: shorter ones stand everywhere
GAP = r"[\s().-]*"  # in a number as people write it
# Not within a longer word, address or number; what JSON or a mail escapes as \n ends a word, too.
BEFORE, BEHIND = r"(?:(?<![\w.+-])|(?<=\\[nrt]))", r"(?!\w|[.@-]\w)"


def spellings_of(value: str) -> Sequence[str]:
    """A value as it stands in text, addresses and JSON."""
    return sorted({value, quote(value, safe=""), quote(value, safe="@"), json.dumps(value)[1:-1]})


def digits_of(phone: str) -> str:
    """The ways that a number is written, as a regular expression."""
    number = phonenumbers.parse(phone)
    digits = GAP.join(str(number.national_number))
    return rf"(?<![0-9])(?:(?:00)?{number.country_code}{GAP})?(?:0{GAP})?{digits}(?![0-9])"


class Words:
    """The values of one person, as text is searched for them."""

    def __init__(self, values: Collection[tuple[str, str]], public_ids: Collection[str] = ()) -> None:
        known = [(kind, value) for kind, value in values if kind != Kind.ONCE and len(value) >= SHORTEST]
        self.values = [*(value.casefold() for _, value in known), *public_ids]
        self.plain = sorted({one.casefold() for value in self.values for one in spellings_of(value)})
        self.phones = [re.compile(digits_of(value)) for kind, value in known if kind == Kind.PHONE]

    def stand_in(self, text: str) -> bool:
        """Whether any of them stands there, not within a longer word, address or number."""
        folded = text.casefold()
        likely = [one for one in self.plain if one in folded]
        if any(re.search(f"{BEFORE}{re.escape(one)}{BEHIND}", folded) for one in likely):
            return True
        return any(one.search(folded) for one in self.phones)

    def without(self, text: str) -> str:
        """A text from which they are taken out."""
        for one in self.plain:
            text = re.sub(f"{BEFORE}{re.escape(one)}{BEHIND}", DOTS, text, flags=re.IGNORECASE)
        for phone in self.phones:
            text = phone.sub(DOTS, text)
        return text
