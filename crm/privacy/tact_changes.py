"""The rules of what may be said of a fact, as they were set."""

from crm.changes import Change


class DisclosureChange(Change):
    """The rules of what may be said of a fact, as somebody set them."""
