"""What can go wrong at the doors and behind them."""

from crm.errors import ThroughlineError


class Rejected(ThroughlineError):
    """A request that is not taken: the sender gets the status and the reason."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class TooMany(Rejected):
    """A request of somebody who asks too often."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, 429)


class BadSetting(ThroughlineError):
    """A setting of a source that cannot be; its text says the remedy to whoever typed it."""


class BadSpreadsheet(ThroughlineError):
    """A file, or what is said of its columns, that cannot be imported at all."""


class Unreadable(ThroughlineError):
    """An event that was taken and cannot be understood: it becomes a failed delivery with this reason."""
