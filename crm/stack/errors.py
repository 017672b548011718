"""What can keep the running stack from running."""

from crm.errors import ThroughlineError


class StackError(ThroughlineError):
    """The stack, or a part of it, cannot run; the message says what to do."""
