"""Digits as people type and say them: 4111, four one double one, forty-one eleven, split by pauses and lines. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

UNITS = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True))
UNITS |= {"oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "nine": "9", "niner": "9"}
TEENS = {
    word: str(number)
    for number, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), "23456789", strict=True))
NOUGHTS = {"hundred": "00", "thousand": "000"}
TIMES = {"double": 2, "triple": 3, "treble": 3}
FILLERS = frozenset(
    "a ah and dash dot eh er erm hm hmm hyphen is it mhm mm next now ok okay point right slash so space "
    "stroke that then there uh um yeah yep yes".split()
)
MOST_BETWEEN = 4  # words between two groups of one number: "four one one one, um, then, one one one one"
LONGEST_BETWEEN = 60  # characters
WORD = re.compile(r"\d+|[^\W\d_]+")
SAID = "|".join(sorted((*UNITS, *TEENS, *TENS, *NOUGHTS, *TIMES), key=len, reverse=True))
NUMBER = re.compile(rf"\d+|(?<![^\W\d_])(?:{SAID})(?![^\W\d_])", re.IGNORECASE)


class Group(NamedTuple):
    """Digits that were typed or said together, and where in the text."""

    digits: str
    starts: int
    ends: int


Run = list[Group]  # the groups of what may be one number


def runs(text: str) -> Iterator[Run]:
    """The numbers of a text, each as the groups that it was given in.

    Groups belong together with nothing but signs, hesitation, or, at the end of a line, a short remark between them.
    """
    run: Run = []
    for group in groups(text):
        if run and not is_bridge(text[run[-1].ends : group.starts]):
            yield run
            run = []
        run.append(group)
    if run:
        yield run


def is_bridge(between: str) -> bool:
    """Whether what stands between two groups leaves them one number."""
    if len(between) > LONGEST_BETWEEN:
        return False
    words = WORD.findall(between.casefold())
    return not words or (len(words) <= MOST_BETWEEN and ("\n" in between or FILLERS.issuperset(words)))


def groups(text: str) -> Iterator[Group]:
    """Each group of digits."""
    found, place = list(NUMBER.finditer(text)), 0
    while place < len(found):
        group, taken = group_at(found, place)
        if group:
            yield group
        place += taken


def group_at(found: Sequence[re.Match[str]], place: int) -> tuple[Group | None, int]:
    """The group that begins with a number word, and how many of them it takes."""
    word = found[place][0].casefold()
    following = found[place + 1] if place + 1 < len(found) else None
    is_followed = following is not None and following.start() - found[place].end() <= 1
    digit = unit(following[0]) if following and is_followed else ""
    if word[0].isdigit():
        return Group("".join(str(int(digit)) for digit in word), *found[place].span()), 1
    if following and digit and (word in TIMES or (word in TENS and digit != "0")):
        said = digit * TIMES[word] if word in TIMES else TENS[word] + digit
        return Group(said, found[place].start(), following.end()), 2
    said = UNITS.get(word) or TEENS.get(word) or NOUGHTS.get(word) or (f"{TENS[word]}0" if word in TENS else "")
    return (Group(said, *found[place].span()) if said else None), 1


def unit(word: str) -> str:
    """The digit that a word says, or is."""
    return UNITS.get(word.casefold(), "") or (str(int(word)) if len(word) == 1 and word.isdigit() else "")


def joined(run: Sequence[Group]) -> str:
    return "".join(group.digits for group in run)
