"""Normalising: one spelling for each identifier, and none for values that identify nobody. Pure."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crm.identity.kinds import Key, Kind, wall_of

MAX_LENGTH = 320  # the longest e-mail address
JUNK = frozenset(
    "0 -1 1 none null nil nan undefined unknown anonymous anon guest test testing user userid user_id admin customer "
    "n/a na - . x xx xxx true false [object object] {} [] not_set notset (not set) default example private withheld "
    "unavailable restricted blocked asdf qwerty 00000000-0000-0000-0000-000000000000".split(" ")
) | {"[object object]", "(not set)", "not set"}
JUNK_MAILBOXES = frozenset(
    "test noreply no-reply donotreply do-not-reply none null unknown anonymous mailer-daemon postmaster abuse".split()
)
JUNK_DOMAINS = frozenset("test.com example.test test.test domain.com email.com mail.com none.com localhost".split())
WITHHELD = frozenset("anonymous restricted unavailable unknown private withheld blocked asserted".split())
TWILIO_WITHHELD = frozenset({"+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696", "+464"})
NOT_IN_A_VALUE = re.compile(r"[\x00-\x1f\x7f]")
SIP_USER = re.compile(r"^(?:sips?|tel):([^@;]+)", re.IGNORECASE)


@lru_cache(maxsize=100_000)
def normalise(kind: str, value: str, namespace: str, country: str) -> Key | None:
    """The identifier that a value stands for, or None when it singles out nobody.

    namespace: of its source; of e-mail addresses and phones, which mean the same everywhere, only its wall is kept.
    country: the region code (ISO 3166-1) that national phone numbers are read in.
    """
    clean = NOT_IN_A_VALUE.sub("", value).strip()
    if kind == Kind.EMAIL:
        mailbox = email(clean)
        return Key(kind, wall_of(namespace), mailbox) if mailbox else None
    if kind == Kind.PHONE:
        number = phone(clean, country)
        return Key(kind, wall_of(namespace), number) if number else None
    if not clean or len(clean) > MAX_LENGTH or is_junk(clean):
        return None
    return Key(kind, namespace, clean)


def is_junk(value: str) -> bool:
    """Whether a value is a placeholder: a word that means nobody, or one character repeated."""
    folded = value.casefold()
    return folded in JUNK or (len(folded) >= 3 and len(set(folded)) == 1)


def email(value: str) -> str | None:
    """An e-mail address, lower case and NFC, its domain in Unicode; None when it is none, or nobody's.

    Case is folded in the mailbox too: no provider in use tells them apart, and people do not type it the same twice.
    """
    if len(value) > MAX_LENGTH:
        return None
    try:
        checked = validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    mailbox, domain = checked.local_part.casefold(), checked.domain.casefold()
    if mailbox in JUNK_MAILBOXES or domain in JUNK_DOMAINS or is_junk(mailbox):
        return None
    return unicodedata.normalize("NFC", f"{mailbox}@{domain}")


def phone(value: str, country: str) -> str | None:
    """A phone number in E.164, its extension dropped; None when it is withheld, too short, or no number.

    Possible numbers are taken, not only assigned ones: numbering plans change faster than libraries, and the numbers
    set aside for drama (+44 1632 960001) must work.
    """
    if len(value) > 60 or value.casefold() in WITHHELD or value in TWILIO_WITHHELD:
        return None
    sip = SIP_USER.match(value)
    text = sip.group(1) if sip else value
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    national = str(parsed.national_number)
    if not phonenumbers.is_possible_number(parsed) or len(national) < 6 or len(set(national)) == 1:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
