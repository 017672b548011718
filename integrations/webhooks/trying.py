"""When a message is sent again, and when an endpoint is left alone. Rules only."""

from datetime import datetime, timedelta

# Seconds before each new attempt, as Standard Webhooks proposes them: over three days in all.
BACKOFF = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
PATIENCE = timedelta(days=5)  # that every attempt may fail for
GONE = 410


def is_well(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When a message that failed so often (>= 1) is sent again; None: it is given up."""
    return now + timedelta(seconds=BACKOFF[attempts - 1]) if attempts <= len(BACKOFF) else None


def is_past_patience(failing_since: datetime | None, now: datetime) -> bool:
    return failing_since is not None and now - failing_since >= PATIENCE
