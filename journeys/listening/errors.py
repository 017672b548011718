"""What can go wrong with recordings and transcripts. Messages are shown on the call's page, so they name the remedy."""

from crm.errors import ThroughlineError


class UnreadableTranscript(ThroughlineError):
    """A transcript that cannot be taken, now or later."""


class RecordingRefused(ThroughlineError):
    """Sound that is not taken; asking again gives the same until something is changed."""


class RecordingMissing(ThroughlineError):
    """The provider has no such recording, or has it no more."""


class RecordingDelayed(ThroughlineError):
    """The provider does not answer, or not in time; worth another try."""
