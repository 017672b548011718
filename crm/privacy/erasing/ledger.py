"""The ledger of erasures: a file outside the database, only ever added to, that tells a restored one who was erased.

It holds keyed hashes and times. Keep it, and THROUGHLINE_ERASURE_KEY, where the database's backups are not.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.conf import settings


class Told(NamedTuple):
    """What the ledger says of one hash."""

    erased_at: datetime
    lifted_at: datetime | None


def ledger_path() -> Path:
    return Path(settings.DATA_DIR) / "erasures.jsonl"


def write_erased(hashes: Iterable[str], at: datetime) -> None:
    """Write down who was erased; it is on the disk when this returns."""
    write({"erased": sorted(hashes), "at": at.isoformat()})


def write_lifted(hashes: Iterable[str], at: datetime) -> None:
    """Write down who consented anew."""
    write({"lifted": sorted(hashes), "at": at.isoformat()})


def write(line: dict[str, Any]) -> None:
    path = ledger_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(orjson.dumps(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_ledger() -> dict[str, Told]:
    """What stands of each hash by now; a last line that was cut off is none."""
    path, found = ledger_path(), dict[str, Told]()
    for line in path.read_bytes().splitlines() if path.exists() else ():
        with suppress(orjson.JSONDecodeError, KeyError):
            told = orjson.loads(line)
            at = datetime.fromisoformat(told["at"])
            found |= {one: Told(at, None) for one in told.get("erased", ())}
            lifted = [one for one in told.get("lifted", ()) if one in found]
            found |= {one: Told(found[one].erased_at, at) for one in lifted}
    return found
