"""What the policy decides in the situations that people know."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.matching.policy import Decisions, Ints, Levels, Rules, Weights, decide
from crm.matching.resolving import resolve
from crm.matching.tables import Coded, coded
from crm.matching.verdicts import Reason, Verdict

STRENGTHS = {  # from `different` up
    "given_name": (-4.0, 3.0, 7.0),
    "surname": (-4.0, 4.0, 9.0),
    "date_of_birth": (-6.0, 5.0, 12.0),
    "email": (-3.0, 9.0, 16.0),
    "phone": (-2.0, 9.0, 15.0),
    "street": (-3.0, 4.0, 10.0),
    "city": (-2.0, 3.0, 5.0),
    "postcode": (-3.0, 6.0, 12.0),
}
PRIOR = -18.0
RULES = Rules(STRENGTHS, PRIOR)
SAME, NEAR, DIFFERS, MISSING = 2, 1, 0, -1
HOUSEHOLD = {"surname": SAME, "street": SAME, "city": SAME, "postcode": SAME}


@dataclass(frozen=True)
class Columns:
    left: Ints
    right: Ints
    weight: Weights
    levels: Mapping[str, Levels]


def scored(*pairs: tuple[int, int, Mapping[str, int]]) -> Columns:
    """Scored pairs: the records, and the levels that are not missing."""
    levels = {name: np.array([found.get(name, MISSING) for _, _, found in pairs], dtype=np.int8) for name in STRENGTHS}
    weights = [PRIOR + sum(STRENGTHS[name][at] for name, at in found.items() if at >= 0) for _, _, found in pairs]
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int32) for side in (0, 1))
    return Columns(left, right, np.array(weights, dtype=np.float32), levels)


def ruled(**levels: int) -> tuple[Verdict, Reason]:
    """What becomes of one pair on its own."""
    decided = decide(scored((0, 1, levels)), RULES, {})
    return Verdict(int(decided.verdict[0])), Reason(int(decided.reason[0]))


def verdicts(decided: Decisions) -> list[Verdict]:
    return [Verdict(verdict) for verdict in decided.verdict.tolist()]


def held_by(*values: str) -> Coded:
    """A field of so many records, one value each, or none."""
    return coded((value,) if value else () for value in values)


def test_a_household_is_not_one_person() -> None:
    assert ruled(**HOUSEHOLD, phone=NEAR) == (Verdict.REVIEW, Reason.HOUSEHOLD)
    assert ruled(**HOUSEHOLD, given_name=DIFFERS)[0] == Verdict.NOTHING


def test_the_household_counts_once_up_to_its_cap() -> None:
    scores = scored((0, 1, HOUSEHOLD), (0, 1, {"surname": SAME, "postcode": SAME}))
    assert decide(scores, RULES, {}).weight.tolist() == [-1.0, -1.0]


def test_given_name_and_household_are_one_person() -> None:
    assert ruled(**HOUSEHOLD, given_name=SAME) == (Verdict.JOINED, Reason.PERSON)


def test_a_level_that_says_nothing_is_no_evidence_of_a_person() -> None:
    vague = Rules(STRENGTHS | {"given_name": (-4.0, 0.2, 7.0)}, PRIOR)
    decided = decide(scored((0, 1, HOUSEHOLD | {"phone": NEAR, "given_name": NEAR})), vague, {})
    assert (decided.verdict.tolist(), decided.reason.tolist()) == ([Verdict.REVIEW], [Reason.HOUSEHOLD])


def test_twins_stay_apart() -> None:
    assert ruled(**HOUSEHOLD, given_name=DIFFERS, date_of_birth=SAME) == (Verdict.REVIEW, Reason.CONTRADICTION)


def test_father_and_son_of_one_name_stay_apart() -> None:
    assert ruled(**HOUSEHOLD, given_name=SAME, date_of_birth=DIFFERS)[0] != Verdict.JOINED


def test_an_email_that_nobody_else_uses_joins() -> None:
    assert ruled(email=SAME) == (Verdict.JOINED, Reason.IDENTIFIER)


def test_an_email_joins_no_names_that_contradict() -> None:
    assert ruled(email=SAME, given_name=DIFFERS, surname=SAME, phone=SAME) == (Verdict.REVIEW, Reason.CONTRADICTION)


def test_an_address_made_of_the_name_is_no_second_evidence() -> None:
    assert ruled(given_name=SAME, surname=SAME, email=NEAR) == (Verdict.REVIEW, Reason.UNSURE)


def test_what_is_unlikely_is_let_be() -> None:
    assert ruled(given_name=SAME, city=SAME) == (Verdict.NOTHING, Reason.BELOW)


@pytest.mark.parametrize(("name", "value"), [("email", "us@x.org"), ("phone", "2920112233")])
def test_what_a_couple_shares_joins_nobody(name: str, value: str) -> None:
    """Records 0 and 1 are the couple, 2 says nothing but the shared value."""
    scores = scored((0, 1, {name: SAME, "given_name": DIFFERS}), (0, 2, {name: SAME}), (1, 2, {name: SAME}))
    found = resolve(scores, RULES, {name: held_by(value, value, value)}, np.arange(3))
    assert Verdict.JOINED not in verdicts(found.decisions)
    assert found.clusters.labels.tolist() == [0, 1, 2]


def test_a_switchboard_joins_nobody() -> None:
    pairs = [(record, 39, {"phone": SAME, "surname": NEAR}) for record in range(39)]
    found = resolve(scored(*pairs), RULES, {"phone": held_by(*["2920000000"] * 40)}, np.arange(40))
    assert Verdict.JOINED not in verdicts(found.decisions)


def test_a_switchboard_adds_nothing_and_a_household_line_its_part() -> None:
    told = {"phone": SAME, "given_name": SAME}
    everybody = [(record, record + 1, {"phone": SAME, "given_name": DIFFERS}) for record in range(38)]
    columns = {"phone": held_by(*["2920000000"] * 40)}
    at_work = resolve(scored((0, 39, told), *everybody), RULES, columns, np.arange(40)).decisions
    at_home = resolve(scored((0, 2, told), *everybody[:2]), RULES, {
        "phone": held_by(*["2920000000"] * 3)}, np.arange(3)).decisions  # fmt: skip
    assert at_work.weight[0] == PRIOR + STRENGTHS["given_name"][SAME]
    assert at_home.weight[0] == PRIOR + STRENGTHS["given_name"][SAME] + STRENGTHS["phone"][SAME]


def test_a_shared_email_is_said_to_be_the_reason() -> None:
    told = {"email": SAME, "surname": SAME}
    scores = scored((0, 1, {"email": SAME, "given_name": DIFFERS}), (0, 2, told))
    found = resolve(scores, RULES, {"email": held_by("us@x.org", "us@x.org", "us@x.org")}, np.arange(3))
    assert Reason(int(found.decisions.reason[1])).words == Reason.SHARED.words


def test_an_own_phone_joins_though_the_inbox_is_shared() -> None:
    scores = scored(
        (0, 1, {"email": SAME, "given_name": DIFFERS}),
        (0, 2, {"email": SAME, "phone": SAME}),
        (1, 2, {"email": SAME}),
    )
    columns = {"email": held_by("us@x.org", "us@x.org", "us@x.org"), "phone": held_by("77001", "", "77001")}
    assert resolve(scores, RULES, columns, np.arange(3)).clusters.labels.tolist() == [0, 1, 0]


def test_records_of_companies_are_told_apart_by_what_they_bring() -> None:
    scores = Columns(
        np.array([0, 0], np.int32),
        np.array([1, 2], np.int32),
        np.array([9.0, 9.0], np.float32),
        {"company": np.array([1, -1], np.int8), "city": np.array([1, 1], np.int8)},
    )
    decided = decide(scores, Rules({"company": (-5.0, 12.0), "city": (-2.0, 5.0)}, -15.0), {})
    assert verdicts(decided) == [Verdict.JOINED, Verdict.REVIEW]


def test_the_order_of_the_records_decides_nothing() -> None:
    """A couple's inbox beside own ones: several values each, numbered anew in another order."""
    inboxes = [("us@x.org", "a@x.org"), ("us@x.org", "b@x.org"), ("a@x.org",), ("b@x.org", "us@x.org")]
    levels = {(0, 1): DIFFERS, (0, 2): MISSING, (0, 3): MISSING, (1, 3): SAME, (1, 2): DIFFERS, (2, 3): MISSING}
    for places in permutations(range(4)):
        pairs = [(places[a], places[b], {"email": SAME, "given_name": at}) for (a, b), at in levels.items()]
        ordered = [inboxes[places.index(place)] for place in range(4)]
        found = resolve(scored(*pairs), RULES, {"email": coded(ordered)}, np.argsort(places)).clusters.labels
        named = [places.index(int(found[places[record]])) for record in range(4)]
        assert named == [0, 1, 0, 1]


@st.composite
def rulings(draw: st.DrawFn) -> dict[tuple[int, int], bool]:
    pairs = st.tuples(st.integers(0, 3), st.integers(4, 7))
    return draw(st.dictionaries(pairs, st.booleans(), max_size=8))


@given(rulings(), st.lists(st.tuples(st.integers(0, 3), st.integers(4, 7), st.booleans()), max_size=10))
def test_staff_has_the_last_word(ruled_pairs: dict[tuple[int, int], bool], known: list[tuple[int, int, bool]]) -> None:
    """On scored pairs, whichever way round, and on pairs that were never scored."""
    unique = {(a, b): turned for a, b, turned in known}
    pairs = [(b, a, {"email": SAME}) if turned else (a, b, {"email": SAME}) for (a, b), turned in unique.items()]
    decided = decide(scored(*pairs), RULES, {}, ruled_pairs)
    columns = (decided.left.tolist(), decided.right.tolist(), verdicts(decided))
    found = {(min(a, b), max(a, b)): verdict for a, b, verdict in zip(*columns, strict=True)}
    assert len(found) == len(decided.left)
    assert found.keys() == unique.keys() | ruled_pairs.keys()
    for pair, verdict in found.items():
        said = {True: Verdict.JOINED, False: Verdict.DIFFERENT}.get(ruled_pairs.get(pair, True))
        assert verdict == said


def test_every_reason_has_words() -> None:
    assert all(reason.words for reason in Reason)
