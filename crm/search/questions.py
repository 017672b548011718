"""What a search text may stand for: values, beginnings of values, a reference, last digits, names. Pure."""

import re
from dataclasses import dataclass

import phonenumbers

from crm.identity.normalise import email, phone
from crm.search.spelling import asked

MAX_TEXT = 200
MOST_TOKENS = 6
FEWEST_LAST_DIGITS = 4
FEWEST_FIRST_DIGITS = 3
MOST_LAST_DIGITS = 9  # what all notations of a number end in, whatever they make of its trunk zero
PHONE = re.compile(r"(?:(?:sips?|tel):)?\+?[\d\s().\-/]+(?:(?:ext\.?|x|#|@).*)?", re.IGNORECASE)
DIGIT = re.compile(r"\d")
BLANK = re.compile(r"\s+")
CALLED = re.compile(  # what is said before a reference
    r"(?:order|booking|reservation|ticket|case)\b\W*(?:(?:no|nr|number|ref|reference)\b\W*)?(?=.*\d)", re.IGNORECASE
)
PARTING = " -/.#_"  # what stands between the parts of a reference
BETWEEN = str.maketrans("", "", PARTING + "[]()")
FEWEST_NUMBER_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for.

    values, beginnings: of identifiers, as they are stored. reference: upper case, without what stands between its
    parts. number: that, where it may be the digits that a reference ends in. tail: a phone's last digits, reversed.
    tokens: of a name, folded; the last may still be being typed.
    """

    values: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    reference: str = ""
    number: str = ""
    tail: str = ""
    tokens: tuple[str, ...] = ()


def understand(query: str, country: str) -> Question | None:
    """Read a search text; None when it says nothing.

    country: the region code (ISO 3166-1) that national phone numbers are read in.
    """
    plain = query[: 4 * MAX_TEXT].replace("\0", "").encode(errors="ignore").decode()  # lone surrogates go, too
    text = BLANK.sub(" ", plain).strip()[:MAX_TEXT].strip()
    if not text:
        return None
    values, beginnings, tail = cases(text), cases(text), ""
    if address := email(text):
        values.append(address)
    if PHONE.fullmatch(text):
        digits = "".join(DIGIT.findall(text.replace("(0)", "")))
        values += filter(None, [phone(text, country)])
        beginnings += phone_beginnings(text, digits, country)
        tail = last_digits(digits)
    reference = bare(text)
    number = reference if is_number(reference) else ""
    return Question(unique(values), unique(beginnings), reference, number, tail, name_tokens(text))


def bare(text: str) -> str:
    """A text as a reference is compared: upper case, without its dashes and the like, and what it is called."""
    called = CALLED.match(text)
    return text[called.end() if called else 0 :].upper().translate(BETWEEN)


def is_number(reference: str) -> bool:
    """Whether it may be the digits of a reference whose letters nobody says."""
    return reference.isascii() and reference.isdigit() and len(reference) >= FEWEST_NUMBER_DIGITS


def cases(text: str) -> list[str]:
    """A text as it may be stored: as typed, in either case; a handle without its @."""
    bare = text[1:] if text.startswith("@") else ""
    return [form for form in (text, text.lower(), text.upper(), bare, bare.lower()) if form]


def unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def phone_beginnings(text: str, digits: str, country: str) -> list[str]:
    """How the phone numbers (E.164) begin that these may be the first digits of, while they are being typed."""
    significant = digits.lstrip("0")
    if len(significant) < FEWEST_FIRST_DIGITS:
        return []
    if text.startswith("+"):
        return [f"+{digits}"]
    if digits.startswith("00"):
        return [f"+{significant}"]
    code = phonenumbers.country_code_for_region(country)
    return [f"+{code}{significant}", f"+{code}{digits}", f"+{digits}"]


def last_digits(digits: str) -> str:
    """The last digits, last first; empty when there are too few to tell people apart."""
    significant = digits.lstrip("0") if len(digits) > FEWEST_LAST_DIGITS else digits
    return significant[::-1][:MOST_LAST_DIGITS] if len(significant) >= FEWEST_LAST_DIGITS else ""


def name_tokens(text: str) -> tuple[str, ...]:
    """The name in a text; what holds a digit or an @ is no part of one."""
    words = [word for word in text.split() if "@" not in word and not DIGIT.search(word)]
    return asked(" ".join(words))[:MOST_TOKENS]
