"""What a line of the identity log means to somebody who keeps customers' ids: two became one, or one was parted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from crm.identity.models import Customer, Identifier, IdentityEvent
from integrations.webhooks.events import MERGED, UNMERGED
from integrations.webhooks.wording import Told, of_move


class Part(NamedTuple):
    """An identifier that changed hands, once it is known. origin: the customer that it was born with."""

    before: int
    after: int
    origin: int


def moves_of(lines: Sequence[IdentityEvent]) -> Iterator[Told]:
    """What endpoints are told of these lines. Of browsing that is withheld, and of identifiers that were born in the
    same moment, nothing: nobody knew those customers.
    """
    moved = {number for line in lines for number, _, _ in line.moved}
    known = Identifier.objects.filter(pk__in=moved, is_withheld=False).only("origin_id", "created_at").in_bulk()
    found = [(line, *move) for line in lines for move in meant(parts_of(line, known))]
    customers = Customer.objects.in_bulk({one for _, _, former, after in found for one in (former, after)})
    for line, event, former, after in found:
        if former in customers and after in customers:
            yield of_move(event, line, customers[after], customers[former])


def parts_of(line: IdentityEvent, known: Mapping[int, Identifier]) -> list[Part]:
    return [
        Part(before, after, known[number].origin_id)
        for number, before, after in line.moved
        if number in known and known[number].created_at < line.at
    ]


def meant(parts: Sequence[Part]) -> list[tuple[str, int, int]]:
    """(event, former, customer) of each customer that others went to from another. Pure.

    Who gets back the identifier they were born with was parted. Else the one who was left is merged into them, if
    nothing of their own is left behind; or of those who were with that one, the oldest who goes over.
    """
    origins: dict[tuple[int, int], set[int]] = {}
    for part in parts:
        origins.setdefault((part.before, part.after), set()).add(part.origin)
    return [
        (UNMERGED, before, after) if after in born else (MERGED, before if before in born else min(born), after)
        for (before, after), born in sorted(origins.items())
    ]
