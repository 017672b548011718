"""What phone systems tell of calls, in one form: who rings from where, and how far the call is. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm.identity.normalise import TWILIO_WITHHELD, WITHHELD, phone

SIP_USER = re.compile(r"(?:sips?|tel):([^@;>]{1,60})", re.IGNORECASE)
EXTENSION = re.compile(r"\+?[0-9*#]{1,6}")
LONGEST = 2_000  # characters of an address that are looked at


class Caller(StrEnum):
    """What is known of a caller from their number alone."""

    LINE = "a phone number"
    WITHHELD = "a withheld number"
    EXTENSION = "an extension"
    NAMELESS = "no phone number"


class Progress(StrEnum):
    """How far a call is."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a phone system tells of an incoming call.

    line: the caller's number (E.164), empty where caller is anything but LINE. dialled: the number called, as far as it
    is one. agent: the extension or user name of whom it rings, or who took it; queue: where it waits.
    """

    call_id: str
    progress: Progress
    at: datetime
    caller: Caller = Caller.NAMELESS
    line: str = ""
    dialled: str = ""
    agent: str = ""
    queue: str = ""


def line_of(written: str, country: str) -> tuple[Caller, str]:
    """What somebody calls from, as a phone system writes it: (what it is, the number in E.164 or "").

    country: the region code that national numbers are read in.
    """
    bare = bared(written)
    folded = bare.casefold()
    if not folded or folded in WITHHELD or bare in TWILIO_WITHHELD:
        return Caller.WITHHELD, ""
    if found := phone(bare, country):
        return Caller.LINE, found
    return (Caller.EXTENSION if EXTENSION.fullmatch(bare) else Caller.NAMELESS), ""


def bared(written: str) -> str:
    """The number or name in an address such as sip:+441632960001@pbx.example, or in "Anna" <sip:204@pbx.example>."""
    text = written[:LONGEST].strip()
    found = SIP_USER.search(text)
    return found.group(1).strip() if found else text
