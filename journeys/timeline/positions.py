"""Positions in a customer's stream of entries: what a page ends at, and the next one begins after."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crm.errors import ThroughlineError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOKEN = re.compile(r"(-?\d{1,17})\.(-1|[0-3])\.(\d{1,19})")
LARGEST_ID = 2**63 - 1
INTERACTION, SESSION, JOIN, DEED = range(4)  # ranks: the order of things that happened in the same microsecond


class BadPosition(ThroughlineError):
    """A position that no page gave out."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an entry stands in the stream: by time, then by what it is, then by its id."""

    at: datetime
    rank: int
    id: int

    @property
    def token(self) -> str:
        """The position as it stands in an address."""
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}.{self.rank}.{self.id}"

    def bound(self, rank: int) -> tuple[datetime, int]:
        """The (time, id) that parts the entries of a rank into those older than this position and the rest."""
        if rank == self.rank:
            return self.at, self.id
        return self.at, (LARGEST_ID if rank < self.rank else 0)


def start_of(at: datetime) -> Position:
    """The position that all entries at this time or later are newer than."""
    return Position(at, -1, 0)


def parse_position(text: str) -> Position:
    """Read a token, or a time (ISO 8601; UTC where it names no zone). Raises BadPosition."""
    token = TOKEN.fullmatch(text)
    try:
        if token:
            micros, rank, row_id = map(int, token.groups())
            return Position(EPOCH + timedelta(microseconds=micros), rank, min(row_id, LARGEST_ID))
        at = datetime.fromisoformat(text)
        return start_of(at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise BadPosition(
            f"{text[:60]!r} is neither a position that a page gave nor a time such as 2026-11-21T14:00Z"
        ) from error
