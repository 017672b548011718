"""Promises: what we said we would do until when; kept, broken, or taken back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from journeys.work.deeds import Hand, log, plain_text
from journeys.work.models import LONGEST_SUBJECT, Deed, Promise


@transaction.atomic
def promise(identifier_id: int, what: str, until: datetime, hand: Hand, *, call_id: int | None = None) -> Promise:
    """Note what was promised to a customer. Raises WorkRefused."""
    said = plain_text(what, LONGEST_SUBJECT, "what was promised, in words")
    made = Promise.objects.create(
        identifier_id=identifier_id, what=said, until=until, made_by=hand.user, made_at=timezone.now(), call_id=call_id
    )
    day = timezone.localtime(until).strftime("%-d %B")
    log(identifier_id, Deed.Kind.PROMISE, made.pk, f"Promised until {day}: {said}", hand, made.made_at)
    return made


@transaction.atomic
def settle_promise(made: Promise, kept: bool | None, hand: Hand) -> bool:
    """Say whether a promise was kept; None: it stands again. False when that was said already."""
    standing = Promise.objects.select_for_update().get(pk=made.pk)
    if standing.kept is kept:
        return False
    standing.kept, standing.settled_at = kept, None if kept is None else timezone.now()
    standing.settled_by = None if kept is None else hand.user
    standing.save(update_fields=["kept", "settled_at", "settled_by"])
    word = {True: "Kept the promise", False: "Did not keep the promise", None: "The promise stands again"}[kept]
    log(made.identifier_id, Deed.Kind.PROMISE, made.pk, f"{word}: {made.what}", hand)
    return True
