"""Mails in files: .eml, mbox and Maildir, one at a time, so that a large archive fits into little memory."""

import mailbox
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from integrations.email.adapter import EmailAdapter

ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)  # how an mbox keeps lines that would begin a mail
MAILDIR = ("new", "cur")


@dataclass(frozen=True, slots=True)
class Found:
    """One mail, or the reason why there is none. where: the file, and which mail of it."""

    where: str
    raw: bytes = b""
    reason: str = ""


def find_mails(paths: Iterable[Path]) -> Iterator[Found]:
    """Every mail in files and folders, in a fixed order."""
    for path in paths:
        if not path.exists():
            yield Found(str(path), reason="there is no such file or folder")
        elif path.is_dir():
            yield from in_folder(path)
        else:
            yield from in_file(path)


def in_folder(folder: Path) -> Iterator[Found]:
    """The mails of a Maildir with its subfolders, or of any folder of files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if any((folder / name).is_dir() for name in MAILDIR):
        files = [path for path in files if path.parent.name in MAILDIR]
    if not files:
        yield Found(str(folder), reason="the folder holds no mail")
    for path in files:
        yield from in_file(path)


def in_file(path: Path) -> Iterator[Found]:
    try:
        with path.open("rb") as file:
            is_mbox = file.read(5) == b"From "
        yield from in_mbox(path) if is_mbox else [checked(str(path), path.read_bytes())]
    except OSError as error:
        yield Found(str(path), reason=f"it cannot be read: {error.strerror}")


def in_mbox(path: Path) -> Iterator[Found]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            yield checked(f"{path}, mail {number}", ESCAPED.sub(rb"\1", box.get_bytes(key)))
    finally:
        box.close()


def checked(where: str, raw: bytes) -> Found:
    """A mail of no more bytes than a provider could send."""
    if len(raw) > EmailAdapter.max_body:
        return Found(where, reason=f"it is over {EmailAdapter.max_body} bytes")
    return Found(where, raw)
