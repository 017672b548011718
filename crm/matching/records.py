"""Records as they are compared: several values for each field, and the features made of them. Pure.

Features are computed here and nowhere else: the whole pass in DuckDB and the live scorer read the same columns.
All are ASCII, so that an edit distance counts letters in both.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from anyascii import anyascii
from jellyfish import metaphone

from crm.profile.names import NICKNAMES, TITLES

FIELDS = tuple(
    "given_name middle_name surname full_name date_of_birth email phone street_number street address2 city state "
    "postcode country national_id company language".split()
)
PARTED_NAMES = ("given_name", "middle_name", "surname")
EXTRA = "extra:"
WALL = "wall"  # a field beside those: the brand that a record is walled off with; it parts blocks, and is not compared
Values = tuple[str, ...]
Record = Mapping[str, Values]  # by field; a field without values may be left out
Features = Mapping[str, Values]  # by column; likewise

NOTHING = frozenset(
    "unknown none null nil nan na n a test anonymous anon undefined missing not known not given x xx xxx".split()
) | {"n a", "not known", "not given", "not available", "no name"}
SHORT_WORDS = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "dr": "drive", "ln": "lane",
    "ct": "court", "pl": "place", "cres": "crescent", "cl": "close", "gdns": "gardens", "sq": "square",
    "blvd": "boulevard", "tce": "terrace", "apt": "flat", "hwy": "highway", "cct": "circuit", "pde": "parade",
}  # fmt: skip
COMPANY_FORMS = frozenset("ltd limited plc inc llc llp corp corporation co company gmbh ag sa srl bv pty the".split())
PLACEHOLDER_DAYS = frozenset("19000101 18991231 00010101 99991231 11111111 00000000 19700101".split())
NO_DIGITS, FIGURES = re.compile(r"\D"), re.compile(r"\d+")
NUMBER_FIRST = re.compile(r"^\s*(\d+[a-zA-Z]?)[\s,]+(\D.*)$")
WORDS = {code: " " for code in range(128) if not chr(code).isalnum()} | {ord("'"): None}  # marks part words
PHONE_DIGITS = 10
MIN_PHONE_DIGITS = 6


def fold(text: str) -> str:
    """Lower-case ASCII words, one blank between: accents dropped, other scripts transliterated, marks parted."""
    plain = text.lower() if text.isascii() else anyascii(text).lower()
    return " ".join(plain.translate(WORDS).split())


def words_of(text: str) -> list[str]:
    """The folded words of a value; none where it is a placeholder."""
    folded = fold(text)
    return [] if folded in NOTHING else folded.split()


def unique(*values: str) -> Values:
    """The values that say something, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, values)))


def sound(word: str) -> str:
    """How a word sounds; the word itself where its letters give no sound."""
    return str(metaphone(word)) or word


def given_names(text: str) -> dict[str, Values]:
    words = [word for word in words_of(text) if word not in TITLES]
    if not words:
        return {}
    named = unique(words[0], "".join(words))
    roots = unique(*named, *sorted(root for word in named for root in NICKNAMES.canonicals_of(word)))
    return {"given": named, "given_root": roots, "given_sound": (sound(words[0]),), "swap_given": named[-1:]}


def surnames(text: str) -> dict[str, Values]:
    words = words_of(text)
    if not words:
        return {}
    joined = "".join(words)
    sounds = unique(*(sound(word) for word in (joined, *words)))
    return {"surname": (joined,), "surname_part": unique(joined, *words), "surname_sound": sounds} | {
        "swap_surname": (joined,)
    }


def middle_names(text: str) -> dict[str, Values]:
    words = words_of(text)
    return {"middle": (words[0],), "middle_initial": (words[0][0],)} if words else {}


def birth_dates(text: str) -> dict[str, Values]:
    """A date as YYYYMMDD and its parts; figures that are no date stay as they are, a typo apart from one."""
    day = eight_digits(text)
    if not day or day in PLACEHOLDER_DAYS:
        return {}
    year, month, date = day[:4], day[4:6], day[6:]
    return {
        "dob": (day,),
        "dob_swapped": (year + date + month,),
        "dob_next": (f"{int(year) + 1:04}{month}{date}",),
        "dob_day": (month + date,),
        "dob_month": (year + month,),
        "dob_year": (year,),
        "dob_year_day": (year + date,),
    }


def eight_digits(text: str) -> str:
    """The date that a text says, as YYYYMMDD: 1989-04-03, 19890403, 3/4/1989, 03.04.89; a time after it is dropped."""
    parts = FIGURES.findall(text)[:3]
    if parts and len(parts[0]) == 8:
        return str(parts[0])
    if len(parts) < 3:
        return ""
    if len(parts[0]) == 4:
        return f"{parts[0]}{parts[1]:0>2}{parts[2]:0>2}"[:8]
    first, second, year = parts
    if int(second) > 12 >= int(first):
        first, second = second, first
    century = ("19" if int(year) > 30 else "20") if len(year) == 2 else ""
    day = f"{century}{year}{second:0>2}{first:0>2}"
    return day if len(day) == 8 else ""


def emails(text: str) -> dict[str, Values]:
    address = (text if text.isascii() else anyascii(text)).strip().lower()
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or fold(local) in NOTHING:
        return {}
    mailbox = local.partition("+")[0]
    return {"email": (f"{mailbox}@{domain}",), "email_local": (mailbox,)}


def phones(text: str) -> dict[str, Values]:
    digits = NO_DIGITS.sub("", text).lstrip("0")[-PHONE_DIGITS:]
    is_number = len(digits) >= MIN_PHONE_DIGITS and len(set(digits)) > 1
    return {"phone": (digits,)} if is_number else {}


def streets(text: str) -> dict[str, Values]:
    words = [SHORT_WORDS.get(word, word) for word in words_of(text)]
    joined = "".join(words)
    return {"street": (joined,), "street_sound": (sound(words[0]),)} if joined else {}


def postcodes(text: str) -> dict[str, Values]:
    code = "".join(words_of(text))
    area = code[:-3] if len(code) > 4 else code[:-1]
    return {"postcode": (code,), "postcode_area": (area,)} if code and area else {}


def companies(text: str) -> dict[str, Values]:
    words = words_of(text)
    named = [word for word in words if word not in COMPANY_FORMS] or words
    return {"company": ("".join(named),), "company_sound": (sound(named[0]),)} if named else {}


def walls(text: str) -> dict[str, Values]:
    return {WALL: (text,)}


def plain(column: str) -> Callable[[str], dict[str, Values]]:
    """What makes one column of a value: its folded words, joined."""

    def derive(text: str) -> dict[str, Values]:
        joined = "".join(words_of(text))
        return {column: (joined,)} if joined else {}

    return derive


DERIVED: dict[str, Callable[[str], dict[str, Values]]] = {
    "given_name": given_names,
    "middle_name": middle_names,
    "surname": surnames,
    "date_of_birth": birth_dates,
    "email": emails,
    "phone": phones,
    "street_number": plain("number"),
    "street": streets,
    "address2": plain("line2"),
    "city": plain("city"),
    "state": plain("state"),
    "postcode": postcodes,
    "country": plain("country"),
    "national_id": plain("national_id"),
    "company": companies,
    "language": plain("language"),
    WALL: walls,
}


def extra_column(field: str) -> str:
    """The column of a field of its own: extra_occupation of extra:occupation."""
    return "extra_" + re.sub(r"\W", "_", field.removeprefix(EXTRA).lower())


@lru_cache(maxsize=200_000)
def derive(field: str, values: Values) -> dict[str, Values]:
    """The feature columns that one field's values make, each value's own in the values' order."""
    make = DERIVED.get(field) or plain(extra_column(field))
    if len(values) == 1:
        return make(values[0])
    found: dict[str, Values] = {}
    for value in values:
        for column, made in make(value).items():
            found[column] = unique(*found.get(column, ()), *made)
    return found


def completed(record: Record) -> dict[str, Values]:
    """The record with its full name and its street taken apart, where their parts are not told."""
    told = {field: values for field, values in record.items() if values}
    if "full_name" in told:
        for field, values in zip(PARTED_NAMES, parted_names(told.pop("full_name")), strict=True):
            if values:
                told.setdefault(field, values)
    if "street" in told and "street_number" not in told:
        number, told["street"] = parted_streets(told["street"])
        told |= {"street_number": number} if number else {}
    return told


def parted_names(names: Values) -> tuple[Values, ...]:
    """The given, middle and last names of full ones."""
    parts = [name_parts(name) for name in names]
    return tuple(unique(*(part[at] for part in parts)) for at in range(len(PARTED_NAMES)))


def parted_streets(streets: Values) -> tuple[Values, Values]:
    """The numbers that streets begin with, and those streets without; as they are where none does."""
    numbered = [match.groups() for street in streets if (match := NUMBER_FIRST.match(street))]
    if not numbered:
        return (), streets
    return unique(*(number for number, _ in numbered)), unique(*(street for _, street in numbered))


@lru_cache(maxsize=100_000)
def name_parts(name: str) -> tuple[str, str, str]:
    """The given, middle and last name of a full one; "Whitfield, Anna" is put in order first."""
    last, comma, first = name.partition(",")
    words = [word for word in fold(f"{first} {last}" if comma else name).split() if word not in TITLES]
    if not words:
        return "", "", ""
    return (words[0], " ".join(words[1:-1]), words[-1]) if len(words) > 1 else ("", "", words[0])


def features(record: Record) -> dict[str, Values]:
    """The feature columns of one record."""
    found: dict[str, Values] = {}
    for field, values in completed(record).items():
        found |= derive(field, values)
    return found
