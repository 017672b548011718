"""What can go wrong in scored matching."""

from crm.errors import ThroughlineError


class UntrainedLevel(ThroughlineError):
    """A level that no data taught: scoring with a guess instead would be no evidence."""


class UnfitRecords(ThroughlineError):
    """Records that nothing can be learned or compared from."""


class PassUnderWay(ThroughlineError):
    """Another whole pass is at work."""


class RunNotWaiting(ThroughlineError):
    """A run that nobody can say yes or no to: it is over, or not there yet."""


class BackendMissing(ThroughlineError):
    """What scores the pairs is not installed."""
