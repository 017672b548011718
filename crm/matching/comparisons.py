"""What is compared, and how closely it agrees: ordered levels, each said once and read by DuckDB and Python alike.

A level's test is over feature columns (records.py). A record may hold several values in a column: a test passes when
some pair of values passes it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from crm.matching.records import EXTRA, Features, extra_column

SHORTEST_SLIP = 4  # letters; shorter values that differ by a letter are often others


def is_same(mine: str, other: str, _bound: float) -> bool:
    return mine == other


def is_near(mine: str, other: str, bound: float) -> bool:
    return min(len(mine), len(other)) >= SHORTEST_SLIP and is_slip(mine, other, bound)


def is_slip(mine: str, other: str, bound: float) -> bool:
    if abs(len(mine) - len(other)) > bound:
        return False
    return DamerauLevenshtein.distance(mine, other, score_cutoff=int(bound)) <= bound


def is_alike(mine: str, other: str, bound: float) -> bool:
    return JaroWinkler.similarity(mine, other) >= bound


def begins(mine: str, other: str, _bound: float) -> bool:
    return mine.startswith(other) or other.startswith(mine)


# A case stops at its first answer, where `and` computes both sides: the distance is by far the dearest.
SLIP_SQL = (
    "case when abs(length({a}) - length({b})) > {bound} then false else damerau_levenshtein({a}, {b}) <= {bound} end"
)
OPERATIONS: dict[str, tuple[Callable[[str, str, float], bool], str]] = {
    "same": (is_same, "{a} = {b}"),
    "near": (
        is_near,
        f"case when least(length({{a}}), length({{b}})) < {SHORTEST_SLIP} then false else {SLIP_SQL} end",
    ),
    "slip": (is_slip, SLIP_SQL),
    "alike": (is_alike, "jaro_winkler_similarity({a}, {b}) >= {bound}"),
    "begins": (begins, "(starts_with({a}, {b}) or starts_with({b}, {a}))"),
}


@dataclass(frozen=True)
class Test:
    """One test over a column (the other record's `against`, where that is another)."""

    operation: str
    column: str
    bound: float = 0
    against: str = ""

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column, self.against or self.column})

    @cached_property
    def rule(self) -> Callable[[str, str, float], bool]:
        return OPERATIONS[self.operation][0]

    @cached_property
    def bare(self) -> "Bare":
        return self.column, self.against or self.column, self.rule, self.bound

    def sql(self, several: Collection[str]) -> str:
        """The test in SQL over l and r. several: the columns that hold more than one value somewhere."""
        template, against = OPERATIONS[self.operation][1], self.against or self.column
        single = template.format(a=f"l.{self.column}", b=f"r.{against}", bound=self.bound)
        if not {self.column, against} & set(several):
            return f"({single})"
        mine, others = all_values("l", self.column, several), all_values("r", against, several)
        each = template.format(a="x", b="y", bound=self.bound)
        inner = f"len(list_filter({others}, lambda y: {each})) > 0"
        among = f"len(list_filter({mine}, lambda x: {inner})) > 0"
        if self.operation == "same":
            among = f"list_has_any({mine}, {others})"
        alone = " and ".join(
            f"{side}.{column}_all is null" for side, column in (("l", self.column), ("r", against)) if column in several
        )
        return f"(case when {alone} then {single} else {among} end)"


Bare = tuple[str, str, Callable[[str, str, float], bool], float]  # column, the other's column, rule, bound


def all_values(side: str, column: str, several: Collection[str]) -> str:
    """A record's values of a column as a list; <column>_all is there only where it has several."""
    value = f"case when {side}.{column} is null then [] else [{side}.{column}] end"
    return f"coalesce({side}.{column}_all, {value})" if column in several else f"({value})"


def passes_all(tests: tuple[Bare, ...], a: Features, b: Features) -> bool:
    """One loop that calls nothing but the rules: scoring a pair asks this two hundred times."""
    for column, against, rule, bound in tests:
        mine, others = a.get(column), b.get(against)
        if not mine or not others:
            return False
        if len(mine) == 1 == len(others):  # nearly always
            if not rule(mine[0], others[0], bound):
                return False
        elif not any(rule(x, y, bound) for x in mine for y in others):
            return False
    return True


@dataclass(frozen=True)
class Level:
    """One degree of agreement: any of the alternatives, each a row of tests that all pass.

    words: as people say it. frequency: the column whose rare values weigh more.
    """

    name: str
    words: str
    alternatives: tuple[tuple[Test, ...], ...]
    frequency: str = ""

    def sql(self, several: Collection[str]) -> str:
        return " or ".join(f"({' and '.join(test.sql(several) for test in row)})" for row in self.alternatives)


@dataclass(frozen=True)
class Comparison:
    """What is compared: the levels from the closest to the loosest; none of them passing is the last, `different`.

    Level numbers: -1 nothing to compare, 0 different, then up to len(levels) for the closest.
    base: the column without which there is nothing to compare. skipped: where another comparison says it all.
    """

    name: str
    label: str
    base: str
    levels: tuple[Level, ...]
    skipped: tuple[tuple[Test, ...], ...] = ()

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        rows = (*self.skipped, *(row for level in self.levels for row in level.alternatives))
        return tuple(test for row in rows for test in row)

    @cached_property
    def numbered(self) -> tuple[tuple[int, tuple[Bare, ...]], ...]:
        """Every row of tests in the order in which they are asked, with the level that it makes."""
        skipped = [(-1, row) for row in self.skipped]
        rows = [(len(self.levels) - at, row) for at, level in enumerate(self.levels) for row in level.alternatives]
        return tuple((number, tuple(test.bare for test in row)) for number, row in [*skipped, *rows])

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(column for test in self.tests for column in test.columns) | {self.base}

    def level(self, a: Features, b: Features) -> int:
        """How closely two records agree: the number of the first level that passes."""
        if not a.get(self.base) or not b.get(self.base):
            return -1
        for number, row in self.numbered:
            if passes_all(row, a, b):
                return number
        return 0

    def without_sql(self, several: Collection[str]) -> str:
        """When there is nothing to compare, in SQL."""
        empty = f"l.{self.base} is null or r.{self.base} is null"
        rows = (" and ".join(f"coalesce({test.sql(several)}, false)" for test in row) for row in self.skipped)
        return " or ".join((empty, *(f"({row})" for row in rows)))

    def words(self, level: int) -> str:
        """What a level number says, for people."""
        if level < 0:
            return f"{self.label} not known of both"
        return self.levels[len(self.levels) - level].words if level else f"{self.label} differs"

    def closest(self) -> Iterator[tuple[int, Level]]:
        """The levels with their numbers, the closest first."""
        count = len(self.levels)
        return ((count - at, level) for at, level in enumerate(self.levels))


def one(operation: str, column: str, bound: float = 0, against: str = "") -> tuple[tuple[Test, ...], ...]:
    """A level of one test; against another column, it is tried both ways."""
    there = Test(operation, column, bound, against)
    return ((there,), (Test(operation, against, bound, column),)) if against else ((there,),)


SWAPPED = (Test("same", "swap_given", against="swap_surname"), Test("same", "swap_surname", against="swap_given"))
SWAPPED_NEARLY = tuple(Test("near", test.column, 2, test.against) for test in SWAPPED)


def same(column: str, label: str) -> Level:
    return Level("same", f"same {label}", one("same", column), column)


def slip(column: str, label: str, bound: float = 1) -> Level:
    letters = "by one letter" if bound == 1 else f"by up to {bound:.0f} letters"
    return Level(f"{column}_slip_{bound:.0f}", f"{label} differs {letters}", one("near", column, bound))


def alike(column: str, label: str, bound: float) -> Level:
    return Level(f"alike_{bound}", f"{label} is written alike", one("alike", column, bound))


def simple(name: str, label: str, column: str, slips: tuple[float, ...] = (1, 2)) -> Comparison:
    """A text that is the same, or the same but for a few letters."""
    return Comparison(name, label, column, (same(column, label), *(slip(column, label, bound) for bound in slips)))


COMPARISONS = (
    Comparison("given_name", "given name", "given", (
        same("given", "given name"),
        Level("nickname", "given names are forms of one name", one("same", "given_root")),
        Level("swapped", "given name and surname change places", (SWAPPED, SWAPPED_NEARLY)),
        slip("given", "given name"),
        slip("given", "given name", 2),
        Level("initial", "one given name begins the other", one("begins", "given")),
        Level("sound", "given names sound alike", one("same", "given_sound")),
        alike("given", "given name", 0.88),
    )),
    Comparison("middle_name", "middle name", "middle", (
        same("middle", "middle name"),
        slip("middle", "middle name"),
        Level("initial", "same middle initial", one("same", "middle_initial")),
    )),
    Comparison("surname", "surname", "surname", (
        same("surname", "surname"),
        Level("part", "surnames share a part", one("same", "surname_part")),
        slip("surname", "surname"),
        Level("maiden", "one's surname is the other's middle name", one("same", "surname", against="middle")),
        Level("sound", "surnames sound alike", one("same", "surname_sound")),
        slip("surname", "surname", 2),
        alike("surname", "surname", 0.88),
    ), (SWAPPED, SWAPPED_NEARLY)),
    Comparison("date_of_birth", "date of birth", "dob", (
        same("dob", "date of birth"),
        Level("swapped", "day and month of birth change places", one("same", "dob", against="dob_swapped")),
        Level("digit", "date of birth differs by one digit", one("slip", "dob", 1)),
        Level("year", "born the same day, a year apart", one("same", "dob", against="dob_next")),
        Level("parts", "two parts of the date of birth agree", (
            (Test("same", "dob_day"),), (Test("same", "dob_month"),), (Test("same", "dob_year_day"),),
        )),
        Level("digits", "date of birth differs by two digits", one("slip", "dob", 2)),
    )),
    Comparison("email", "e-mail", "email", (
        same("email", "e-mail"),
        Level("mailbox", "same e-mail name at another provider", one("same", "email_local"), "email_local"),
        slip("email", "e-mail"),
        slip("email_local", "e-mail name", 2),
        alike("email_local", "e-mail name", 0.88),
    )),
    Comparison("phone", "phone", "phone", (
        same("phone", "phone"),
        Level("digit", "phone differs by one digit", one("slip", "phone", 1)),
        Level("digits", "phone differs by two digits", one("slip", "phone", 2)),
    )),
    Comparison("street_number", "house number", "number", (
        same("number", "house number"),
        Level("digit", "house number differs by one digit", one("slip", "number", 1)),
    )),
    Comparison("street", "street", "street", (
        same("street", "street"),
        slip("street", "street", 2),
        Level("swapped", "street and second address line change places", one("same", "street", against="line2")),
        alike("street", "street", 0.9),
        alike("street", "street", 0.8),
    )),
    Comparison("address2", "second address line", "line2", (
        same("line2", "second address line"),
        slip("line2", "second address line", 2),
        alike("line2", "second address line", 0.85),
    )),
    Comparison("city", "city", "city", (
        same("city", "city"), slip("city", "city"), slip("city", "city", 2), alike("city", "city", 0.88),
    )),
    Comparison("postcode", "postcode", "postcode", (
        same("postcode", "postcode"),
        Level("typo", "postcode differs by one character", one("slip", "postcode", 1)),
        Level("area", "same postcode area", one("same", "postcode_area")),
    )),
    Comparison("state", "state", "state", (
        same("state", "state"), Level("typo", "state differs by one letter", one("slip", "state", 1)),
    )),
    Comparison("country", "country", "country", (same("country", "country"),)),
    Comparison("national_id", "national id", "national_id", (
        same("national_id", "national id"),
        Level("digit", "national id differs by one character", one("slip", "national_id", 1)),
    )),
    Comparison("company", "company", "company", (
        same("company", "company"), slip("company", "company", 2), alike("company", "company", 0.88),
    )),
    Comparison("language", "language", "language", (same("language", "language"),)),
)  # fmt: skip


def frequency_columns(comparisons: Iterable[Comparison]) -> tuple[str, ...]:
    """The columns whose rare values weigh more."""
    return tuple(sorted({level.frequency for one in comparisons for level in one.levels if level.frequency}))


def comparisons_for(fields: Collection[str]) -> tuple[Comparison, ...]:
    """The comparisons that the fields allow, those of their own columns (extra:NAME) included."""
    told = set(fields) | ({"given_name", "middle_name", "surname"} if "full_name" in fields else set())
    told |= {"street_number"} if "street" in fields else set()
    own = tuple(
        simple(extra_column(name), name.removeprefix(EXTRA), extra_column(name))
        for name in sorted(told)
        if name.startswith(EXTRA)
    )
    return tuple(comparison for comparison in COMPARISONS if comparison.name in told) + own
