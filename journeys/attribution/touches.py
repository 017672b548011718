"""What is a touch, and what brought it: from what happened to the words that marketers use. Pure.

docs/decisions/touchpoints.md says which interactions are touches, and why.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from crm.privacy.masking import Veil
from journeys.attribution.sites import is_among

LONGEST_WORDS, LONGEST_PATH = 200, 300
# What a click id says where the address says no more: (source, medium). The first that is there counts. Meta puts its
# own on whatever leads out, paid or not.
CLICKS = {
    "gclid": ("google", "cpc"), "gbraid": ("google", "cpc"), "wbraid": ("google", "cpc"),
    "dclid": ("google", "display"), "msclkid": ("bing", "cpc"), "ttclid": ("tiktok", "cpc"),
    "twclid": ("twitter", "cpc"), "li_fat_id": ("linkedin", "cpc"), "fbclid": ("facebook", "referral"),
}  # fmt: skip
TOLD = ("source", "medium", "name", "term", "content")
NOBODYS = Veil()


class Marks(NamedTuple):
    """What brought somebody. click: the kind of click id, none of its value."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    keyword: str = ""
    content: str = ""
    click: str = ""


NO_MARKS = Marks()


class Hit(NamedTuple):
    """A web interaction that tells of a page, or of what brought it. campaign, clicks: as `data` has them."""

    interaction: int
    at: datetime
    campaign: Mapping[str, Any]
    clicks: Mapping[str, Any]
    referrer: str
    url: str
    path: str


class Touch(NamedTuple):
    """Something that may earn credit. via: its browser, or line. session: 0 where it is of no visit."""

    interaction: int
    identifier: int
    via: int
    session: int
    at: datetime
    channel: str
    marks: Marks = NO_MARKS
    landing: str = ""
    queue: str = ""

    @property
    def is_direct(self) -> bool:
        """Whether somebody came to our pages, and nothing says from where."""
        return self.channel == "web" and self.marks == NO_MARKS


class Visitor(NamedTuple):
    """Whose a part of a visit is."""

    identifier: int
    browser: int
    session: int


def touches_of(hits: Iterable[tuple[Visitor, Hit]]) -> Iterator[Touch]:
    """The touches of a visit: its landing, and every hit that a campaign other than the last one brought.

    hits: in their order, with whose each is: somebody may sign in half-way. Those between that say nothing of a
    campaign may be left out.
    """
    last: Marks | None = None
    for visitor, hit in hits:
        told = marks_of(hit.campaign, hit.clicks)
        if last is None:
            told = told if told != NO_MARKS else referred(hit.referrer, hit.url)
        elif told in (NO_MARKS, last):
            continue
        last = told
        yield Touch(
            hit.interaction, visitor.identifier, visitor.browser, visitor.session, hit.at, "web", told, landing(hit)
        )


def marks_of(campaign: Mapping[str, Any], clicks: Mapping[str, Any]) -> Marks:
    """What the address of a page, or of an advertisement, says of what brought somebody."""
    if not campaign and not clicks:
        return NO_MARKS
    click = next((name for name in CLICKS if clicks.get(name)), "")
    source, medium, *rest = (words(str(campaign.get(name) or "")) for name in TOLD)
    site, way = CLICKS.get(click, ("", ""))
    if not medium and source.casefold() in ("", site):
        medium = way
    name, keyword, content = rest
    return Marks(source or site, medium, name, keyword, content, click)


@lru_cache(maxsize=10_000)
def referred(referrer: str, url: str) -> Marks:
    """What the page before says of what brought somebody; nothing, where it was one of the same site."""
    site = host(referrer)
    if not site or site == host(url):
        return NO_MARKS
    return Marks(words(site), "organic" if is_among(site, "search") else "referral")


def host(address: str) -> str:
    """The site of an address, without www."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@lru_cache(maxsize=10_000)
def words(said: str) -> str:
    """What marketing said, without what could tell who somebody is."""
    return NOBODYS.text(said.replace("\0", "").strip())[:LONGEST_WORDS]


def landing(hit: Hit) -> str:
    """The path of a page, without what was asked of it and what could tell who somebody is."""
    return path_of(hit.path or hit.url)


@lru_cache(maxsize=10_000)
def path_of(address: str) -> str:
    try:
        return NOBODYS.text(urlsplit(address).path)[:LONGEST_PATH]
    except ValueError:
        return ""
