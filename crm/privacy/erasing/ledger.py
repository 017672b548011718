"""The ledger of erasures: a file outside the database, only ever added to, that tells a restored one who was erased.

It holds keyed hashes and times. Keep it, and THROUGHLINE_ERASURE_KEY, where the database's backups are not.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from crm.journal import append, lines_of


class Told(NamedTuple):
    """What the ledger says of one hash."""

    erased_at: datetime
    lifted_at: datetime | None


def ledger_path() -> Path:
    return Path(settings.DATA_DIR) / "erasures.jsonl"


def write_erased(hashes: Iterable[str], at: datetime) -> None:
    """Write down who was erased; it is on the disk when this returns."""
    append(ledger_path(), {"erased": sorted(hashes), "at": at.isoformat()})


def write_lifted(hashes: Iterable[str], at: datetime) -> None:
    """Write down who consented anew."""
    append(ledger_path(), {"lifted": sorted(hashes), "at": at.isoformat()})


def read_ledger() -> dict[str, Told]:
    """What stands of each hash by now."""
    found: dict[str, Told] = {}
    for told in lines_of(ledger_path(), "at"):
        at = datetime.fromisoformat(told["at"])
        found |= {one: Told(at, None) for one in told.get("erased", ())}
        lifted = [one for one in told.get("lifted", ()) if one in found]
        found |= {one: Told(found[one].erased_at, at) for one in lifted}
    return found
