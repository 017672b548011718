"""Positions: what stands in an address leads back to where it came from, and nonsense is told apart."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.timeline.positions import LARGEST_ID, BadPosition, Position, parse_position, start_of

POSITIONS = st.builds(
    Position,
    at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    rank=st.integers(-1, 2),
    id=st.integers(0, LARGEST_ID),
)


@given(POSITIONS)
def test_a_position_survives_the_address(position: Position) -> None:
    assert parse_position(position.token) == position


@given(POSITIONS, POSITIONS)
def test_a_bound_parts_a_lane_as_the_positions_themselves_do(one: Position, other: Position) -> None:
    if other.rank >= 0 and 0 < other.id < LARGEST_ID:
        assert (other < one) == ((other.at, other.id) < one.bound(other.rank))


def test_a_time_is_a_position_and_without_a_zone_it_is_utc() -> None:
    at = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    for text in ("2026-11-03T12:00:00Z", "2026-11-03T12:00", "2026-11-03T13:00+01:00"):
        assert parse_position(text) == start_of(at)


@pytest.mark.parametrize("text", ["", "yesterday", "12", "1.2", "9" * 30 + ".0.1", "1.9.1", "\x00"])
def test_what_no_page_gave_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(BadPosition, match="neither a position"):
        parse_position(text)
