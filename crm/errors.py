"""What can go wrong in crm. Our own errors are permanent; whatever else is raised may pass, and is tried again."""


class ThroughlineError(Exception):
    """An error whose message names the thing and the remedy; a delivery that raises it is parked at once."""


class MergeRefused(ThroughlineError):
    """A merge that the rules do not allow, even for staff."""
