"""What the messy customers' names and addresses are drawn from: common ones often, rare ones seldom."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from crm.profile.names import NICKNAMES
from integrations.demo.words import stock

Texts = NDArray[np.object_]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FRONTS = (
    "Ash Bar Beck Black Brad Brook Car Chad Clif Cold Cran Dal Dun East Ed Fair Farn Gold Grim Hal Ham Hart Hath "
    "Haw Hazel Hol Kel Kirk Lang Leigh Long Lud Mar Mid Nor Oak Old Pen Pres Rad Red Ridge Rock Shel Ship Sil Stan "
    "Sten Sut Thorn Wal War Wel West Whit Wid Wil Win Wood Wool"
).split()
ENDS = (
    "bourne bridge brook bury by church combe cote cott croft dale den don field ford gate ham hill hurst land ley "
    "low man mere more ridge shaw side smith son stead stone thorpe ton wall ward way wick wood worth"
).split()


@dataclass(frozen=True)
class Pool:
    """Texts with the share that each is drawn with."""

    texts: Texts
    shares: NDArray[np.float64]

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        shares: NDArray[np.float64] = np.cumsum(self.shares) / self.shares.sum()
        return shares

    def draw(self, dice: np.random.Generator, size: int) -> Texts:
        drawn: Texts = self.texts[np.minimum(np.searchsorted(self.bounds, dice.random(size)), len(self.texts) - 1)]
        return drawn


def texts(values: list[str]) -> Texts:
    return np.array(values, dtype=object)


def where_known(known: Flags, values: Texts) -> Texts:
    """The values where they are known, None elsewhere."""
    found = values.copy()
    found[~known] = None
    return found


def zipf(values: list[str], flattening: float) -> Pool:
    """The first ones the most common; flattening: how many of the first are about equally so."""
    return Pool(texts(values), 1 / (np.arange(len(values)) + flattening))


def given_names(sex: str) -> Pool:
    """Given names: women's or men's."""
    return zipf(unique(" ".join(pool[sex] for pool in stock("names")["pools"]).split()), 12)


def surnames() -> Pool:
    """Surnames: some hundreds that everybody knows, then thousands of rare ones."""
    known = " ".join(pool["surnames"] for pool in stock("names")["pools"]).split()
    return zipf(unique(known) + [front + end for end, front in product(ENDS, FRONTS)], 15)


def towns() -> list[tuple[str, str]]:
    """Towns with a postcode district each."""
    return [(town, district) for town, district, _ in stock("places")["towns"]]


def streets() -> Pool:
    names = stock("names")["streets"].split(",")
    more = [f"{front}{end} {kind}" for kind, end, front in product(("Road", "Street", "Close"), ENDS[:12], FRONTS)]
    return zipf(names + more, 60)


def short_forms(given: Texts) -> Texts:
    """A short form of each given name; the name itself where it has none."""
    forms = {name: short_form(name) for name in set(given.tolist())}
    return texts([forms[name] for name in given.tolist()])


def short_form(name: str) -> str:
    known = sorted(NICKNAMES.nicknames_of(name.lower()))
    return known[len(name) % len(known)].title() if known else name


def unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))
