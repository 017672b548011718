"""The brief: at most five facts worth knowing before one says hello, each with its source and age. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.privacy.disclosure import Disclosure, Judged, Origin, Tact

MOST = 5
MOST_OF_A_KIND = 2
HALF_LIFE = timedelta(days=7)
HALF_LIVES = {"step": timedelta(days=2), "topic": timedelta(days=3), "case": timedelta(days=60),
              "promise": timedelta(days=30), "avoid": timedelta(days=180), "sale": timedelta(days=90)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may matter in a call.

    kind: step, missed, unanswered, case, promise, mood, said, avoid, topic or sale. said: a sentence. at: when it
    happened; aware. source: where from, in words. origin: its class, by which it may be said. weight: how much it
    matters while it is new, in (0, 1]. address: where it is to be read. told: what its rules look at beside `said`.
    """

    kind: str
    said: str
    at: datetime
    source: str
    origin: Origin
    weight: float
    address: str = ""
    told: str = ""

    def worth(self, now: datetime) -> float:
        """How much it matters now: half as much after each half-life."""
        age = max(now - self.at, timedelta())
        halved: float = 0.5 ** (age / HALF_LIVES.get(self.kind, HALF_LIFE))
        return self.weight * halved


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of the brief, and what may be done with it."""

    fact: Fact
    judged: Judged

    @property
    def is_sayable(self) -> bool:
        return self.judged.disclosure == Disclosure.SAYABLE

    @property
    def instead(self) -> str:
        """What to say rather than this; empty where it may be said, or nothing is known to say."""
        return "" if self.is_sayable or self.fact.kind == "avoid" else self.judged.instead


def brief(facts: Iterable[Fact], tact: Tact, now: datetime, most: int = MOST) -> list[Told]:
    """The facts that matter most, the first first; of one kind two at most, and none that is hidden."""
    ranked = sorted(facts, key=lambda fact: (-fact.worth(now), fact.at, fact.said))
    told, of_kind = list[Told](), Counter[str]()
    for fact in ranked:
        judged = tact.judge(fact.origin, fact.said, fact.told)
        if judged.disclosure != Disclosure.HIDDEN and of_kind[fact.kind] < MOST_OF_A_KIND and len(told) < most:
            told.append(Told(fact, judged))
            of_kind[fact.kind] += 1
    return told
