"""Mails, as Postmark's inbound webhook delivers them: customers' own, and copies of what agents write. Pure."""

from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from html import escape

from integrations.demo.letters import MAIL, Scene
from integrations.demo.people import uuid
from integrations.demo.words import Facts, say, stock

DOMAIN = "northstar-holidays.example"
DESK = ("Northstar Holidays", f"hello@{DOMAIN}")
PAPERS = {"pdf": "application/pdf", "jpg": "image/jpeg", "ics": "text/calendar"}
QUOTED = 3  # earlier mails that a program quotes under an answer

Mailbox = tuple[str, str]  # name, address


class Thread:
    """One conversation by mail; each answer quotes what came before."""

    def __init__(self, scene: Scene, who: Mailbox, subject: str, desk: Mailbox = DESK) -> None:
        self.scene, self.who, self.subject, self.desk = scene, who, subject, desk
        self.ids: list[str] = []
        self.history: list[tuple[datetime, str, str]] = []
        self.is_html = scene.is_lucky(0.15)

    def write(self, at: datetime, text: str, files: Sequence[str] = ()) -> None:
        """The customer writes."""
        self.post(at, self.who, self.desk, text, files)

    def answer(self, at: datetime, text: str, files: Sequence[str] = ()) -> None:
        """An agent writes."""
        self.post(at, self.desk, self.who, text, files)

    def post(self, at: datetime, sender: Mailbox, to: Mailbox, text: str, files: Sequence[str]) -> None:
        subject = f"Re: {self.subject}" if self.ids else self.subject
        message_id = f"<{self.scene.hex(24)}@{sender[1].partition('@')[2]}>"
        body = text + quoted(self.history)
        headers = {
            "From": f"{sender[0]} <{sender[1]}>", "To": f"{to[0]} <{to[1]}>", "Subject": header(subject),
            "Date": format_datetime(at), "Message-ID": message_id, "MIME-Version": "1.0",
        } | self.references()  # fmt: skip
        self.scene.send(at, MAIL, {
            "FromName": sender[0], "From": sender[1], "FromFull": full(sender), "To": to[1], "ToFull": [full(to)],
            "OriginalRecipient": self.desk[1], "Subject": subject, "MessageID": uuid(self.scene),
            "MessageStream": "inbound", "Date": headers["Date"], "TextBody": body,
            "RawEmail": mime(headers, body, self.is_html, files, self.scene.hex(16)),
        })  # fmt: skip
        self.ids.append(message_id)
        self.history.insert(0, (at, f"{sender[0]} <{sender[1]}>", text))

    def references(self) -> dict[str, str]:
        return {"In-Reply-To": self.ids[-1], "References": "\r\n ".join(self.ids)} if self.ids else {}


def full(mailbox: Mailbox) -> dict[str, str]:
    return {"Email": mailbox[1], "Name": mailbox[0], "MailboxHash": ""}


def quoted(history: Sequence[tuple[datetime, str, str]]) -> str:
    """What an answer carries along, each older mail one level deeper."""
    lines: list[str] = []
    for depth, (at, who, text) in enumerate(history[:QUOTED]):
        mark = "> " * depth
        lines += ["", f"{mark}On {at:%a, %d %b %Y at %H:%M}, {who} wrote:", mark.strip()]
        lines += [f"{mark}> {line}".rstrip() for line in text.splitlines()]
    return "\n" + "\n".join(lines) if lines else ""


# The mail as it is, which Postmark sends along when asked to ("Include raw email content")


def mime(headers: Mapping[str, str], body: str, is_html: bool, files: Sequence[str], boundary: str) -> str:
    """A whole mail. boundary: for its parts, where it has several."""
    parts = [part("text/plain; charset=utf-8", body)]
    if is_html:
        both = [*parts, part("text/html; charset=utf-8", html(body))]
        parts = [multipart("alternative", f"alt-{boundary}", both)]
    if files:
        parts = [multipart("mixed", f"mix-{boundary}", [*parts, *map(attached, files)])]
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + parts[0]


def multipart(kind: str, boundary: str, parts: Sequence[str]) -> str:
    inner = "".join(f"--{boundary}\r\n{each}\r\n" for each in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inner}--{boundary}--\r\n'


def part(kind: str, text: str) -> str:
    content = b2a_qp(text.replace("\n", "\r\n").encode()).decode()
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{content}"


def attached(name: str) -> str:
    """A file by its name; what is in it says what it would be."""
    content = b64encode(f"Demonstration data: {name}".encode()).decode()
    kind = PAPERS[name.rpartition(".")[2]]
    disposition = f'Content-Disposition: attachment; filename="{name}"'
    return f"Content-Type: {kind}\r\n{disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n{content}"


def header(text: str) -> str:
    """A header's text, encoded where it is not ASCII."""
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n")


def html(text: str) -> str:
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in text.split("\n\n")).replace("\n", "<br>")
    return f'<html><body><div style="font-family: Calibri, sans-serif">{paragraphs}</div></body></html>'


# What is written


def from_customer(scene: Scene, text: str, facts: Facts, greetings: str = "greetings") -> str:
    mails = stock("mails")
    return "\n\n".join([say(scene, mails[greetings], facts), text, say(scene, mails["signoffs"], facts)])


def from_agent(scene: Scene, text: str, facts: Facts) -> tuple[str, Sequence[str]]:
    """An agent's mail, and the papers that it speaks of."""
    mails = stock("mails")
    whole = [say(scene, mails["agent_greetings"], facts), text, say(scene, mails["agent_signoffs"], facts)]
    return "\n\n".join(whole), [scene.pick(["e-ticket.pdf", "confirmation.pdf"])] if "attached" in text else ()


def correspond(scene: Scene, who: Mailbox, at: datetime, topic: str, facts: Facts, rounds: int = 1) -> datetime:
    """A customer writes about a topic of the stock and is answered, so many times; returns when the last mail came."""
    case = scene.pick(stock("mails")["topics"][topic])
    thread = Thread(scene, who, say(scene, case["subjects"], facts))
    first = say(scene, case["first"], facts)
    thread.write(at, first if topic == "unsubscribe" else from_customer(scene, first, facts), enclosed(scene, topic))
    at = scene.at_work(at + scene.minutes(40, 1500))
    answer = say(scene, case["answers"], facts)
    if facts["ticket"] in answer:  # from then on it is filed under its number
        thread.subject += f" [#{facts['ticket']}]"
    thread.answer(at, *from_agent(scene, answer, facts))
    for n, (more, again) in enumerate(zip(shuffled(scene, case["more"]), shuffled(scene, case["again"]), strict=False)):
        at = scene.awake(at + scene.minutes(30, 2500))
        if n + 1 >= rounds and scene.is_lucky(0.5):
            break
        thread.write(at, from_customer(scene, more.format_map(facts), facts, "greetings_back"))
        if n + 1 >= rounds:
            break
        at = scene.at_work(at + scene.minutes(40, 1500))
        thread.answer(at, *from_agent(scene, again.format_map(facts), facts))
    return at


def shuffled(scene: Scene, options: Sequence[str]) -> list[str]:
    return scene.dice.sample(options, len(options))


def enclosed(scene: Scene, topic: str) -> Sequence[str]:
    """The photographs and papers that people send along."""
    if topic == "complaint" and scene.is_lucky(0.6):
        return [f"IMG_{scene.number(1000, 9999)}.jpg" for _ in range(scene.number(1, 4))]
    return [f"scan-{scene.number(1, 31)}.pdf"] if topic in ("change", "assistance") and scene.is_lucky(0.3) else ()


def confirm(scene: Scene, who: Mailbox, at: datetime, facts: Facts) -> None:
    """The confirmation of a booking."""
    told = stock("mails")["confirmation"]
    thread = Thread(scene, who, told["subject"].format_map(facts), ("Northstar Bookings", f"bookings@{DOMAIN}"))
    thread.answer(at, told["text"].format_map(facts), [f"confirmation-{facts['order']}.pdf"])


def newsletter(scene: Scene, who: Mailbox, at: datetime, facts: Facts) -> None:
    """What goes out on a Sunday."""
    told = stock("mails")["newsletter"]
    thread = Thread(scene, who, say(scene, told["subject"], facts), ("Northstar Holidays", f"escapes@{DOMAIN}"))
    thread.answer(at, told["text"].format_map(facts))
