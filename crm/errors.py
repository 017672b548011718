"""What can go wrong in crm. Our own errors are permanent; whatever else is raised may pass, and is tried again."""


class ThroughlineError(Exception):
    """An error whose message names the thing and the remedy."""

    is_permanent = True  # a delivery that raises it is parked at once; a class worth a retry would say False


class MergeRefused(ThroughlineError):
    """A merge that the rules do not allow, even for staff."""
