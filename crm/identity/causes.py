"""Why customers change: the causes that the identity log knows, and how they are said."""

from typing import Final

OBSERVED: Final = "observed"
SCORED: Final = "scored"
SAME: Final = "staff.same"
DIFFERENT: Final = "staff.different"
SPLIT: Final = "staff.split"
WITHDRAWN: Final = "staff.withdrawn"
RESTORED: Final = "staff.restored"
SHARED: Final = "staff.shared"
ERASED: Final = "erased"
STAFF: Final = "staff."

SAID: Final = {
    OBSERVED: "Joined by what was seen together",
    SCORED: "Joined or parted by a match score",
    SAME: "Merged",
    DIFFERENT: "Kept apart",
    SPLIT: "Split",
    WITHDRAWN: "Taken back",
    RESTORED: "Put back",
    SHARED: "Ruled on what is shared",
    ERASED: "Somebody beside them was erased",
}


def said(cause: str) -> str:
    """A cause in words."""
    return SAID.get(cause) or cause.replace(".", ", ").capitalize()
