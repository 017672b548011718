"""What can go wrong in scored matching."""

from crm.errors import ThroughlineError


class UntrainedLevel(ThroughlineError):
    """A level that no data taught: scoring with a guess instead would be no evidence."""


class UnfitRecords(ThroughlineError):
    """Records that nothing can be learned or compared from."""
