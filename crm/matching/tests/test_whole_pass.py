"""The whole pass finds the pairs and the levels that two records by themselves have, whatever is in them."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crm.matching.blocking import LARGEST_BLOCK, Rule, keys_of
from crm.matching.candidates import candidates, usable
from crm.matching.comparisons import COMPARISONS
from crm.matching.levelling import Leveller
from crm.matching.numbering import numbered
from crm.matching.records import Record, features
from crm.matching.tables import COMPARED_COLUMNS, feature_columns
from crm.matching.tests.made_up import as_fields

RULES = (Rule(("given", "surname"), is_sorted=True), Rule(("given_root", "surname_part")), Rule(("dob",)))
WORDS = st.text("abc", min_size=1, max_size=7)
NAMES = st.lists(WORDS, max_size=2, unique=True).map(tuple)
RECORDS = st.lists(
    st.fixed_dictionaries({
        "given_name": NAMES,
        "middle_name": NAMES,
        "surname": st.lists(st.tuples(WORDS, WORDS).map("-".join) | WORDS, max_size=2).map(tuple),
        "date_of_birth": st.sampled_from([(), ("1989-04-03",), ("1989-03-04",), ("1990-04-03", "1989-04-08")]),
        "email": st.sampled_from([(), ("abca@x.org",), ("acba@x.org", "b@x.org"), ("abca@y.org",)]),
        "street": NAMES,
        "address2": NAMES,
    }),
    min_size=2,
    max_size=9,
)  # fmt: skip


@given(RECORDS)
def test_every_level_is_the_one_that_two_records_have(records: list[Record]) -> None:
    columns, made = feature_columns(as_fields(records)), [features(record) for record in records]
    left, right = (np.array(ends, dtype=np.int32) for ends in zip(*combinations(range(len(records)), 2), strict=True))
    leveller = Leveller(numbered(columns, COMPARED_COLUMNS, len(records)), COMPARISONS)
    for comparison in COMPARISONS:
        found = leveller.levels(comparison, left, right).tolist()
        assert found == [comparison.level(made[a], made[b]) for a, b in zip(left, right, strict=True)]


@given(RECORDS)
def test_the_candidates_are_the_pairs_that_share_a_key(records: list[Record]) -> None:
    columns, keys = feature_columns(as_fields(records)), [keys_of(features(record), RULES) for record in records]
    numbers = numbered(columns, {column for rule in RULES for column in rule.columns}, len(records))
    left, right = candidates(numbers, RULES)
    sharing = [(a, b) for a, b in combinations(range(len(records)), 2) if keys[a] & keys[b]]
    assert [*zip(left.tolist(), right.tolist(), strict=True)] == sharing


def test_a_key_in_too_many_hands_makes_no_pairs() -> None:
    for size, pairs in ((LARGEST_BLOCK, LARGEST_BLOCK * (LARGEST_BLOCK - 1) // 2), (LARGEST_BLOCK + 1, 0)):
        columns = feature_columns({"date_of_birth": [("1989-04-03",)] * size})
        assert len(candidates(numbered(columns, ["dob"], size), [Rule(("dob",))])[0]) == pairs


def test_a_rule_that_finds_too_much_or_nothing_is_not_used() -> None:
    born = [(f"19{at // 20 + 10}-04-03",) for at in range(80)]
    columns = feature_columns({"date_of_birth": born, "given_name": [(f"anna{at // 2}",) for at in range(80)]})
    numbers = numbered(columns, columns, 80)
    rules = [Rule((name,)) for name in ("dob", "given")] + [Rule(("dob", "given", "dob_month"))]
    assert usable(numbers, [*rules, Rule(("given", "given_root"))], 80) == ("given", rules[2].name, "given+given_root")


def test_only_pairs_across_are_found_when_two_files_are_linked() -> None:
    columns = feature_columns({"date_of_birth": [("1989-04-03",)] * 4})
    left, right = candidates(numbered(columns, ["dob"], 4), [Rule(("dob",))], np.array([0, 0, 1, 1], dtype=np.int8))
    assert [*zip(left.tolist(), right.tolist(), strict=True)] == [(0, 2), (0, 3), (1, 2), (1, 3)]
