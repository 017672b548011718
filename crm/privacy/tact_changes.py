"""The rules of what may be said of a fact, as they were set."""

from crm.changes import Change
from crm.privacy.personal import Nothing


class DisclosureChange(Change):
    """The rules of what may be said of a fact, as somebody set them."""

    personal = Nothing(("content", "said"))
