"""Notes on a customer, and the colleagues whom they mention."""

import re
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from journeys.work.deeds import LONGEST, Hand, log, plain_text, undo
from journeys.work.models import Deed, Mention, Note

NAMED = re.compile(r"(?<![\w@.])@([\w.+-]{1,150})")
MOST_MENTIONS = 20


@transaction.atomic
def note(identifier_id: int, body: str, hand: Hand, *, call_id: int | None = None, is_delicate: bool = False) -> Note:
    """Keep a note. is_delicate: it is not to be said to the customer. Raises WorkRefused."""
    said = plain_text(body, LONGEST, "a note")
    made = Note.objects.create(
        identifier_id=identifier_id, call_id=call_id, body=said, is_delicate=is_delicate, author=hand.user,
        at=timezone.now(),
    )  # fmt: skip
    Mention.objects.bulk_create([Mention(note=made, user=one) for one in mentioned(said)])
    log(identifier_id, Deed.Kind.NOTE, made.pk, said, hand, made.at)
    return made


def mentioned(body: str) -> Sequence[User]:
    """Who a note calls upon: @username."""
    names = list(dict.fromkeys(name.rstrip(".-+").lower() for name in NAMED.findall(body)))[:MOST_MENTIONS]
    return list(User.objects.filter(username__iregex=f"^({'|'.join(map(re.escape, names))})$")) if names else []


@transaction.atomic
def take_back(written: Note, hand: Hand) -> bool:
    """Take a note back; False when it was already."""
    taken = Note.objects.filter(pk=written.pk, withdrawn_at=None)
    if not taken.update(withdrawn_at=timezone.now(), withdrawn_by=hand.user):
        return False
    undo(written.identifier_id, Deed.Kind.NOTE, written.pk, "Took a note back", hand)
    return True


def note_seen(user: User, mention_ids: Sequence[int]) -> int:
    """Somebody has seen where they were mentioned; returns how many were new to them."""
    return Mention.objects.filter(user=user, pk__in=mention_ids, seen_at=None).update(seen_at=timezone.now())
