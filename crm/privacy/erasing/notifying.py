"""Telling whoever was told of a person that they are erased (GDPR, article 19): rooms above do it, and say here what
became of it, for the certificate.
"""

from collections.abc import Collection
from typing import NamedTuple

from crm.privacy.erasing.models import Erasure, ErasureNotice


class Change(NamedTuple):
    """By how much there is more, or less, of each; see ErasureNotice."""

    waiting: int = 0
    told: int = 0
    left: int = 0
    why: str = ""


def erasure_at(identifiers: Collection[int]) -> Erasure | None:
    """The erasure that is under way of whoever has these identifiers, and asked for it: None where they go by a rule of
    retention, or once more after a restore.
    """
    one = next(iter(identifiers), None)
    if one is None:
        return None
    asked = Erasure.objects.filter(state=Erasure.State.ERASING, is_aged=False, is_replayed=False)
    return asked.filter(subject__identifiers__contains=[one]).first()


def keep_notice(erasure_id: int, whom: str, remedy: str, change: Change) -> None:
    """Note what became of telling somebody."""
    told, _ = ErasureNotice.objects.select_for_update().get_or_create(
        erasure_id=erasure_id, whom=whom[:120], defaults={"remedy": remedy[:300]}
    )
    told.waiting, told.told, told.left = (
        max(0, getattr(told, name) + getattr(change, name)) for name in ("waiting", "told", "left")
    )
    told.why = change.why[:200] or told.why
    told.save()
