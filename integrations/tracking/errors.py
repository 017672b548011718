"""What can go wrong with tracking numbers."""

from crm.errors import ThroughlineError


class NumberTaken(ThroughlineError):
    """A number that is another pool's."""
