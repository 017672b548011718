"""When a weekly mail is due, and which week it tells of. Pure."""

from datetime import date, datetime, time, timedelta, tzinfo

LATEST = timedelta(days=2)  # after its hour: whoever was down for longer sends no mail of a week that is old news


def due(weekday: int, hour: int, since: datetime, now: datetime, zone: tzinfo) -> date | None:
    """The Monday of the week that a mail is due of; None where none is. weekday: 0 is Monday.

    An hour that a clock leaves out in spring is the one after it; of one that comes twice in autumn, the first.
    """
    moment = latest(weekday, hour, now, zone)
    if moment < since or now - moment > LATEST:
        return None
    return last_week(moment.astimezone(zone).date())


def latest(weekday: int, hour: int, now: datetime, zone: tzinfo) -> datetime:
    """The last time, up to now, that clocks said this hour of this weekday."""
    this = monday_of(now.astimezone(zone).date())
    moments = [moment_of(this - timedelta(days=back), weekday, hour, zone) for back in (0, 7)]
    return next(one for one in moments if one <= now)


def moment_of(monday: date, weekday: int, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(monday + timedelta(days=weekday), time(hour), zone)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def last_week(day: date) -> date:
    """The Monday of the last week that is over."""
    return monday_of(day) - timedelta(days=7)
