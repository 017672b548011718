"""Understanding one mail: who wrote to whom, what is new in it, and what it belongs to. Pure: a mail in, drafts out."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.adapter import Draft, SourceFacts
from integrations.email import headers
from integrations.email.bodies import Body, body_of
from integrations.email.headers import Address, Head
from integrations.email.inbound import InboundMail
from integrations.email.people import name_traits
from integrations.email.quoting import Folded, fold_quotes
from integrations.errors import Unreadable
from journeys.interactions.drafts import Channel, ConsentGiven, Direction, Seen
from journeys.interactions.plain import plain_text

MAX_KEY = 200
MAX_SUBJECT = 500
MAX_BODY = 100_000  # characters
MAX_QUOTED = 20_000
MAX_REFERENCES = 50
MAX_LISTED = 100  # addresses of one header that are listed
NONE: frozenset[str] = frozenset()
NO_SUBJECT = "(no subject)"
AUTOMATIC_PRECEDENCE = {"bulk", "list", "junk", "auto_reply", "auto-reply"}
ONE_CLICK = "list-unsubscribe=one-click"
STOP_WORDS = {"unsubscribe", "unsubscribe me", "stop", "stopall", "opt out", "opt-out", "remove me", ONE_CLICK}
REPLY_MARK = re.compile(r"^(?:(?:re|fw|fwd|aw|wg|sv|vs|tr|rif)\s*:\s*)+", re.IGNORECASE)
NUMBER = r"[\s:#.-]{0,3}(?:(?:no|nr|number|ref|id)\b[\s:#.]{0,3})?([A-Z0-9][A-Z0-9-]{1,30})\b"
NUMBERED = (
    ("ticket", re.compile(r"\[\s?(?:ticket|case)?\s?#(\d{2,15})\s?\]", re.IGNORECASE)),
    ("ticket", re.compile(r"\b(?:ticket|case)" + NUMBER, re.IGNORECASE)),
    ("order", re.compile(r"\border" + NUMBER, re.IGNORECASE)),
    ("booking", re.compile(r"\b(?:booking|reservation)" + NUMBER, re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as read. extras: what the provider adds for `data`."""

    key: str
    message_id: str
    sender: Address
    others: Sequence[Address]  # further authors of a From with several
    to: Sequence[Address]
    cc: Sequence[Address]
    sent_at: datetime
    subject: str
    body: Body
    text: Folded
    references: Sequence[str]
    in_reply_to: str
    is_automatic: bool
    extras: dict[str, Any]

    @property
    def thread(self) -> str:
        """What all mails of one conversation share: the Message-ID of its first."""
        return next(iter(self.references), "") or self.in_reply_to or self.message_id

    @property
    def is_a_stop(self) -> bool:
        """Whether it says nothing but that no more mail is wanted."""
        words = self.text.new.strip(" .!\n").casefold()
        return REPLY_MARK.sub("", self.subject).strip(" .!").casefold() in STOP_WORDS or words in STOP_WORDS


def drafts(message: InboundMail, source: SourceFacts, received_at: datetime, extras: dict[str, Any]) -> list[Draft]:
    """One draft for a mail that came in, one per outside recipient for one that our own side wrote; internal: none.

    extras: what the provider knows beside the mail. Raises Unreadable when nobody can be named as its sender.
    """
    mail = read(message, received_at, extras)
    own = own_domains(source)
    if is_own(mail.sender, own):
        return list(outgoing(mail, own))
    consents = (ConsentGiven("marketing", False, "email"),) if mail.is_a_stop else ()
    return [draft(mail, mail.key, mail.sender, Direction.IN, consents)]


def read(message: InboundMail, received_at: datetime, extras: dict[str, Any]) -> Mail:
    head = message.head
    author, others = senders(head)
    body = body_of(message)
    replied = headers.message_ids(head, "In-Reply-To")
    return Mail(
        key=mail_key(message),
        message_id=plain_text(headers.own_message_id(head)),
        sender=author,
        others=others,
        to=headers.addresses(head, "To"),
        cc=headers.addresses(head, "Cc"),
        sent_at=headers.sent_at(head, received_at),
        subject=plain_text(headers.value(head, "Subject"))[:MAX_SUBJECT] or NO_SUBJECT,
        body=body,
        text=fold_quotes(body.text),
        references=shortened(headers.message_ids(head, "References")),
        in_reply_to=replied[0] if replied else "",
        is_automatic=is_automatic(head),
        extras=extras,
    )


def senders(head: Head) -> tuple[Address, list[Address]]:
    """The first author, and the others. Raises Unreadable, with the reason, when there is none to name."""
    authors = headers.addresses(head, "From")
    if not headers.values(head, "From"):
        raise Unreadable("the mail has no From header, so nobody can be named as its sender")
    longest = max((len(author.address) for author in authors), default=0)
    if longest > headers.MAX_ADDRESS:
        raise Unreadable(f"the From address is {longest} characters long; {headers.MAX_ADDRESS} is the most there is")
    found = [author for author in authors if author.is_address]
    if not found:
        raise Unreadable("the From header holds no e-mail address, so nobody can be named as the mail's sender")
    return found[0], found[1:]


def mail_key(message: InboundMail) -> str:
    """What tells a mail from every other: its Message-ID, or a digest of it when it has none."""
    found = headers.own_message_id(message.head)
    return bounded(plain_text(found)) if found else "sha256:" + digest(message)


def digest(message: InboundMail) -> str:
    """A digest of what stays the same when a provider sends a mail again."""
    told = [text for name in ("From", "To", "Date", "Subject") for text in headers.values(message.head, name)]
    return hashlib.sha256("\n".join([*told, body_of(message).text]).encode("utf-8", "replace")).hexdigest()


def bounded(key: str) -> str:
    """A key of no more than 200 characters; a longer one ends in its digest."""
    if len(key) <= MAX_KEY:
        return key
    return key[:130] + "~" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def shortened(references: Sequence[str]) -> Sequence[str]:
    """The first reference, which names the thread, and the latest of the others."""
    return references if len(references) <= MAX_REFERENCES else [references[0], *references[1 - MAX_REFERENCES :]]


def is_automatic(head: Head) -> bool:
    """Whether a machine sent it: an absence notice, a newsletter, a bounce."""
    submitted = headers.value(head, "Auto-Submitted").partition(";")[0].strip().casefold()
    precedence = headers.value(head, "Precedence").strip().casefold()
    return submitted not in ("", "no") or precedence in AUTOMATIC_PRECEDENCE


def own_domains(source: SourceFacts) -> frozenset[str]:
    """The domains that our own side writes from, as the source's settings list them."""
    listed = source.settings.get("own_domains", [])
    domains = listed.replace(",", " ").split() if isinstance(listed, str) else listed
    return frozenset(str(domain).strip(" @").casefold() for domain in domains) if isinstance(domains, list) else NONE


def is_own(address: Address, own: frozenset[str]) -> bool:
    return any(address.domain == domain or address.domain.endswith("." + domain) for domain in own if domain)


def outgoing(mail: Mail, own: frozenset[str]) -> Iterator[Draft]:
    """One draft for each outside recipient of a mail that our own side wrote."""
    outside: dict[str, Address] = {}
    for address in (*mail.to, *mail.cc):
        if address.is_address and not is_own(address, own):
            outside.setdefault(address.address.casefold(), address)
    for folded, address in outside.items():
        key = mail.key if len(outside) == 1 else bounded(f"{mail.key}:{folded}")
        yield draft(mail, key, address, Direction.OUT, ())


def draft(mail: Mail, key: str, customer: Address, direction: Direction, consents: tuple[ConsentGiven, ...]) -> Draft:
    """A mail as one interaction with one customer. Only what customers say of themselves becomes a trait."""
    return Draft(
        key=key,
        channel=Channel.EMAIL,
        kind="email",
        occurred_at=mail.sent_at,
        identifiers=(Seen("email", customer.address),),
        direction=direction,
        title=mail.subject,
        body=mail.text.new[:MAX_BODY],
        data=data_of(mail),
        traits=name_traits(customer.name) if direction == Direction.IN else {},
        consents=consents,
        references=tuple(numbers_in(mail.subject)),
    )


def data_of(mail: Mail) -> dict[str, Any]:
    """Everything else worth showing; what is empty is left out."""
    found = {
        "from": str(mail.sender),
        "from_others": listed(mail.others),
        "to": listed(mail.to),
        "cc": listed(mail.cc),
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "thread": mail.thread,
        "quoted": mail.text.rest[:MAX_QUOTED],
        "html": mail.body.html,
        "attachments": mail.body.attachments,
        "is_automatic": mail.is_automatic,
        **mail.extras,
    }
    return {name: value for name, value in found.items() if value}


def listed(found: Sequence[Address]) -> list[str]:
    return [str(address)[:400] for address in found[:MAX_LISTED]]


def numbers_in(subject: str) -> Iterator[tuple[str, str]]:
    """(kind, number) of the tickets, orders and bookings that a subject names; each holds a digit."""
    for kind, pattern in NUMBERED:
        for number in pattern.findall(subject):
            if any(letter.isdigit() for letter in number):
                yield kind, number.upper()
