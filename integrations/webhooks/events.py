"""What a business's own systems can be told of."""

from typing import Final

MERGED: Final = "customer.merged"
UNMERGED: Final = "customer.unmerged"
CONVERTED: Final = "conversion.recorded"
WITHDRAWN: Final = "conversion.withdrawn"
CALL_ENDED: Final = "call.ended"
ENTERED: Final = "segment.entered"
LEFT: Final = "segment.left"
TEST: Final = "test"

SAID: Final = {
    MERGED: "Two customers became one",
    UNMERGED: "A customer was parted from another again",
    CONVERTED: "A conversion was recorded",
    WITHDRAWN: "A conversion counts no more",
    CALL_ENDED: "A call ended",
    ENTERED: "A customer entered a segment",
    LEFT: "A customer left a segment",
}
EVERY: Final = {**SAID, TEST: "A test"}
