"""How each entry of the journey is said: what matters on one line, the rest below. Pure."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from crm.identity.kinds import Key, Kind
from crm.wording import duration, kind_word, phone, place, said_as
from journeys.customers.addresses import call_address, interaction_address, visit_address
from journeys.interactions.models import Interaction
from journeys.timeline.entries import Done, Entry, Happened, Joined, Visit

SHORT = 320  # characters of a text that are shown before it is opened
LOOKS = {
    "call": "phone",
    "email": "mail",
    "social": "chat",
    "web": "globe",
    "visit": "globe",
    "joined": "link",
    "work": "pen",
}
CLASSES = {"email": "mail", "visit": "web"}
OUTCOMES = {"missed": "Missed call", "voicemail": "Voicemail", "failed": "Failed call", "ringing": "Ringing"}
DEEDS = {"task": "check", "promise": "shield", "sale": "tag", "case": "folder", "call": "phone"}
TOLD = frozenset({"html", "quoted"})  # shown elsewhere, or never as it is
BASES = {"staff": "joined by staff", "scored": "joined by a match score", "rule": "joined by a rule"}


@dataclass(slots=True)
class Line:
    """An entry as it stands on the screen.

    what: the line itself. left: where a visit ended. remarks: more on the same line. below: one line under it.
    text, quoted: readable in place. call_id: of an interaction that can be heard or read. version: changes when what is
    shown does. is_hushed: to know, not to say.
    """

    anchor: str
    look: str
    icon: str
    at: datetime  # of the clocks here
    what: str
    left: str = ""
    is_bad: bool = False
    remarks: list[str] = field(default_factory=list)
    below: str = ""
    text: str = ""
    quoted: str = ""
    attachments: list[str] = field(default_factory=list)
    visit_id: int | None = None
    steps: int = 0
    interaction_id: int | None = None
    call_id: int | None = None
    version: str = ""
    is_hushed: bool = False

    @property
    def has_more(self) -> bool:
        return bool(self.below or self.text or self.quoted or self.attachments or self.visit_id or self.call_id)

    @property
    def address(self) -> str:
        """Of the interaction's own page; empty when it has none."""
        return interaction_address(self.interaction_id) if self.interaction_id else ""

    @property
    def visit_address(self) -> str:
        return visit_address(self.visit_id) if self.visit_id else ""

    @property
    def call_address(self) -> str:
        return call_address(self.call_id) if self.call_id else ""

    @property
    def moment(self) -> str:
        return self.at.isoformat(timespec="seconds")

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M}"

    @property
    def lead(self) -> str:
        """The beginning of a long text; empty when all of it is short."""
        if len(self.text) <= SHORT:
            return ""
        return self.text[:SHORT].rsplit(maxsplit=1)[0] + " …"


def line(entry: Entry, sources: Mapping[int, str]) -> Line:
    """The line of an entry. sources: names by id."""
    if isinstance(entry, Visit):
        made = visit_line(entry)
    elif isinstance(entry, Joined):
        made = joined_line(entry)
    elif isinstance(entry, Done):
        made = deed_line(entry)
    else:
        made = interaction_line(entry)
        made.remarks.append(sources.get(entry.interaction.source_id, ""))
    made.remarks = [remark for remark in made.remarks if remark]
    seen = (made.what, made.left, made.steps, made.remarks, made.below, made.text, made.quoted, made.attachments)
    made.version = f"{zlib.crc32(repr(seen).encode()):x}"
    return made


def blank(entry: Entry, what: str) -> Line:
    look = CLASSES.get(entry.kind, entry.kind)
    return Line(entry.anchor, look, LOOKS[entry.kind], timezone.localtime(entry.position.at), what)


def interaction_line(entry: Happened) -> Line:
    said = entry.interaction
    made = blank(entry, WHAT.get(said.channel, other_what)(said))
    made.interaction_id = said.pk
    made.text, made.quoted = said.body.strip(), str(said.data.get("quoted") or "").strip()
    made.remarks += REMARKS.get(said.channel, web_remarks)(said)
    made.remarks += [campaign(said.data)]
    if said.channel == "call" and (said.body or said.data.get("recordings")):
        made.call_id = said.pk
    made.is_bad = said.channel == "call" and said.data.get("outcome") in ("missed", "failed")
    made.attachments = [attachment(item) for item in listed(said.data.get("attachments"))]
    return made


def deed_line(done: Done) -> Line:
    """Note, by Priya N.; Case, by Priya N.: what was done stands below."""
    deed = done.deed
    made = blank(done, deed.Kind(deed.kind).label)
    made.icon = DEEDS.get(deed.kind, made.icon)
    made.remarks = [deed.by, "taken back" if deed.undone_at else ""]
    made.text = "" if deed.undone_at else deed.said
    return made


# What each is called


def call_what(said: Interaction) -> str:
    seconds = said.data.get("duration")
    way = "Call out" if said.direction == "out" else "Call in"
    what = OUTCOMES.get(str(said.data.get("outcome")), way)
    if what == "Missed call" and said.direction == "out":
        what = "Call out, not answered"
    return f"{what}, {duration(seconds)}" if isinstance(seconds, int | float) and seconds > 0 else what


def mail_what(said: Interaction) -> str:
    return said.title or "(no subject)"


def other_what(said: Interaction) -> str:
    return said.title or said.kind.replace("_", " ").capitalize()


WHAT = {"call": call_what, "email": mail_what}


# What is said beside it


def call_remarks(said: Interaction) -> list[str]:
    data = said.data
    agent = data.get("agent")
    other = data.get("to") if said.direction == "out" else data.get("from")
    return [
        f"with {str(agent).removeprefix('client:').removeprefix('sip:')}" if agent else "",
        phone(str(other)) if other else "",
        "recorded" if data.get("recordings") else "",
    ]


def mail_remarks(said: Interaction) -> list[str]:
    to = listed(said.data.get("to"))
    return [
        "we wrote" if said.direction == "out" else "",
        f"to {', '.join(addressee(str(one)) for one in to[:2])}" if to and said.direction == "out" else "",
        "sent by a machine" if said.data.get("is_automatic") else "",
    ]


def addressee(written: str) -> str:
    """Whom an address header names: by name, else by address."""
    name, address = parseaddr(written)
    return name or address or written


def social_remarks(said: Interaction) -> list[str]:
    reactions = [str(item.get("emoji") or item.get("reaction") or "") if isinstance(item, dict) else str(item)
                 for item in listed(said.data.get("reactions"))]  # fmt: skip
    status = said.data.get("status")
    return ["we wrote" if said.direction == "out" else "", str(status) if status else "", " ".join(reactions)]


def web_remarks(said: Interaction) -> list[str]:
    return [str(said.data.get("url") or "")]


REMARKS = {"call": call_remarks, "email": mail_remarks, "social": social_remarks}


def campaign(data: Mapping[str, Any]) -> str:
    """The campaign that brought it: Winter sun (newsletter); Google Ads, “bahamas all inclusive”."""
    told = data.get("campaign")
    if not isinstance(told, dict):
        return str(told) if told else ""
    source, term, name = (str(told.get(part) or "") for part in ("source", "term", "name"))
    if name:
        return f"{name} ({source})" if source else name
    return ", ".join(part for part in (source, f"“{term}”" if term else "") if part)


def attachment(item: Any) -> str:
    """An attachment's name, or what it is."""
    if not isinstance(item, dict):
        return str(item)
    return str(item.get("name") or item.get("title") or item.get("type") or "attachment")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# Visits and joins


def visit_line(visit: Visit) -> Line:
    """Visit, 11 min, 7 pages; left at the quote; from Google Ads on an iPhone."""
    seconds = visit.duration.total_seconds()
    counted = f"{visit.pages} page{'s' if visit.pages != 1 else ''}"
    if not visit.pages:
        counted = f"{visit.hits} step{'s' if visit.hits != 1 else ''}"
    parts = ["Visit", duration(60 * round(seconds / 60)) if seconds >= 60 else "", counted]
    made = blank(visit, ", ".join(part for part in parts if part))
    landing, leaving = named(visit.landing), named(visit.exit)
    made.left = leaving if visit.hits > 1 and leaving != landing else ""
    made.remarks = [] if made.left else [landing]
    made.below = " · ".join(part for part in (came_from(visit.landing), str(visit.landing.get("device") or "")) if part)
    made.visit_id, made.steps = visit.head.pk if visit.hits > 1 else None, visit.hits
    return made


def named(hit: Mapping[str, Any]) -> str:
    return str(hit.get("title") or hit.get("url") or hit.get("kind") or "")


def came_from(landing: Mapping[str, Any]) -> str:
    """What brought a visit: its campaign, else the site that it came from."""
    if told := campaign(landing):
        return f"From {told}"
    site = urlsplit(str(landing.get("referrer") or "")).netloc
    return f"From {site.removeprefix('www.')}" if site else ""


def joined_line(joined: Joined) -> Line:
    """Recognised: this browser is anna@example.com, login id 4711; Joined: two that are one customer."""
    known = [key_words(key) for key in joined.keys if key.kind not in Kind.anonymous()]
    browsers = len(joined.keys) - len(known)
    made = blank(joined, "Recognised" if browsers and known else "Joined")
    if browsers and known:
        whose = "this browser is" if browsers == 1 else f"{browsers} browsers are"
        made.remarks = [f"{whose} {', '.join(known)}"]
    else:
        made.remarks = [f"{' and '.join(known) or f'{browsers} browsers'} are one customer"]
    made.remarks += [BASES.get(joined.basis, "seen together")]
    return made


def key_words(key: Key) -> str:
    """An identifier in a sentence; addresses and phones need no word for what they are."""
    said = said_as(key.value, key.kind)
    if key.kind in (Kind.EMAIL, Kind.PHONE):
        return said
    return f"{place(key.namespace)} {said}" if key.kind == Kind.HANDLE else f"{kind_word(key.kind).lower()} {said}"


# All there is to an interaction


def details(said: Interaction) -> list[tuple[str, str]]:
    """(label, value) of everything else that came with an interaction, for its own page."""
    found = [(name.replace("_", " ").capitalize(), in_words(value)) for name, value in sorted(said.data.items())
             if name not in TOLD]  # fmt: skip
    return [(name, value) for name, value in found if value]


def in_words(value: Any) -> str:
    """A JSON value as a reader would write it."""
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {in_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(in_words(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
