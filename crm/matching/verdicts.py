"""What may become of a scored pair, and why, in words. Pure."""

from enum import IntEnum


class Verdict(IntEnum):
    """What becomes of a pair."""

    NOTHING = 0
    REVIEW = 1
    JOINED = 2
    DIFFERENT = 3  # staff said so: never joined, not through others either


class Reason(IntEnum):
    """Why. The words say it to people."""

    BELOW = 0
    UNSURE = 1
    CONTRADICTION = 2
    HOUSEHOLD = 3
    SHARED = 4
    PERSON = 5
    IDENTIFIER = 6
    STAFF_SAME = 7
    STAFF_DIFFERENT = 8
    CLUSTER = 9

    @property
    def words(self) -> str:
        return WORDS[self]


WORDS = {
    Reason.BELOW: "too little speaks for one person",
    Reason.UNSURE: "more speaks for one person than against, but not enough to join them unseen",
    Reason.CONTRADICTION: "given names or dates of birth contradict each other",
    Reason.HOUSEHOLD: "only what a household shares agrees: nothing tells its people apart",
    Reason.SHARED: "what agrees is an e-mail address or phone that several people share",
    Reason.PERSON: "very likely one person, by more than what a household shares",
    Reason.IDENTIFIER: "the same e-mail address, phone or number, which nobody else uses, and no contradiction",
    Reason.STAFF_SAME: "staff said that they are the same",
    Reason.STAFF_DIFFERENT: "staff said that they are different",
    Reason.CLUSTER: "their groups hang together by too little",
}
