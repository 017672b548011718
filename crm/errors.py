"""What can go wrong in crm: permanent errors are shown, transient ones are tried again."""


class ThroughlineError(Exception):
    """An error whose message names the thing and the remedy."""

    is_permanent = True


class TransientError(ThroughlineError):
    """Worth trying again after a while."""

    is_permanent = False


class MergeRefused(ThroughlineError):
    """A merge that the rules do not allow, even for staff."""
