"""How people and machines get a value wrong: keyboards, ears, swapped letters, scanned paper."""

import random
from collections.abc import Callable

import numpy as np

from integrations.benchmarks.messy.pools import Texts

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
BESIDE = {letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in ROWS for at, letter in enumerate(row)}
SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("ie", "y"), ("ey", "y"), ("ee", "ea"), ("ou", "u"), ("gh", ""), ("th", "t"),
    ("c", "k"), ("s", "z"), ("f", "ph"), ("y", "ie"), ("i", "y"), ("ll", "l"), ("nn", "n"), ("tt", "t"), ("e", ""),
)  # fmt: skip
SCANS = (("rn", "m"), ("m", "rn"), ("l", "1"), ("o", "0"), ("0", "o"), ("1", "l"), ("5", "s"), ("s", "5"), ("cl", "d"))


def keyboard(text: str, at: int, dice: random.Random) -> str:
    """A neighbouring key instead of the right one."""
    beside = BESIDE.get(text[at].lower())
    return text[:at] + dice.choice(beside) + text[at + 1 :] if beside else dropped(text, at, dice)


def transposed(text: str, at: int, _dice: random.Random) -> str:
    at = min(at, len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def dropped(text: str, at: int, _dice: random.Random) -> str:
    return text[:at] + text[at + 1 :]


def doubled(text: str, at: int, _dice: random.Random) -> str:
    return text[:at] + text[at] + text[at:]


def heard(text: str, at: int, dice: random.Random) -> str:
    """Written as it sounds."""
    return replaced(text, SOUNDS) or doubled(text, at, dice)


def scanned(text: str, at: int, dice: random.Random) -> str:
    """Read by a machine from paper."""
    return replaced(text, SCANS) or keyboard(text, at, dice)


def replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """The first pair that changes anything after the first letter; "" when none does."""
    for old, new in pairs:
        at = text.find(old, 1)
        if at > 0:
            return text[:at] + new + text[at + len(old) :]
    return ""


SLIPS: tuple[Callable[[str, int, random.Random], str], ...] = (
    keyboard, keyboard, transposed, dropped, doubled, heard, scanned,
)  # fmt: skip
DIGIT_SLIPS = (keyboard, keyboard, transposed)


def misspell(values: Texts, share: float, dice: np.random.Generator, is_number: bool = False) -> None:
    """Get this share of the values wrong, in place; now and then twice."""
    own = random.Random(int(dice.integers(2**32)))
    slips = DIGIT_SLIPS if is_number else SLIPS
    for row in np.flatnonzero(dice.random(len(values)) < share).tolist():
        for _ in range(1 + (own.random() < 0.15)):
            text = values[row]
            if text and len(text) > 2:
                values[row] = own.choice(slips)(text, own.randrange(len(text)), own)
