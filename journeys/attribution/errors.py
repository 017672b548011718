"""What can go wrong in attribution."""

from crm.errors import ThroughlineError


class PathsRefused(ThroughlineError):
    """Paths that cannot be read; its text says where, and the remedy."""
