"""When a weekly mail is due: once a week, whatever clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.morning.timing import LATEST, due, latest, moment_of

LONDON = ZoneInfo("Europe/London")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
SPRING, AUTUMN = date(2026, 3, 23), date(2026, 10, 19)  # the Mondays of weeks that end with a change of clocks


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-11-30T06:59", None), ("2026-11-30T07:00", date(2026, 11, 23)), ("2026-12-01T22:00", date(2026, 11, 23)),
        ("2026-12-02T07:01", None),
    ],
)  # fmt: skip
def test_it_is_due_from_its_hour_on_and_not_when_it_is_old_news(now: str, monday: date | None) -> None:
    assert due(0, 7, LONG_AGO, at(now), LONDON) == monday


def test_whoever_asks_after_the_hour_gets_the_next_one() -> None:
    since = at("2026-11-30T07:30")
    assert due(0, 7, since, at("2026-11-30T08:00"), LONDON) is None
    assert due(0, 7, since, at("2026-12-07T07:00"), LONDON) == date(2026, 11, 30)


def test_a_mail_at_the_end_of_the_week_is_of_the_week_before() -> None:
    assert due(6, 23, LONG_AGO, at("2026-11-29T23:10"), LONDON) == date(2026, 11, 16)
    assert due(6, 23, LONG_AGO, at("2026-11-30T01:00"), LONDON) == date(2026, 11, 16)


@pytest.mark.parametrize("monday", [SPRING, AUTUMN])
@pytest.mark.parametrize("hour", [0, 1, 2, 3])
def test_it_is_due_once_on_the_night_in_which_clocks_change(monday: date, hour: int) -> None:
    start = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    looks = [start + timedelta(minutes=20 * at) for at in range(3 * 24 * 14)]
    found = {due(6, hour, LONG_AGO, now, LONDON) for now in looks if now - start > timedelta(days=5)} - {None}
    assert monday - timedelta(days=7) in found
    assert len(found) == 2
    firsts = [moment_of(monday, 6, hour, LONDON).astimezone(UTC)]
    assert all(one.minute == 0 for one in firsts)


@given(MOMENTS, st.integers(0, 6), st.integers(0, 23))
def test_the_last_such_hour_was_within_a_week(now: datetime, weekday: int, hour: int) -> None:
    found = latest(weekday, hour, now, LONDON)
    assert found <= now
    assert now - found <= timedelta(days=7, hours=1)
    assert found.astimezone(LONDON).weekday() == weekday


@given(MOMENTS, st.integers(0, 6), st.integers(0, 23))
def test_what_is_due_is_a_monday_of_a_week_that_is_over(now: datetime, weekday: int, hour: int) -> None:
    monday = due(weekday, hour, LONG_AGO, now, LONDON)
    if monday:
        assert monday.weekday() == 0
        assert monday + timedelta(days=7) <= now.astimezone(LONDON).date()
        assert now - latest(weekday, hour, now, LONDON) <= LATEST
