"""Countries, languages, postcodes, numbers and days as standards write them, of what people write. Pure.

Names and codes are the Unicode CLDR's, as Babel brings them.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache

from anyascii import anyascii
from babel import Locale
from babel.core import get_global

TWO, THREE = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z]{3}")
NO_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # CLDR's own, and parts of countries
SAID_OTHERWISE = {
    "england": "GB", "wales": "GB", "scotland": "GB", "northernireland": "GB", "greatbritain": "GB", "britain": "GB",
    "unitedkingdomofgreatbritainandnorthernireland": "GB", "unitedstatesofamerica": "US", "america": "US",
    "holland": "NL", "thenetherlands": "NL", "czechrepublic": "CZ", "slovakrepublic": "SK", "turkey": "TR",
    "republicofireland": "IE", "eire": "IE", "russianfederation": "RU", "republicofkorea": "KR", "burma": "MM",
    "myanmar": "MM", "ivorycoast": "CI", "macau": "MO", "palestine": "PS",
    "swaziland": "SZ", "macedonia": "MK", "uae": "AE", "caboverde": "CV", "easttimor": "TL",
}  # fmt: skip
NOT_LETTERS = re.compile(r"[^a-z]")
TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?((?:-[A-Za-z0-9]{1,8})*)")
ENCODING = re.compile(r"[.@][\w-]+$")  # of a POSIX locale: en_GB.UTF-8
POSTCODE = re.compile(r"[A-Z0-9][A-Z0-9 -]{0,10}[A-Z0-9]")
LONGEST, LONGEST_TAG = 100, 35


@cache
def country_names() -> Mapping[str, str]:
    """The English name of each country (ISO 3166-1, and Kosovo) by its code of two letters."""
    names = Locale("en").territories
    known = {code: str(name) for code, name in names.items() if TWO.fullmatch(code) and code not in NO_COUNTRIES}
    return {code: name.removesuffix(" SAR China") for code, name in known.items()}


@cache
def countries() -> Mapping[str, str]:
    """Codes of two letters, by whatever else a country is called: its letters alone, in lower case."""
    known = country_names()
    aliases = get_global("territory_aliases")
    longer = {code: now[0] for code, now in aliases.items() if THREE.fullmatch(code) and len(now) == 1}
    named = {letters(name): code for code, name in known.items()}
    codes = {code.lower(): now for code, now in longer.items() if now in known} | {code.lower(): code for code in known}
    return SAID_OTHERWISE | named | codes | {"uk": "GB"}


@cache
def languages() -> Mapping[str, str]:
    """Tags of languages by their English names: letters alone, in lower case."""
    return {letters(str(name)): tag.replace("_", "-") for tag, name in Locale("en").languages.items()}


def letters(text: str) -> str:
    return NOT_LETTERS.sub("", anyascii(text).lower().replace("&", "and").replace("saint", "st"))


@lru_cache(maxsize=10_000)
def country(text: str) -> str | None:
    """A country's code (ISO 3166-1 alpha-2) of its code of two or three letters, or of its English name."""
    said = letters(text)
    if not said or any(sign.isdigit() for sign in text):
        return None
    return countries().get(said) or countries().get(said.removeprefix("the"))


@lru_cache(maxsize=10_000)
def language(text: str) -> str | None:
    """A language's tag (BCP 47) in its usual case, of a tag, a locale or the language's English name."""
    tag = TAG.fullmatch(ENCODING.sub("", text.strip()).replace("_", "-"))
    if tag is None or len(tag[0]) > LONGEST_TAG:
        return languages().get(letters(text))
    tongue, script, region, rest = tag.groups()
    known, aliases = Locale("en").languages, get_global("language_aliases")
    tongue = str(aliases.get(tongue.lower(), tongue.lower()))
    if tongue not in known or (region and region.isalpha() and region.upper() not in country_names()):
        return languages().get(letters(text))
    return "-".join(filter(None, [tongue, script and script.title(), region and region.upper()])) + rest.lower()


@lru_cache(maxsize=10_000)
def postcode(text: str) -> str | None:
    """A postcode in capitals, with single blanks: of any country, 2 to 12 letters, digits, blanks and hyphens."""
    said = " ".join(text.split()).upper()
    return said if POSTCODE.fullmatch(said) else None


def reference(text: str) -> str | None:
    """A number or an id that somebody is known by elsewhere: of one line, and not a text."""
    said = text.strip()
    return said if 0 < len(said) <= LONGEST and said.isprintable() else None


@lru_cache(maxsize=10_000)
def day(text: str) -> str | None:
    """A day as 1986-11-29; of a whole ISO timestamp the day that it says, wherever on earth that was."""
    said = text.strip()
    try:
        found = date.fromisoformat(said[:10])
        if len(said) > 10:
            datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.isoformat() if said[:10] == found.isoformat() and said[10:11] in ("", "T", "t", " ") else None
