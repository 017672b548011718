"""What can go wrong in crm. Our own errors are permanent; whatever else is raised may pass, and is tried again."""


class ThroughlineError(Exception):
    """An error whose message names the thing and the remedy; a delivery that raises it is parked at once."""


class BrandRefused(ThroughlineError):
    """A brand that cannot be made or removed; its text says the remedy."""


class ConsentRefused(ThroughlineError):
    """A consent that cannot be noted; its text says the remedy."""


class CorrectionRefused(ThroughlineError):
    """What staff say of a customer, and cannot be kept; its text says the remedy."""


class MergeRefused(ThroughlineError):
    """A merge that the rules do not allow, even for staff."""


class SplitRefused(ThroughlineError):
    """A split that would change nothing, or that names what does not belong together."""


class UndoRefused(ThroughlineError):
    """A decision of which nothing is left to undo."""


class BatchRefused(ThroughlineError):
    """A file of decisions that cannot be read at all, or a batch that is past what was asked of it."""


class ReviewRefused(ThroughlineError):
    """What cannot be done with a review any more: somebody else was there first."""


class RevealRefused(ThroughlineError):
    """A customer who is not shown to somebody who did not say why."""


class ErasureRefused(ThroughlineError):
    """An erasure that cannot be asked for, or be said yes to by this person."""


class RestrictionRefused(ThroughlineError):
    """A restriction that cannot be put or lifted; its text says why."""


class HoldRefused(ThroughlineError):
    """A legal hold that cannot be put or lifted; its text says why."""


class Unopened(ThroughlineError):
    """A secret that none of the installation's keys opens."""


class ExportRefused(ThroughlineError):
    """An export that cannot be asked for, or be checked by this person."""


class RequestRefused(ThroughlineError):
    """A request by right that cannot be noted, extended or closed like that."""


class AddressRefused(ThroughlineError):
    """A web address that we do not go to; its text says why."""


class Unreached(ThroughlineError):
    """An address that does not answer, or not in time; worth another try."""
