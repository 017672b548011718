"""The log of what staff do for customers: every act of this room writes a deed, and the journey shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from crm.errors import ThroughlineError
from crm.identity.models import Identifier
from crm.live import notify
from journeys.work.models import Deed

LONGEST = 5_000  # characters of a note


class WorkRefused(ThroughlineError):
    """Something that cannot be noted so; its text says the remedy."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does something: somebody of the staff, or a program by its name."""

    user: User | None
    by: str = ""

    @property
    def name(self) -> str:
        return (self.user.get_full_name() or self.user.get_username()) if self.user else self.by


def log(identifier_id: int, kind: str, row_id: int, said: str, hand: Hand, at: datetime | None = None) -> Deed:
    """Note that something was done for a customer, and have open screens show it."""
    at = at or timezone.now()
    made = Deed.objects.create(
        identifier_id=identifier_id, kind=kind, row_id=row_id, said=said, actor=hand.user, by=hand.by[:80], at=at
    )
    notify(Identifier.objects.filter(pk=identifier_id).values_list("customer_id", flat=True))
    return made


def log_all(deeds: Iterable[Deed]) -> None:
    """Note that many things were done, as `log` does one."""
    made = Deed.objects.bulk_create(deeds)
    whose = Identifier.objects.filter(pk__in={one.identifier_id for one in made})
    notify(whose.values_list("customer_id", flat=True).distinct())


def undo(identifier_id: int, kind: str, row_id: int, said: str, hand: Hand) -> None:
    """Note that something was taken back: what stood of it is shown no more, and that it was there is."""
    Deed.objects.filter(kind=kind, row_id=row_id, undone_at=None).update(undone_at=timezone.now())
    log(identifier_id, kind, row_id, said, hand)


def plain_text(text: str, most: int, what: str) -> str:
    """A text that staff wrote, in one piece. Raises WorkRefused."""
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not said or len(said) > most:
        raise WorkRefused(f"write {what} of 1 to {most:,} characters")
    return said
